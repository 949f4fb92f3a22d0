import type { Environment } from './environment.ts';
import type { CallArguments, Expression, Keyword, Node, NodeOf } from './nodes.ts';
import { createNode } from './nodes.ts';
import type { Parser } from './parser.ts';
import type { Token } from './tokens.ts';

/** The class of an extension: an environment makes one instance of it. */
export type ExtensionClass = new (environment: Environment) => Extension;

/** Adds tags to templates, or changes their source or tokens (Jinja's `Extension`). */
export class Extension {
  /** Environment that the extension belongs to. */
  environment: Environment;
  /** Tags that {@link parse} understands. */
  readonly tags: ReadonlySet<string> = new Set();
  /** Extensions with a lower one come first. Default 100. */
  readonly priority: number = 100;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** Name of the extension in `environment.extensions`. */
  get identifier(): string {
    return this.constructor.name;
  }

  /** A copy of this extension for an overlay of its environment. */
  bind(environment: Environment): Extension {
    const copy = Object.assign(Object.create(Object.getPrototypeOf(this) as object) as Extension, this);
    copy.environment = environment;
    return copy;
  }

  /** Changes the source before it is read. */
  preprocess(source: string, _name: string | undefined, _filename: string | undefined): string {
    return source;
  }

  /** Changes the tokens before they are parsed. */
  filterStream(tokens: readonly Token[], _name: string | undefined, _filename: string | undefined): readonly Token[] {
    return tokens;
  }

  /** Reads one of the {@link tags}; the current token is the tag's name. */
  parse(_parser: Parser): Node | Node[] {
    throw new TypeError(`${this.identifier} has tags, but no parse()`);
  }

  /** A node for a method or property of this extension. */
  attribute(name: string, lineno: number): NodeOf<'ExtensionAttribute'> {
    return createNode('ExtensionAttribute', lineno, { identifier: this.identifier, name });
  }

  /** A node that calls a method of this extension when the template is rendered. */
  callMethod(name: string, args: Expression[], lineno: number, kwargs: Keyword[] = []): NodeOf<'FunCall'> {
    const call: CallArguments = { args, kwargs, dynArgs: null, dynKwargs: null };
    return createNode('FunCall', lineno, { callee: this.attribute(name, lineno), ...call });
  }
}

/** `{% do expression %}`: evaluates and prints nothing. */
export class ExprStmtExtension extends Extension {
  override readonly tags: ReadonlySet<string> = new Set(['do']);

  override parse(parser: Parser): Node {
    const { lineno } = parser.next();
    return createNode('ExprStmt', lineno, { node: parser.parseTuple() });
  }
}

/** `{% break %}` and `{% continue %}`. */
export class LoopControlExtension extends Extension {
  override readonly tags: ReadonlySet<string> = new Set(['break', 'continue']);

  override parse(parser: Parser): Node {
    const { value, lineno } = parser.next();
    return createNode(value === 'break' ? 'Break' : 'Continue', lineno, {});
  }
}
