import type { Mode } from './context.ts';
import type { Environment } from './environment.ts';
import type { Frame } from './frame.ts';
import type { Expression, Node, NodeOf } from './nodes.ts';
import type { BaseCompiler } from './nunjucks.ts';

/** A filter or test as the generated code was made for. */
export interface Dependency {
  kind: 'filters' | 'tests';
  name: string;
  fn: unknown;
}

/** The JavaScript of a template. */
export interface CompiledCode {
  code: string;
  /** In the order in which the code refers to them. */
  dependencies: readonly Dependency[];
}

/** What is compiled, and how. */
export interface CompilerInput {
  environment: Environment;
  mode: Mode;
  name: string | undefined;
  filename: string | undefined;
  source: string;
}

/** The code generator: nunjucks' compiler with Jinja's scoping and operators. */
export interface Compiler extends BaseCompiler {
  readonly input: CompilerInput;
  readonly blocks: Map<string, NodeOf<'Block'>>;
  hasKnownExtends: boolean;
  extendsSoFar: number;
  /** Names that the assignment being compiled sets, innermost last. */
  readonly assigned: Set<string>[];
  /** Parameters of the macro being compiled that have no value yet, innermost last. */
  readonly unsetParameters: Set<string>[];
  readonly isAsync: boolean;
  fail(message: string, lineno: number): never;
  /** A filter or test for the generated code to call. */
  dependency(
    kind: Dependency['kind'],
    name: string,
    lineno: number,
    isSoft: boolean,
  ): { variable: string; fn: unknown };
  /** A function of the generated code that reads one attribute. */
  accessor(name: string): string;
  /** A variable of the function being generated. */
  temporary(): string;
  /** The code of an expression. */
  expression(node: Expression, frame: Frame): string;
  statements(nodes: readonly Node[], frame: Frame): void;
  /** Notes which line of the template runs next. */
  line(lineno: number): void;
  /** Forgets the noted line: code may be reached from elsewhere. */
  forgetLine(): void;
  /** Emits `body` as a function, with its temporaries and the noting of errors. */
  functionBody(role: string, lineno: number, body: () => void): void;
  /** Emits what brings the names of a frame in. */
  enterFrame(frame: Frame, options?: { skip?: ReadonlySet<string> }): void;
  /** In async mode: the code with its promise awaited. */
  awaited(code: string): string;
}
