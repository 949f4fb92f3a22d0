import { isSecretName, MASK, redact } from '../shell/redact.ts';
import type { Span } from '../shell/spans.ts';

/** Takes secrets out of what is shown; see {@link createMask}. */
export interface Mask {
  /** Of a printed value: what stands under a secret name, what looks like a key, and the known secrets. */
  spans(spans: readonly Span[], name?: string): Span[];
  /** Of any text: only the known secrets. */
  text(text: string): string;
}

/** A shorter value would take words out of the text that have nothing to do with it. */
const SHORTEST_SECRET = 6;

/** Hides secrets: `sources` are records such as the configuration and the environment, whose names say what is secret. */
export function createMask(sources: readonly object[]): Mask {
  const secrets = [...new Set(sources.flatMap(secretValues))].sort((a, b) => b.length - a.length);
  const text = (shown: string): string =>
    secrets.reduce((masked, secret) => (masked.includes(secret) ? masked.replaceAll(secret, MASK) : masked), shown);
  return { text, spans: (spans, name) => maskSpans(spans, name).map(([shown, style]) => span(text(shown), style)) };
}

function secretValues(source: object): string[] {
  const values: string[] = [];
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
    if (!isSecretName(name)) continue;
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value as unknown])
      if (typeof item === 'string' && item.length >= SHORTEST_SECRET) values.push(item);
  }
  return values;
}

/**
 * Hides the values under secret names in a printed value. `name` is what the whole of it is called. A list or an object
 * under such a name keeps its form and loses its texts and numbers.
 */
function maskSpans(spans: readonly Span[], name = ''): Span[] {
  const walk = new Walk(name);
  return spans.map(([text, style], index) => {
    if (style === undefined) {
      walk.read(text);
      return [text];
    }
    const next = spans[index + 1]?.[0] ?? '';
    const isValue = /^(?:['"`]|-?\d)/.test(text);
    if (isValue && /^(?:: | => )/.test(next)) walk.label = withoutQuotes(text);
    else if (isValue && walk.isSecret) return [walk.isContinued ? '' : quoteLike(text), style];
    else if (isValue) {
      walk.value(withoutQuotes(text));
      return [redact(text), style];
    }
    return [text, style];
  });
}

/** Knows, while a printed value is read, what the next value is called. */
class Walk {
  label: string;
  /** The value goes on after a line break: `'a\n' + 'b'`. */
  isContinued = false;
  readonly #open: boolean[] = [];
  #isFirstOfList = false;
  #pairName = '';

  constructor(name: string) {
    this.label = name;
  }

  get isSecret(): boolean {
    return this.#open.at(-1) === true || isSecretName(this.label);
  }

  /** A value that is shown. The first text of a pair is the name of the second: `[ 'Cookie', 'a=b' ]`. */
  value(text: string): void {
    this.#pairName = this.#isFirstOfList && isSecretName(text) ? text : '';
    this.#isFirstOfList = false;
  }

  /** The text between two values. */
  read(text: string): void {
    this.isContinued = /^ \+\s*$/.test(text);
    for (const [token, key] of text.matchAll(/([\w$.-]+)(?=: )|[{[(]|[}\])]|,/g)) {
      if (key !== undefined) this.label = key;
      else if (token === ',') {
        this.label = this.#pairName;
        this.#pairName = '';
      } else if ('}])'.includes(token)) {
        this.#open.pop();
        this.label = '';
      } else {
        this.#open.push(this.isSecret);
        this.label = '';
      }
      this.#isFirstOfList = token === '[';
    }
  }
}

function withoutQuotes(text: string): string {
  return text.replace(/^['"`]|['"`]$/g, '');
}

function quoteLike(literal: string): string {
  const quote = /^['"`]/.exec(literal)?.[0] ?? '';
  return quote + MASK + quote;
}

function span(text: string, style: string | undefined): Span {
  return style === undefined ? [text] : [text, style];
}
