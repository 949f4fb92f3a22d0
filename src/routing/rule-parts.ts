import { parseConverterArgs } from './converter-args.ts';
import type { ConverterArguments } from './converter-args.ts';
import { escapeRegExp } from './converters.ts';
import type { BaseConverter } from './converters.ts';
import { RoutingError } from './exceptions.ts';
import { quoted } from './spelling.ts';

/** What stands between two slashes of a rule, or from a variable that can contain slashes to the end. */
export interface RulePart {
  /** Equal for parts that match the same texts with the same priority. */
  readonly key: string;
  /** The text itself; undefined if the part has variables. */
  readonly content: string | undefined;
  /** Matches a part with variables; undefined if it has none. */
  readonly regex: RegExp | undefined;
  /** The groups of `regex` that hold the values. */
  readonly groups: readonly number[];
  /** Whether the part takes all the rest of the path. */
  readonly final: boolean;
  /** Whether `final`, and the last group of `regex` is the slash that ends the rule. */
  readonly suffixed: boolean;
  /** The order of parts at the same place: the lesser comes first. */
  readonly weight: readonly number[];
}

/** A literal text or a variable of a rule, in order. */
export interface TraceItem {
  readonly isVariable: boolean;
  readonly text: string;
}

/** Makes the converter of a variable. */
export type ConverterFactory = (variable: string, converter: string, given: ConverterArguments) => BaseConverter;

// A slash, a literal, or a variable: converter name, arguments, variable name.
const TOKEN = /(\/)|([^</]+)|<(?:([a-zA-Z_]\w*)(?:\(([^\n]*?)\))?:)?([a-zA-Z_]\w*)>/y;

/** Parses a rule, or the pattern of a subdomain or host, adding to `trace`. Throws RoutingError `MALFORMED_RULE`. */
export function parseRule(rule: string, makeConverter: ConverterFactory, trace: TraceItem[]): RulePart[] {
  const parts: RulePart[] = [];
  let builder = new PartBuilder();
  let position = 0;
  while (position < rule.length) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(rule);
    if (match === null) {
      throw new RoutingError(`malformed url rule: ${quoted(rule)}`, {
        code: 'MALFORMED_RULE',
        fix: 'write variables as <name> or <converter(arguments):name>',
      });
    }
    position = TOKEN.lastIndex;
    const [, slash, literal, converterName = 'default', argumentText = '', variable] = match;
    if (literal !== undefined) {
      trace.push({ isVariable: false, text: literal });
      builder.addLiteral(literal);
    } else if (variable !== undefined) {
      trace.push({ isVariable: true, text: variable });
      builder.addVariable(makeConverter(variable, converterName, parseConverterArgs(argumentText)));
    } else if (slash !== undefined) {
      trace.push({ isVariable: false, text: '/' });
      if (builder.final) {
        builder.addSlash();
      } else {
        parts.push(builder.finish());
        builder = new PartBuilder();
      }
    }
  }
  const last = builder.finish(true);
  parts.push(last);
  if (last.suffixed) parts.push(staticPart('', last.weight));
  return parts;
}

/** A part without variables. */
export function staticPart(content: string, weight: readonly number[] = [0, 0]): RulePart {
  return { key: `=${content}`, content, regex: undefined, groups: [], final: false, suffixed: false, weight };
}

class PartBuilder {
  final = false;
  #literal: string | undefined = '';
  #regex = '';
  #unicode = true;
  #groups: number[] = [];
  #groupCount = 0;
  #literalWeights: number[] = [];
  #converterWeights: number[] = [];

  addLiteral(text: string): void {
    this.#literalWeights.push(-text.length);
    if (this.#literal !== undefined) this.#literal += text;
    this.#regex += escapeRegExp(text);
  }

  addSlash(): void {
    this.#regex += '/';
  }

  addVariable(converter: BaseConverter): void {
    const { regex, weight, partIsolating = !canMatchSlash(regex) } = converter;
    const { groupCount, unicode } = inspectRegex(regex);
    this.#literal = undefined;
    this.#unicode &&= unicode;
    this.#groups.push(this.#groupCount + 1);
    this.#groupCount += 1 + groupCount;
    this.#regex += `(${regex})`;
    this.#converterWeights.push(weight);
    if (!partIsolating) this.final = true;
  }

  finish(isLast = false): RulePart {
    const weight = [
      -this.#literalWeights.length,
      ...this.#literalWeights,
      -this.#converterWeights.length,
      ...this.#converterWeights,
    ];
    if (this.#literal !== undefined) return staticPart(this.#literal, weight);
    const suffixed = isLast && this.final && this.#regex.endsWith('/');
    // The slash at the end becomes optional: without it, a redirect may be due.
    const source = suffixed ? `${this.#regex.slice(0, -1)}(?<!/)(/?)` : this.#regex;
    return {
      key: `~${Number(this.final)}${Number(suffixed)} ${weight.join()} ${source}`,
      content: undefined,
      // By code points, so that no value begins or ends inside of a character.
      regex: compileRegex(`^${source}$`, this.#unicode ? 'u' : ''),
      groups: this.#groups,
      final: this.final,
      suffixed,
      weight,
    };
  }
}

/** Whether a slash stands in the regex other than in a negated class like `[^/]`. */
function canMatchSlash(regex: string): boolean {
  return regex.replace(/\[\^(?:\\.|[^\]\\])*\]/g, '').includes('/');
}

function inspectRegex(regex: string): { groupCount: number; unicode: boolean } {
  let unicode = true;
  try {
    new RegExp(regex, 'u');
  } catch {
    // Escapes like `\-` are valid only without the flag.
    unicode = false;
  }
  // The empty alternative always matches, with a slot for every group.
  const match = compileRegex(`${regex}|`, unicode ? 'u' : '').exec('');
  return { groupCount: (match?.length ?? 1) - 1, unicode };
}

function compileRegex(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new RoutingError(`The regular expression of a converter makes none: ${source}`, {
      code: 'CONVERTER_REGEX',
      fix: 'check its `regex`, and leave its groups without names',
      cause,
    });
  }
}
