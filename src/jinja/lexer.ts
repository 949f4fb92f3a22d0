import { TemplateSyntaxError } from './errors.ts';
import type { LexerOptions } from './lexer-options.ts';
import { escapeRegExp, rootPattern, type RootMatch } from './lexer-rules.ts';
import { unescapeString } from './string-literal.ts';
import { operatorType, type Token, type TokenType } from './tokens.ts';

const NEWLINE = /\r\n|\r|\n/g;
const WHITESPACE = /\s+/y;
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{M}\p{N}\p{Pc}]+/uy;
const IDENTIFIER = /^[\p{ID_Start}_]\p{ID_Continue}*$/u;
const STRING = /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** Cuts templates into tokens by the rules of Jinja. */
export class Lexer {
  readonly #options: LexerOptions;
  readonly #root: RegExp;
  readonly #rules: readonly RootMatch[];
  readonly #ends: Record<'block' | 'variable' | 'line' | 'comment' | 'raw', RegExp>;

  constructor(options: LexerOptions) {
    this.#options = options;
    [this.#root, this.#rules] = rootPattern(options);
    const [start, end] = [escapeRegExp(options.blockStartString), escapeRegExp(options.blockEndString)];
    const [variableEnd, commentEnd] = [escapeRegExp(options.variableEndString), escapeRegExp(options.commentEndString)];
    const newline = options.trimBlocks ? '\\n?' : '';
    this.#ends = {
      block: new RegExp(`\\+${end}|-${end}\\s*|${end}${newline}`, 'y'),
      variable: new RegExp(`-${variableEnd}\\s*|${variableEnd}`, 'y'),
      line: /\s*(?:\n|$)/y,
      comment: new RegExp(`\\+${commentEnd}|-${commentEnd}\\s*|${commentEnd}${newline}`, 'g'),
      raw: new RegExp(`${start}([-+]?)\\s*endraw\\s*(?:\\+${end}|-${end}\\s*|${end}${newline})`, 'g'),
    };
  }

  /** The tokens of a template, without comments and white space. Throws {@link TemplateSyntaxError}. */
  tokenize(source: string, name?: string, filename?: string): Token[] {
    return new Run(this.#options, this.#root, this.#rules, this.#ends, source, name, filename).run();
  }

  /** The tokens of what stands between {{ and }}. */
  tokenizeExpression(source: string): Token[] {
    return new Run(this.#options, this.#root, this.#rules, this.#ends, source, undefined, undefined).expression();
  }
}

class Run {
  readonly #options: LexerOptions;
  readonly #root: RegExp;
  readonly #rules: readonly RootMatch[];
  readonly #ends: Record<'block' | 'variable' | 'line' | 'comment' | 'raw', RegExp>;
  readonly #source: string;
  readonly #original: string;
  readonly #name: string | undefined;
  readonly #filename: string | undefined;
  readonly #tokens: Token[] = [];
  #position = 0;
  #line = 1;
  #lineStarting = true;

  constructor(
    options: LexerOptions,
    root: RegExp,
    rules: readonly RootMatch[],
    ends: Record<'block' | 'variable' | 'line' | 'comment' | 'raw', RegExp>,
    source: string,
    name: string | undefined,
    filename: string | undefined,
  ) {
    this.#options = options;
    this.#root = root;
    this.#rules = rules;
    this.#ends = ends;
    this.#original = source;
    this.#name = name;
    this.#filename = filename;
    const lines = source.split(NEWLINE);
    if (!options.keepTrailingNewline && lines.at(-1) === '') lines.pop();
    this.#source = lines.join('\n');
  }

  run(): Token[] {
    while (this.#position < this.#source.length) this.#text();
    return this.#ended();
  }

  // The end is on the line of the last token.
  #ended(): Token[] {
    this.#line = this.#tokens.at(-1)?.lineno ?? 1;
    this.#push('eof', '');
    return this.#tokens;
  }

  expression(): Token[] {
    const open: string[] = [];
    while (this.#position < this.#source.length) this.#moveTo(this.#position + this.#token(open).length);
    return this.#ended();
  }

  // Template data up to the next tag, and the tag.
  #text(): void {
    this.#root.lastIndex = this.#position;
    const match = this.#root.exec(this.#source);
    if (!match) {
      this.#data(this.#source.slice(this.#position));
      this.#position = this.#source.length;
      return;
    }
    const { kind, sign } = this.#tagOf(match);
    const text = this.#source.slice(this.#position, match.index);
    const stripped = this.#strip(text, sign, kind === 'variable');
    this.#data(stripped);
    if (sign === '-') this.#line += lineBreaks(text.slice(stripped.length));
    this.#position = match.index + match[0].length;
    if (kind === 'block') this.#push('block-start', '');
    else if (kind === 'variable') this.#push('variable-start', '');
    else if (kind === 'line') this.#push('block-start', '');
    this.#line += lineBreaks(match[0]);
    this.#lineStarting = match[0].endsWith('\n');
    this.#tag(kind);
  }

  #tagOf(match: RegExpExecArray): { kind: RootMatch['kind']; sign: string } {
    for (const { kind, group } of this.#rules) {
      if (match[group] !== undefined) return { kind, sign: match[group + 1] ?? '' };
    }
    throw new TypeError('no rule of the lexer has matched');
  }

  #strip(text: string, sign: string, isVariable: boolean): string {
    if (sign === '-') return text.trimEnd();
    if (sign === '+' || !this.#options.lstripBlocks || isVariable) return text;
    const lineStart = text.lastIndexOf('\n') + 1;
    if (lineStart === 0 && !this.#lineStarting) return text;
    return /^\s+$/.test(text.slice(lineStart)) ? text.slice(0, lineStart) : text;
  }

  #tag(kind: RootMatch['kind']): void {
    switch (kind) {
      case 'comment':
        return this.#skipTo(this.#ends.comment, 'Missing end of comment tag');
      case 'line-comment':
        return this.#skipTo(/(?=\n|$)/g, '');
      case 'raw':
        return this.#raw();
      default:
        return this.#code(kind);
    }
  }

  #skipTo(end: RegExp, message: string): void {
    end.lastIndex = this.#position;
    const match = end.exec(this.#source);
    if (match) return this.#moveTo(match.index + match[0].length);
    // Jinja lets what is opened at the very end of a template pass.
    if (this.#position < this.#source.length) this.#fail(message);
  }

  #raw(): void {
    const end = this.#ends.raw;
    end.lastIndex = this.#position;
    const match = end.exec(this.#source);
    if (!match && this.#position === this.#source.length) return;
    if (!match) this.#fail('Missing end of raw directive');
    const text = this.#source.slice(this.#position, match.index);
    const stripped = this.#strip(text, match[1] ?? '', false);
    this.#data(stripped);
    this.#line += lineBreaks(text.slice(stripped.length)) + lineBreaks(match[0]);
    this.#lineStarting = match[0].endsWith('\n');
    this.#position = match.index + match[0].length;
  }

  // The inside of {{ }}, {% %} or a line statement.
  #code(kind: 'block' | 'variable' | 'line'): void {
    const end = this.#ends[kind];
    const open: string[] = [];
    for (;;) {
      const endText = open.length === 0 ? this.#match(end) : undefined;
      if (endText !== undefined) {
        this.#push(kind === 'variable' ? 'variable-end' : 'block-end', '');
        this.#moveTo(this.#position + endText.length);
        return;
      }
      if (this.#position >= this.#source.length) return;
      const text = this.#token(open);
      this.#moveTo(this.#position + text.length);
    }
  }

  #token(open: string[]): string {
    let text = this.#match(WHITESPACE);
    if (text !== undefined) return text;
    if ((text = this.#match(FLOAT)) !== undefined) this.#push('float', Number(text.replaceAll('_', '')));
    else if ((text = this.#match(INTEGER)) !== undefined) this.#push('int', integerValue(text));
    else if ((text = this.#match(NAME)) !== undefined) {
      if (!IDENTIFIER.test(text)) this.#fail('Invalid character in identifier');
      this.#push('symbol', text);
    } else if ((text = this.#match(STRING)) !== undefined) this.#push('string', this.#stringValue(text));
    else if ((text = this.#match(OPERATOR)) !== undefined) {
      this.#balance(text, open);
      this.#push(operatorType(text), text);
    } else {
      const character = String.fromCodePoint(this.#source.codePointAt(this.#position) ?? 0);
      this.#fail(`unexpected char ${character === "'" ? `"'"` : `'${character}'`} at ${this.#position}`);
    }
    return text;
  }

  #balance(text: string, open: string[]): void {
    const closing = CLOSING[text];
    if (closing !== undefined) open.push(closing);
    else if (text === ')' || text === ']' || text === '}') {
      const expected = open.pop();
      if (expected === undefined) this.#fail(`unexpected '${text}'`);
      if (expected !== text) this.#fail(`unexpected '${text}', expected '${expected}'`);
    }
  }

  #stringValue(literal: string): string {
    const text = literal.slice(1, -1).replaceAll('\n', this.#options.newlineSequence);
    const value = unescapeString(text);
    if (typeof value !== 'string') this.#fail(value.error);
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    return pattern.exec(this.#source)?.[0];
  }

  #moveTo(position: number): void {
    const passed = this.#source.slice(this.#position, position);
    this.#line += lineBreaks(passed);
    this.#lineStarting = passed.endsWith('\n');
    this.#position = position;
  }

  #data(text: string): void {
    if (text === '') return;
    this.#push(
      'data',
      this.#options.newlineSequence === '\n' ? text : text.replaceAll('\n', this.#options.newlineSequence),
    );
    this.#line += lineBreaks(text);
  }

  #push(type: TokenType, value: string | number | bigint): void {
    this.#tokens.push({ type, value, lineno: this.#line, colno: 0 });
  }

  #fail(message: string): never {
    throw new TemplateSyntaxError(message, {
      lineno: this.#line,
      templateName: this.#name,
      filename: this.#filename,
      source: this.#original,
    });
  }
}

function lineBreaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function integerValue(text: string): number | bigint {
  const digits = text.replaceAll('_', '');
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}
