/** Kinds of tokens: nunjucks' names for them, and `eof`. Operators are their own value. */
export type TokenType =
  | 'data'
  | 'block-start'
  | 'block-end'
  | 'variable-start'
  | 'variable-end'
  | 'symbol'
  | 'string'
  | 'int'
  | 'float'
  | 'operator'
  | 'left-paren'
  | 'right-paren'
  | 'left-bracket'
  | 'right-bracket'
  | 'left-curly'
  | 'right-curly'
  | 'comma'
  | 'colon'
  | 'tilde'
  | 'pipe'
  | 'eof';

/** A piece of a template. */
export interface Token {
  type: TokenType;
  /** Text of data, symbols, strings and operators; the number of an int or float. */
  value: string | number | bigint;
  /** Counted from 1. */
  lineno: number;
  colno: number;
}

const PUNCTUATION: Record<string, TokenType> = {
  '(': 'left-paren',
  ')': 'right-paren',
  '[': 'left-bracket',
  ']': 'right-bracket',
  '{': 'left-curly',
  '}': 'right-curly',
  ',': 'comma',
  ':': 'colon',
  '~': 'tilde',
  '|': 'pipe',
};

/** The type of an operator or punctuation mark. */
export function operatorType(text: string): TokenType {
  return PUNCTUATION[text] ?? 'operator';
}

const DESCRIPTIONS: Partial<Record<TokenType, string>> = {
  'block-start': 'begin of statement block',
  'block-end': 'end of statement block',
  'variable-start': 'begin of print statement',
  'variable-end': 'end of print statement',
  data: 'template data / text',
  symbol: 'name',
  int: 'integer',
  eof: 'end of template',
};

/** A kind of token in an error message. */
function describeType(type: string): string {
  const mark = Object.keys(PUNCTUATION).find((text) => PUNCTUATION[text] === type);
  return mark ?? DESCRIPTIONS[type as TokenType] ?? type;
}

/** A token in an error message. */
export function describeToken(token: Token): string {
  if (token.type === 'symbol' || token.type === 'operator') return String(token.value);
  return describeType(token.type);
}

/** What Jinja calls the tokens, for extensions that are written for it: `name:endtrans`, `block_end`, `assign`. */
const JINJA_TYPES: Record<string, [type: TokenType, value?: string]> = {
  name: ['symbol'],
  block_begin: ['block-start'],
  block_end: ['block-end'],
  variable_begin: ['variable-start'],
  variable_end: ['variable-end'],
  integer: ['int'],
  lparen: ['left-paren'],
  rparen: ['right-paren'],
  lbracket: ['left-bracket'],
  rbracket: ['right-bracket'],
  lbrace: ['left-curly'],
  rbrace: ['right-curly'],
  assign: ['operator', '='],
  dot: ['operator', '.'],
  add: ['operator', '+'],
  sub: ['operator', '-'],
  mul: ['operator', '*'],
  pow: ['operator', '**'],
  div: ['operator', '/'],
  floordiv: ['operator', '//'],
  mod: ['operator', '%'],
  eq: ['operator', '=='],
  ne: ['operator', '!='],
  lt: ['operator', '<'],
  lteq: ['operator', '<='],
  gt: ['operator', '>'],
  gteq: ['operator', '>='],
};

/** What a token is asked to be: a type (`comma`, or Jinja's name for it), or `name:` and the name. */
export type TokenTest = string;

type ParsedTest = readonly [type: string, value?: string];

const parsedTests = new Map<string, ParsedTest>();

/** Reads a {@link TokenTest}. */
export function parseTest(test: TokenTest): ParsedTest {
  let parsed = parsedTests.get(test);
  if (!parsed) {
    parsed = readTest(test);
    // Names of blocks are part of tests as well: there is no end to them.
    if (parsedTests.size < 500) parsedTests.set(test, parsed);
  }
  return parsed;
}

function readTest(test: TokenTest): ParsedTest {
  const colon = test.indexOf(':');
  const name = colon === -1 ? test : test.slice(0, colon);
  const [type, value] = Object.hasOwn(JINJA_TYPES, name) ? JINJA_TYPES[name]! : [name];
  if (colon !== -1) return [type, test.slice(colon + 1)];
  return value === undefined ? [type] : [type, value];
}

/** Whether a token is what is asked for. */
export function matches(token: Token, test: TokenTest): boolean {
  const [type, value] = parseTest(test);
  return token.type === type && (value === undefined || token.value === value);
}

/** What was asked for in an error message. */
export function describeTest(test: TokenTest): string {
  const [type, value] = parseTest(test);
  return value ?? describeType(type);
}

/** Names that are no variables. */
export const CONSTANTS: Record<string, boolean | null> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};
