import { AppLoadError } from './find-app.ts';

/** What `--app` names, taken apart: `module`, `module:name`, `module:createApp("arg", 1)`. */
export interface AppSpec {
  /** The whole text, as typed. */
  text: string;
  /** File path or dotted module; empty for the default file. */
  module: string;
  /** Export of the module, if one was named. */
  name: string | undefined;
  /** Arguments for the factory, if the name was called. */
  args: unknown[] | undefined;
}

// A colon before a slash belongs to a Windows drive or an URL.
const SEPARATOR = /:(?![\\/])/;
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const CALL = /^([^()]*?)\s*\((.*)\)$/s;

/** Takes an `--app` text apart. Throws `APP_SPEC_INVALID` where the part behind the colon is neither a name nor a call with literals. */
export function parseAppSpec(text: string): AppSpec {
  const trimmed = text.trim();
  const at = trimmed.search(SEPARATOR);
  if (at < 0) return { text: trimmed, module: trimmed, name: undefined, args: undefined };
  const module = trimmed.slice(0, at).trim();
  const reference = trimmed.slice(at + 1).trim();
  if (reference === '') return { text: trimmed, module, name: undefined, args: undefined };
  if (NAME.test(reference)) return { text: trimmed, module, name: reference, args: undefined };

  const call = CALL.exec(reference);
  if (call === null) throw invalid(`'${reference}' is neither a name nor a call.`, module);
  const [, name = '', list = ''] = call;
  if (!NAME.test(name))
    throw invalid(`'${name}' is not a simple name: only an export of the module can be called.`, module);
  return { text: trimmed, module, name, args: parseArguments(list, reference, module) };
}

function invalid(message: string, module: string): AppLoadError {
  const file = module === '' ? 'app' : module;
  return new AppLoadError(message, {
    code: 'APP_SPEC_INVALID',
    fix: `--app ${file}:app, or --app '${file}:createApp("test", 1)'`,
  });
}

function parseArguments(list: string, reference: string, module: string): unknown[] {
  const reader = new LiteralReader(list);
  try {
    return reader.arguments();
  } catch (cause) {
    if (!(cause instanceof LiteralError)) throw cause;
    throw invalid(`The arguments of '${reference}' are not literals: ${cause.message}.`, module);
  }
}

class LiteralError extends Error {}

const WORDS = new Map<string, unknown>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['null', null],
  ['None', null],
  ['undefined', undefined],
  ['Infinity', Infinity],
  ['NaN', NaN],
]);
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' };
const NUMBER = /[+-]?(?:0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y;
const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const SPACE = /\s*/y;

/** Reads the literals of JavaScript, JSON and Python: what somebody coming from either types into a shell. */
class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** A list of literals up to the end; `name=value` pairs become one trailing object. */
  arguments(): unknown[] {
    const values: unknown[] = [];
    const named: Record<string, unknown> = {};
    while (!this.#done()) {
      const name = this.#keyword();
      if (name !== undefined) named[name] = this.#value();
      else if (Object.keys(named).length > 0) throw new LiteralError('a positional argument follows a named one');
      else values.push(this.#value());
      if (!this.#done() && !this.#take(',')) throw this.#unexpected();
    }
    if (Object.keys(named).length > 0) values.push(named);
    return values;
  }

  #keyword(): string | undefined {
    const start = this.#at;
    const word = this.#match(WORD);
    if (word !== undefined && this.#take('=')) return word;
    this.#at = start;
    return undefined;
  }

  #value(): unknown {
    this.#match(SPACE);
    const character = this.#text[this.#at];
    if (character === '"' || character === "'") return this.#string(character);
    if (this.#take('[')) return this.#items(']');
    if (this.#take('(')) return this.#items(')');
    if (this.#take('{')) return this.#object();
    const number = this.#match(NUMBER);
    if (number !== undefined) return toNumber(number);
    const start = this.#at;
    const word = this.#match(WORD);
    if (word !== undefined && WORDS.has(word)) return WORDS.get(word);
    this.#at = start;
    throw this.#unexpected();
  }

  #items(end: string): unknown[] {
    const items: unknown[] = [];
    while (!this.#take(end)) {
      items.push(this.#value());
      if (!this.#take(',') && !this.#peek(end)) throw this.#unexpected();
    }
    return items;
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    while (!this.#take('}')) {
      this.#match(SPACE);
      const quote = this.#text[this.#at];
      const key = quote === '"' || quote === "'" ? this.#string(quote) : this.#match(WORD);
      if (key === undefined || !this.#take(':')) throw this.#unexpected();
      Object.defineProperty(object, key, {
        value: this.#value(),
        enumerable: true,
        writable: true,
        configurable: true,
      });
      if (!this.#take(',') && !this.#peek('}')) throw this.#unexpected();
    }
    return object;
  }

  #string(quote: string): string {
    let value = '';
    for (this.#at += 1; ; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === undefined) throw new LiteralError('a string is not closed');
      if (character === quote) break;
      value += character === '\\' ? this.#escape() : character;
    }
    this.#at += 1;
    return value;
  }

  #escape(): string {
    this.#at += 1;
    const letter = this.#text[this.#at];
    if (letter === undefined) throw new LiteralError('a string is not closed');
    const hex = letter === 'u' ? 4 : letter === 'x' ? 2 : 0;
    if (hex === 0) return ESCAPES[letter] ?? letter;
    const digits = this.#text.slice(this.#at + 1, this.#at + 1 + hex);
    if (!new RegExp(`^[\\da-fA-F]{${hex}}$`).test(digits)) throw new LiteralError(`'\\${letter}' needs ${hex} digits`);
    this.#at += hex;
    return String.fromCharCode(parseInt(digits, 16));
  }

  #match(pattern: RegExp): string | undefined {
    if (pattern !== SPACE) this.#match(SPACE);
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #peek(text: string): boolean {
    this.#match(SPACE);
    return this.#text.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    const found = this.#peek(text);
    if (found) this.#at += text.length;
    return found;
  }

  #done(): boolean {
    this.#match(SPACE);
    return this.#at >= this.#text.length;
  }

  #unexpected(): LiteralError {
    return new LiteralError(this.#done() ? 'the end came too early' : `'${this.#text.slice(this.#at)}'`);
  }
}

function toNumber(text: string): number {
  const digits = text.replaceAll('_', '');
  const sign = digits.startsWith('-') ? -1 : 1;
  return sign * Number(digits.replace(/^[+-]/, ''));
}
