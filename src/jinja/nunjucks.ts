import { createRequire } from 'node:module';

/*
 * The parts of nunjucks 3.2.4 that this engine is built on. Its own classes extend these; nothing of nunjucks is changed.
 * Loading costs some 10 ms, which an application that renders no template does not pay: hence the require on first use.
 */

/** nunjucks' parser over a stream of tokens. */
export interface BaseParser<Token> {
  peeked: Token | null;
  tokens: { nextToken(): Token };
  nextToken(withWhitespace?: boolean): Token;
  peekToken(): Token;
  pushToken(token: Token): void;
}

/** nunjucks' compiler: a buffer of code, names for temporaries, and the dispatch to `compile<Type>` methods. */
export interface BaseCompiler {
  codebuf: string[];
  templateName: string | undefined;
  buffer: string | null;
  _emit(code: string): void;
  _emitLine(code: string): void;
  _tmpid(): string;
  compile(node: { typename: string; lineno: number }, frame: unknown): void;
  getCode(): string;
}

/** nunjucks' node of a syntax tree. */
export interface BaseNode {
  readonly typename: string;
  readonly fields: readonly string[];
  lineno: number;
  colno: number;
}

type NodeClass = new (lineno: number, colno: number, ...values: unknown[]) => BaseNode;

/** What is used of nunjucks. */
export interface Nunjucks {
  Parser: new <Token>(tokens: { nextToken(): Token }) => BaseParser<Token>;
  Compiler: new (templateName: string | undefined, throwOnUndefined: boolean) => BaseCompiler;
  nodes: Record<string, NodeClass> & { Node: NodeClass; NodeList: NodeClass };
}

let loaded: Nunjucks | undefined;

/** nunjucks, loaded on the first call. */
export function nunjucks(): Nunjucks {
  if (!loaded) {
    const require = createRequire(import.meta.url);
    const { Parser } = require('nunjucks/src/parser') as Pick<Nunjucks, 'Parser'>;
    const { Compiler } = require('nunjucks/src/compiler') as Pick<Nunjucks, 'Compiler'>;
    loaded = { Parser, Compiler, nodes: require('nunjucks/src/nodes') as Nunjucks['nodes'] };
  }
  return loaded;
}
