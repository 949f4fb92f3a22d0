/** Options of an environment that decide how templates are cut into tokens. */
export interface LexerOptions {
  blockStartString: string;
  blockEndString: string;
  variableStartString: string;
  variableEndString: string;
  commentStartString: string;
  commentEndString: string;
  lineStatementPrefix: string | undefined;
  lineCommentPrefix: string | undefined;
  trimBlocks: boolean;
  lstripBlocks: boolean;
  newlineSequence: '\n' | '\r\n' | '\r';
  keepTrailingNewline: boolean;
}

/** Jinja's defaults. */
export const LEXER_DEFAULTS: LexerOptions = {
  blockStartString: '{%',
  blockEndString: '%}',
  variableStartString: '{{',
  variableEndString: '}}',
  commentStartString: '{#',
  commentEndString: '#}',
  lineStatementPrefix: undefined,
  lineCommentPrefix: undefined,
  trimBlocks: false,
  lstripBlocks: false,
  newlineSequence: '\n',
  keepTrailingNewline: false,
};

/** Options with defaults for what is not given. Throws for delimiters that cannot be told apart. */
export function lexerOptions(options: Partial<LexerOptions>, defaults: LexerOptions): LexerOptions {
  const result = { ...defaults };
  for (const key of Object.keys(LEXER_DEFAULTS) as (keyof LexerOptions)[]) {
    if (options[key] !== undefined) Object.assign(result, { [key]: options[key] });
  }
  const { blockStartString, variableStartString, commentStartString } = result;
  if (new Set([blockStartString, variableStartString, commentStartString]).size < 3) {
    throw new TypeError('block, variable and comment start strings must be different');
  }
  return result;
}
