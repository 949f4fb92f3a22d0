import { TemplateAssertionError, TemplateSyntaxError } from './errors.ts';
import type { Extension } from './extensions.ts';
import { createNode, type Expression, type Node, type NodeOf, type NodeType, type NodeTypes } from './nodes.ts';
import { type BaseParser, nunjucks } from './nunjucks.ts';
import { parseExpression, parseTuple, type TupleOptions } from './parse-expressions.ts';
import { type AssignTargetOptions, parseAssignTarget } from './parse-targets.ts';
import { parseStatement } from './parse-statements.ts';
import { describeTest, describeToken, matches, type Token, type TokenTest } from './tokens.ts';

/** What a parser needs to know about the template that it reads. */
export interface ParserInput {
  tokens: Iterable<Token>;
  source: string;
  name: string | undefined;
  filename: string | undefined;
  extensions: readonly Extension[];
}

/** The tokens of a template with the looking ahead that nunjucks' parser does not have. */
class TokenStream {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: Iterable<Token>) {
    this.#tokens = [...tokens];
  }

  nextToken(): Token {
    const last = this.#tokens.length - 1;
    const token = this.#tokens[Math.min(this.#next, last)];
    if (!token) throw new TypeError('a stream of tokens must end with eof');
    if (this.#next <= last) this.#next++;
    return token;
  }

  peek(): Token {
    const last = this.#tokens.length - 1;
    return this.#tokens[Math.min(this.#next, last)] as Token;
  }
}

/** Deeper nesting of expressions and statements is refused before the JavaScript stack overflows. */
const MAX_DEPTH = 300;

/** The parser of templates: Jinja's grammar on the base of nunjucks' parser. Extensions get it in `parse`. */
export interface Parser extends BaseParser<Token> {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  /** Tags whose bodies are being read, innermost last. */
  readonly tagStack: string[];
  readonly extensionTags: ReadonlyMap<string, Extension>;
  readonly current: Token;
  /** The token after the current one. */
  look(): Token;
  /** Takes the current token. */
  next(): Token;
  test(...tests: TokenTest[]): boolean;
  /** Takes the current token if it is what is asked for. */
  skipIf(test: TokenTest): boolean;
  /** Takes the current token, which must be what is asked for. Throws {@link TemplateSyntaxError}. */
  expectToken(test: TokenTest): Token;
  throwSyntaxError(message: string, lineno?: number): never;
  throwAssertionError(message: string, lineno: number): never;
  throwUnknownTag(name: string, lineno: number): never;
  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T;
  /** Reads statements after a block start up to one of `endTests`, which becomes the current token or is dropped. */
  parseStatements(endTests: readonly TokenTest[], options?: { dropNeedle?: boolean }): Node[];
  parseExpression(options?: { withInlineIf?: boolean }): Expression;
  parseTuple(options?: TupleOptions): Expression;
  parseAssignTarget(options?: AssignTargetOptions): Expression;
  parseTemplate(): NodeOf<'Root'>;
  createNode<T extends NodeType>(type: T, lineno: number, fields: NodeTypes[T]): NodeOf<T>;
}

let parserClass: (new (input: ParserInput) => Parser) | undefined;

/** Makes the parser of a template. */
export function createParser(input: ParserInput): Parser {
  parserClass ??= defineParser();
  return new parserClass(input);
}

function defineParser(): new (input: ParserInput) => Parser {
  const { Parser: Base } = nunjucks();
  return class JinjaParser extends Base<Token> implements Parser {
    declare readonly stream: TokenStream;
    declare readonly input: ParserInput;
    declare readonly endStack: (readonly TokenTest[])[];
    declare readonly tagStack: string[];
    declare readonly extensionTags: ReadonlyMap<string, Extension>;
    declare depth: number;

    constructor(input: ParserInput) {
      const stream = new TokenStream(input.tokens);
      super(stream);
      this.stream = stream;
      this.input = input;
      this.endStack = [];
      this.tagStack = [];
      this.depth = 0;
      const tags = new Map<string, Extension>();
      for (const extension of input.extensions) for (const tag of extension.tags) tags.set(tag, extension);
      this.extensionTags = tags;
    }

    get name(): string | undefined {
      return this.input.name;
    }

    get filename(): string | undefined {
      return this.input.filename;
    }

    get current(): Token {
      return this.peekToken();
    }

    look(): Token {
      this.peekToken();
      return this.stream.peek();
    }

    next(): Token {
      return this.nextToken();
    }

    test(...tests: TokenTest[]): boolean {
      const { current } = this;
      return tests.some((test) => matches(current, test));
    }

    skipIf(test: TokenTest): boolean {
      if (!matches(this.current, test)) return false;
      this.nextToken();
      return true;
    }

    expectToken(test: TokenTest): Token {
      const { current } = this;
      if (matches(current, test)) return this.nextToken();
      if (current.type === 'eof') {
        this.throwSyntaxError(`unexpected end of template, expected '${describeTest(test)}'.`, current.lineno);
      }
      this.throwSyntaxError(
        `expected token '${describeTest(test)}', got ${quoted(describeToken(current))}`,
        current.lineno,
      );
    }

    throwSyntaxError(message: string, lineno = this.current.lineno): never {
      throw new TemplateSyntaxError(message, this.#location(lineno));
    }

    throwAssertionError(message: string, lineno: number): never {
      throw new TemplateAssertionError(message, this.#location(lineno));
    }

    #location(lineno: number): {
      lineno: number;
      templateName: string | undefined;
      filename: string | undefined;
      source: string;
    } {
      const { name, filename, source } = this.input;
      return { lineno, templateName: name, filename, source };
    }

    throwUnknownTag(name: string, lineno: number): never {
      this.#throwUnexpected(`Encountered unknown tag '${name}'.`, name, lineno);
    }

    #throwUnexpected(message: string, name: string | undefined, lineno: number): never {
      const sentences = [message];
      const innermost = this.endStack.at(-1);
      if (innermost) {
        const wanted = innermost.map((test) => `'${describeTest(test)}'`).join(' or ');
        const isExpected = name !== undefined && this.endStack.flat().some((test) => describeTest(test) === name);
        sentences.push(
          isExpected
            ? `You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${wanted}.`
            : `Jinja was looking for the following tags: ${wanted}.`,
        );
      }
      const tag = this.tagStack.at(-1);
      if (tag !== undefined) sentences.push(`The innermost block that needs to be closed is '${tag}'.`);
      this.throwSyntaxError(sentences.join(' '), lineno);
    }

    nested<T>(parse: () => T): T {
      if (this.depth >= MAX_DEPTH) this.throwSyntaxError('too many levels of nesting');
      this.depth++;
      try {
        return parse();
      } finally {
        this.depth--;
      }
    }

    parseStatements(endTests: readonly TokenTest[], { dropNeedle = false } = {}): Node[] {
      this.skipIf('colon');
      this.expectToken('block-end');
      const body = this.nested(() => this.#parseUntil(endTests));
      if (this.current.type === 'eof') {
        this.endStack.push(endTests);
        this.#throwUnexpected('Unexpected end of template.', undefined, this.current.lineno);
      }
      if (dropNeedle) this.next();
      return body;
    }

    #parseUntil(endTests?: readonly TokenTest[]): Node[] {
      const body: Node[] = [];
      let output: Expression[] = [];
      const flush = (): void => {
        const [first] = output;
        if (first) body.push(createNode('Output', first.lineno, { nodes: output }));
        output = [];
      };
      if (endTests) this.endStack.push(endTests);
      for (;;) {
        const { type, value, lineno } = this.current;
        if (type === 'data') {
          output.push(createNode('TemplateData', lineno, { value: String(value) }));
          this.next();
        } else if (type === 'variable-start') {
          this.next();
          output.push(this.parseTuple());
          this.expectToken('variable-end');
        } else if (type === 'block-start') {
          flush();
          this.next();
          if (endTests && this.test(...endTests)) break;
          body.push(...parseStatement(this));
          this.expectToken('block-end');
        } else break;
      }
      flush();
      if (endTests) this.endStack.pop();
      return body;
    }

    parseExpression(options: { withInlineIf?: boolean } = {}): Expression {
      return parseExpression(this, options.withInlineIf ?? true);
    }

    parseTuple(options: TupleOptions = {}): Expression {
      return parseTuple(this, options);
    }

    parseAssignTarget(options: AssignTargetOptions = {}): Expression {
      return parseAssignTarget(this, options);
    }

    parseTemplate(): NodeOf<'Root'> {
      return createNode('Root', 1, { body: this.#parseUntil() });
    }

    createNode<T extends NodeType>(type: T, lineno: number, fields: NodeTypes[T]): NodeOf<T> {
      return createNode(type, lineno, fields);
    }
  };
}

function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}
