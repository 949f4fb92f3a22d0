import { compileFunction } from 'node:vm';
import type { CompiledCode, Dependency } from './compiler-types.ts';
import { Context, type Mode, type RenderFunction, type RenderState, type Variables } from './context.ts';
import type { Environment } from './environment.ts';
import { GENERATED, TemplateSyntaxError } from './errors.ts';
import type { NodeOf } from './nodes.ts';
import { join, joinAsync, TemplateModule } from './references.ts';
import { TemplateStream } from './template-stream.ts';
import type { TraceInfo } from './trace.ts';

/** The functions of a template. */
export interface TemplateCode {
  root: RenderFunction;
  blocks: ReadonlyMap<string, RenderFunction>;
}

/** What a template is made of. */
export interface TemplateInit {
  source: string;
  name: string | undefined;
  filename: string | undefined;
  upToDate?: (() => boolean) | undefined;
  globals?: Variables | undefined;
  /** Syntax tree, where it did not come from the source. */
  root?: NodeOf<'Root'>;
}

/** Macros of a module are used by many renderings at a time, which all count. */
const SHARED_LIMIT = 20_000;

interface Loaded {
  code: TemplateCode;
  dependencies: readonly Dependency[];
}

/** A template that is ready to be rendered. Environments make them: `getTemplate`, `fromString`. */
export class Template {
  readonly environment: Environment;
  /** Name that the template was loaded by; undefined if it was made of a string. */
  readonly name: string | undefined;
  /** File that it was loaded from, if any. */
  readonly filename: string | undefined;
  readonly #init: TemplateInit;
  readonly #loaded: Partial<Record<Mode, Loaded>> = {};
  #globals: Variables | undefined;
  #module: TemplateModule | undefined;
  #moduleAsync: TemplateModule | undefined;

  constructor(environment: Environment, init: TemplateInit) {
    this.environment = environment;
    this.name = init.name;
    this.filename = init.filename;
    this.#init = init;
    this.#globals = init.globals;
  }

  /** Variables that belong to this template, in front of the environment's globals. */
  get globals(): Variables {
    return this.#globals ?? {};
  }

  addGlobals(globals: Variables): void {
    this.#globals = { ...this.#globals, ...globals };
  }

  /** Whether the source is still the one that the template was made of. */
  isUpToDate(): boolean {
    return this.#init.upToDate?.() ?? true;
  }

  /** The text of the template with these variables. Throws `TemplateError`s, and what functions in the variables throw. */
  render(variables: object = {}): string {
    return this.code('render').root(this.newContext(variables, 'render')) as string;
  }

  /** {@link render} that awaits promises, async functions and filters, and goes through async iterables. */
  renderAsync(variables: object = {}): Promise<string> {
    return joinAsync(this.generateAsync(variables));
  }

  /** The text in pieces, as they are made. */
  generate(variables: object = {}): Generator<string> {
    return this.code('stream').root(this.newContext(variables, 'stream')) as Generator<string>;
  }

  /** {@link renderAsync} in pieces. */
  generateAsync(variables: object = {}): AsyncGenerator<string> {
    return this.code('async').root(this.newContext(variables, 'async')) as AsyncGenerator<string>;
  }

  /** {@link generate} with buffering and writing to files. */
  stream(variables: object = {}): TemplateStream {
    return new TemplateStream(this.generate(variables));
  }

  /** What the template exports: macros and variables of its top level. Made once. */
  get module(): TemplateModule & Record<string, unknown> {
    return this.defaultModule() as TemplateModule & Record<string, unknown>;
  }

  /** {@link module} with these variables, made anew. */
  makeModule(variables: object = {}): TemplateModule & Record<string, unknown> {
    return this.#makeModule(this.newContext(variables, 'render')) as TemplateModule & Record<string, unknown>;
  }

  /** {@link makeModule} for templates that have to await something. */
  makeModuleAsync(variables: object = {}): Promise<TemplateModule & Record<string, unknown>> {
    return this.#makeModuleAsync(this.newContext(variables, 'async')) as Promise<
      TemplateModule & Record<string, unknown>
    >;
  }

  /** @internal For `import` without context. */
  defaultModule(importer?: Context): TemplateModule {
    if (importer && this.#needsGlobalsOf(importer)) return this.#makeModule(this.#contextWithGlobals(importer));
    return (this.#module ??= this.#makeModule(this.newContext({}, 'render')));
  }

  /** @internal {@link defaultModule} in async mode. */
  defaultModuleAsync(importer: Context): Promise<TemplateModule> {
    if (this.#needsGlobalsOf(importer)) return this.#makeModuleAsync(this.#contextWithGlobals(importer));
    if (this.#moduleAsync) return Promise.resolve(this.#moduleAsync);
    // Kept when it is done: two templates that import each other are to fail, not to wait for each other.
    const context = this.newContext({}, 'async', importer.state);
    return this.#makeModuleAsync(context).then((module) => {
      context.state = { depth: 0, limit: SHARED_LIMIT };
      return (this.#moduleAsync = module);
    });
  }

  /** @internal For `import … with context`. */
  moduleFrom(importer: Context, locals: Variables): TemplateModule {
    return this.#makeModule(this.contextFrom(importer, locals));
  }

  /** @internal {@link moduleFrom} in async mode. */
  moduleFromAsync(importer: Context, locals: Variables): Promise<TemplateModule> {
    return this.#makeModuleAsync(this.contextFrom(importer, locals));
  }

  #needsGlobalsOf(importer: Context): boolean {
    return Object.keys(importer.globals).some((name) => !Object.hasOwn(this.globals, name));
  }

  #contextWithGlobals(importer: Context): Context {
    return this.newContext({ ...importer.globals, ...this.globals }, importer.mode, importer.state);
  }

  #makeModule(context: Context): TemplateModule {
    const { mode } = context;
    const body = join(this.code(mode).root(context) as string | Iterable<string>);
    return new TemplateModule(this.name, context.getExported(), body);
  }

  async #makeModuleAsync(context: Context): Promise<TemplateModule> {
    const body = await joinAsync(this.code('async').root(context) as AsyncIterable<string>);
    return new TemplateModule(this.name, context.getExported(), body);
  }

  /** A context with these variables in front of the globals. */
  newContext(variables: object, mode: Mode, state?: RenderState): Context {
    const own = variables instanceof Map ? (Object.fromEntries(variables) as Variables) : (variables as Variables);
    const { environment, name } = this;
    const layers = this.#globals ? [own, this.#globals, environment.globals] : [own, environment.globals];
    const { blocks } = this.code(mode);
    return new Context({ environment, name, mode, layers, globals: this.#globals, blocks, state });
  }

  /** A context that sees what another template sees at some point. */
  contextFrom(context: Context, locals: Variables): Context {
    const { environment, name } = this;
    const { mode } = context;
    return new Context({
      environment,
      name,
      mode,
      layers: context.layersWith(locals),
      globals: this.#globals,
      blocks: this.code(mode).blocks,
      state: context.state,
    });
  }

  /** @internal The value of a template that is one expression. */
  evaluate(variables: Variables): unknown {
    const context = this.newContext(variables, 'render');
    this.code('render').root(context);
    return context.vars.result;
  }

  /** @internal The functions of the template. They are made again if filters or tests that it uses have been replaced. */
  code(mode: Mode): TemplateCode {
    const loaded = this.#loaded[mode];
    if (loaded?.dependencies.every(({ kind, name, fn }) => ownValue(this.environment[kind], name) === fn))
      return loaded.code;
    const made = this.#load(mode);
    this.#loaded[mode] = made;
    return made.code;
  }

  #load(mode: Mode): Loaded {
    const { environment, name, filename } = this;
    const info: TraceInfo = { name, filename, source: this.#init.source };
    const compiled = this.#compile(mode, info);
    const functions = compiled.dependencies.map(({ fn }) => fn);
    const make = this.#evaluateCode(compiled);
    return { code: make(environment.runtime, info, functions) as TemplateCode, dependencies: compiled.dependencies };
  }

  #compile(mode: Mode, { name, filename, source }: TraceInfo): CompiledCode {
    const { environment } = this;
    try {
      const root = this.#init.root ?? environment.parse(source, name, filename);
      return environment.generate(root, mode, { name, filename, source });
    } catch (cause) {
      // Long chains of operators are deep trees.
      if (!(cause instanceof RangeError)) throw cause;
      throw new TemplateSyntaxError(
        'the template is too complex',
        { lineno: 1, templateName: name, filename, source },
        { cause },
      );
    }
  }

  #evaluateCode({ code }: CompiledCode): (...args: unknown[]) => unknown {
    const { name, filename } = this;
    try {
      return compileFunction(code, ['rt', 'info', 'dependencies'], {
        filename: `${GENERATED}${name ?? '<string>'}`,
      }) as (...args: unknown[]) => unknown;
    } catch (cause) {
      const message = `the template cannot be compiled: ${(cause as Error).message}`;
      throw new TemplateSyntaxError(
        message,
        { lineno: 1, templateName: name, filename, source: this.#init.source },
        { cause },
      );
    }
  }
}

function ownValue(table: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
