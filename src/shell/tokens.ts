/** What a piece of typed text is; decides its colour. */
export type TokenKind =
  | 'keyword'
  | 'constant'
  | 'name'
  | 'property'
  | 'type'
  | 'number'
  | 'string'
  | 'template'
  | 'regex'
  | 'comment'
  | 'punctuation'
  | 'space'
  | 'command'
  | 'bad';

/** A piece of text: `[start, end)` in UTF-16 units. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

/** In what a text ends. */
export type EndState = 'code' | 'template' | 'comment' | 'string' | 'regex';

/** A text in tokens. */
export interface Scan {
  readonly tokens: readonly Token[];
  readonly end: EndState;
  /** Where the unfinished token starts; the length of the text when there is none. */
  readonly openedAt: number;
  /** Brackets that are open at the end, with their offsets, outermost first. */
  readonly open: readonly { bracket: string; at: number }[];
  /** Offsets of brackets that close nothing. */
  readonly stray: readonly number[];
}

const KEYWORDS = new Set(
  `abstract as asserts async await break case catch class const continue debugger declare default delete do else enum export extends
  finally for from function get if implements import in infer instanceof interface is keyof let namespace new of out override private
  protected public readonly return satisfies set static super switch this throw try type typeof unique using var void while with yield`.split(
    /\s+/,
  ),
);
/** Words that are keywords only where the grammar says so: usual names otherwise. */
const SOFT = new Set(
  'abstract as asserts async declare from get infer is keyof namespace of out override readonly set static satisfies type unique using'.split(
    ' ',
  ),
);
const CONSTANTS = new Set(['true', 'false', 'null', 'undefined', 'NaN', 'Infinity']);
const CLOSING: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

const SPACE = /\s+/y;
const WORD = /[#@]?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /0[xX][\da-fA-F_]+n?|0[oO][0-7_]+n?|0[bB][01_]+n?|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d[\d_]*)?n?/y;
const REGEX = /\/(?:[^\\/[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y;
const COMMAND = /^\s*\.[A-Za-z][\w-]*/;

/** Splits JavaScript or TypeScript into tokens, without ever failing: for colours, brackets and the question whether a text ends. */
export function scan(text: string): Scan {
  return new Scanner(text).run();
}

/** In what a text ends, and where that begins. */
export function endOf(text: string): { state: EndState; openedAt: number } {
  const { end, openedAt } = scan(text);
  return { state: end, openedAt };
}

class Scanner {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  readonly #open: { bracket: string; at: number }[] = [];
  readonly #stray: number[] = [];
  #at = 0;
  #end: EndState = 'code';
  #openedAt: number;
  /** Whether a `/` would start a regular expression. */
  #valueExpected = true;
  #afterDot = false;

  constructor(text: string) {
    this.#text = text;
    this.#openedAt = text.length;
  }

  run(): Scan {
    const command = COMMAND.exec(this.#text);
    if (command) this.#push('command', command[0].length);
    while (this.#at < this.#text.length) this.#next();
    return { tokens: this.#tokens, end: this.#end, openedAt: this.#openedAt, open: this.#open, stray: this.#stray };
  }

  #next(): void {
    const text = this.#text;
    const char = text[this.#at] ?? '';
    if (this.#match(SPACE, 'space')) return;
    if (char === '/' && this.#comment()) return;
    if (char === '"' || char === "'") return this.#string(char);
    if (char === '`') return this.#template(1);
    if ((/\d/.test(char) || (char === '.' && /\d/.test(text[this.#at + 1] ?? ''))) && this.#match(NUMBER, 'number'))
      return this.#value();
    if (this.#word()) return;
    if (char === '/' && this.#valueExpected) {
      if (this.#match(REGEX, 'regex')) return this.#value();
      if (this.#end === 'code' && !text.slice(this.#at).includes('\n')) this.#unfinished('regex', this.#at);
    }
    this.#punctuation(char);
  }

  #punctuation(char: string): void {
    const at = this.#at;
    if ('([{'.includes(char)) this.#open.push({ bracket: char, at });
    const closed = CLOSING[char];
    if (closed !== undefined) {
      const top = this.#open.at(-1);
      if (char === '}' && top?.bracket === '${') {
        this.#open.pop();
        return this.#template(1);
      }
      if (top?.bracket === closed) this.#open.pop();
      else this.#stray.push(at);
    }
    this.#afterDot =
      char === '.' || (char === '?' && this.#text[at + 1] === '.' && !/\d/.test(this.#text[at + 2] ?? ''));
    const length = char === '?' && this.#afterDot ? 2 : (this.#text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    // After `)` and `]` stands an operator; after `}` most often a statement.
    this.#valueExpected = char !== ')' && char !== ']';
    this.#push('punctuation', length);
  }

  #value(): void {
    this.#valueExpected = false;
    this.#afterDot = false;
  }

  #word(): boolean {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) return false;
    const isProperty = this.#afterDot || /^[#@]/.test(word);
    const next =
      /^\s*:(?!:)/.test(this.#text.slice(this.#at + word.length, this.#at + word.length + 8)) &&
      this.#open.at(-1)?.bracket === '{';
    const isKeyword = !isProperty && !next && KEYWORDS.has(word) && (!SOFT.has(word) || this.#startsSomething(word));
    const kind = isProperty
      ? 'property'
      : isKeyword
        ? 'keyword'
        : CONSTANTS.has(word)
          ? 'constant'
          : /^\p{Lu}/u.test(word)
            ? 'type'
            : next
              ? 'property'
              : 'name';
    this.#valueExpected = isKeyword && word !== 'this' && word !== 'super';
    this.#afterDot = false;
    this.#push(kind, word.length);
    return true;
  }

  /** `type A =` is a keyword, `type =` a name: a keyword of this sort stands before a name, a bracket or a string. */
  #startsSomething(word: string): boolean {
    const rest = this.#text.slice(this.#at + word.length, this.#at + word.length + 40);
    if (word === 'as' || word === 'satisfies' || word === 'of' || word === 'is') return !this.#valueExpected;
    return (
      /^\s+[\p{ID_Start}$_{*"'#[]/u.test(rest) ||
      (word === 'async' && /^\s*\(/.test(rest)) ||
      (word === 'from' && /^\s*["']/.test(rest))
    );
  }

  #comment(): boolean {
    const next = this.#text[this.#at + 1];
    if (next === '/') {
      const end = this.#text.indexOf('\n', this.#at);
      this.#push('comment', (end < 0 ? this.#text.length : end) - this.#at);
      return true;
    }
    if (next !== '*') return false;
    const end = this.#text.indexOf('*/', this.#at + 2);
    if (end < 0) this.#unfinished('comment', this.#at);
    this.#push('comment', (end < 0 ? this.#text.length : end + 2) - this.#at);
    return true;
  }

  #string(quote: string): void {
    const start = this.#at;
    let at = start + 1;
    while (at < this.#text.length && this.#text[at] !== quote && this.#text[at] !== '\n')
      at += this.#text[at] === '\\' ? 2 : 1;
    if (this.#text[at] !== quote && at >= this.#text.length) this.#unfinished('string', start);
    this.#push('string', Math.min(at + (this.#text[at] === quote ? 1 : 0), this.#text.length) - start);
    this.#value();
  }

  /** A template from its opening or from the `}` of a substitution, `skip` characters in. */
  #template(skip: number): void {
    const start = this.#at;
    let at = start + skip;
    for (; at < this.#text.length; at += this.#text[at] === '\\' ? 2 : 1) {
      if (this.#text[at] === '`') {
        this.#push('template', at + 1 - start);
        return this.#value();
      }
      if (this.#text[at] === '$' && this.#text[at + 1] === '{') {
        this.#open.push({ bracket: '${', at });
        this.#valueExpected = true;
        this.#afterDot = false;
        return this.#push('template', at + 2 - start);
      }
    }
    this.#unfinished('template', start);
    this.#push('template', this.#text.length - start);
  }

  #unfinished(state: EndState, at: number): void {
    this.#end = state;
    this.#openedAt = at;
  }

  #match(pattern: RegExp, kind: TokenKind): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (!found || found[0] === '') return false;
    this.#push(kind, found[0].length);
    return true;
  }

  #push(kind: TokenKind, length: number): void {
    const start = this.#at;
    this.#at = Math.min(start + length, this.#text.length);
    this.#tokens.push({ kind, start, end: this.#at });
  }
}

const OPEN_OPERATOR = /(?:=>|[=+\-*/%&|^<?:,.~([{])$/;
const CLOSED_OPERATOR = /(?:\+\+|--)$/;
const OPEN_KEYWORD = new Set(
  'await case const delete else extends from in instanceof let new of satisfies throw typeof var void'.split(' '),
);

/** Whether a text certainly goes on: an open bracket, template or comment, or an operator at its end. */
export function certainlyIncomplete(text: string): boolean {
  const { end, open, stray, tokens } = scan(text);
  if (tokens[0]?.kind === 'command' || stray.length > 0) return false;
  if (end === 'template' || end === 'comment' || open.length > 0) return true;
  const last = tokens.findLast(({ kind }) => kind !== 'space' && kind !== 'comment');
  if (last?.kind === 'keyword') return OPEN_KEYWORD.has(text.slice(last.start, last.end));
  if (last?.kind !== 'punctuation') return false;
  const tail = text.slice(Math.max(0, last.end - 2), last.end);
  return OPEN_OPERATOR.test(tail) && !CLOSED_OPERATOR.test(tail);
}
