import { defaultFilters } from './filters.ts';
import { defaultGlobals } from './globals.ts';
import { BUILTIN_EXTENSIONS } from './builtin-extensions.ts';
import { passed, passMark, plainArguments, signatureOf } from './calls.ts';
import { generateCode } from './compiler.ts';
import type { CompiledCode } from './compiler-types.ts';
import { type Context, EvalContext, type Mode, type Variables } from './context.ts';
import { TemplateNotFound, TemplateRuntimeError, TemplatesNotFound } from './errors.ts';
import type { Extension, ExtensionClass } from './extensions.ts';
import { Lexer } from './lexer.ts';
import { LEXER_DEFAULTS, type LexerOptions, lexerOptions } from './lexer-options.ts';
import type { BaseLoader } from './loaders.ts';
import { invokerOf } from './marks.ts';
import { createNode, type NodeOf } from './nodes.ts';
import { type DefaultPolicies, defaultPolicies } from './policies.ts';
import { createParser, type Parser } from './parser.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { Template } from './template.ts';
import { TemplateCache } from './template-cache.ts';
import { defaultTests } from './tests.ts';
import { Undefined, type UndefinedClass } from './undefined.ts';
import { UndefinedValue } from './values.ts';

/** A function for the `filters` of an environment: the value, the arguments, then keyword arguments as one object. */
export type Filter = (...args: never[]) => unknown;
/** A function for the `tests` of an environment. */
export type Test = (...args: never[]) => unknown;

/** Options of an {@link Environment}: Jinja's, in camelCase. */
export interface EnvironmentOptions extends Partial<LexerOptions> {
  /** Where templates come from. Default: nowhere, which leaves `fromString`. */
  loader?: BaseLoader | undefined;
  /** Whether output is escaped, or a function that says so for a template's name. Default false. */
  autoescape?: boolean | ((templateName: string | undefined) => boolean);
  /** Class of undefined values. Default {@link Undefined}. */
  undefined?: UndefinedClass;
  /** Called with every value before it is printed. */
  finalize?: ((value: never) => unknown) | undefined;
  /** Extensions, or the names of Jinja's own: `jinja2.ext.do`, `.loopcontrols`, `.i18n`, `.debug`. */
  extensions?: readonly (ExtensionClass | string)[];
  /** How many templates are kept; negative for all, 0 for none. Default 400. */
  cacheSize?: number;
  /** Whether templates whose source has changed are loaded again. Default true. */
  autoReload?: boolean;
}

/** What `getTemplate` and the like take besides a name. */
export interface GetTemplateOptions {
  /** Name of the template that asks, for {@link Environment.joinPath}. */
  parent?: string | undefined;
  /** Variables for this template, in front of the environment's globals. */
  globals?: Variables | undefined;
}

/** Settings, filters, tests, globals and loaded templates that belong together (Jinja's `Environment`). */
export class Environment {
  loader: BaseLoader | undefined;
  /** Variables of all templates. May be changed at any time. */
  globals: Variables;
  /** Filters by name. May be changed at any time. */
  filters: Record<string, Filter>;
  /** Tests by name. May be changed at any time. */
  tests: Record<string, Test>;
  /** Settings of built-in filters and extensions. */
  policies: DefaultPolicies;
  autoescape: boolean | ((templateName: string | undefined) => boolean);
  undefined: UndefinedClass;
  finalize: ((value: never) => unknown) | undefined;
  autoReload: boolean;
  readonly cacheSize: number;
  /** Extensions by identifier. */
  readonly extensions: Record<string, Extension> = {};
  readonly lexerOptions: LexerOptions;
  /** The environment that this one is an overlay of. */
  readonly linkedTo: Environment | undefined;
  #cache: TemplateCache;
  #lexer: Lexer | undefined;
  #runtime: Runtime | undefined;

  constructor(options: EnvironmentOptions = {}, linkedTo?: Environment) {
    this.linkedTo = linkedTo;
    this.loader = 'loader' in options ? options.loader : linkedTo?.loader;
    this.autoescape = options.autoescape ?? linkedTo?.autoescape ?? false;
    this.undefined = options.undefined ?? linkedTo?.undefined ?? Undefined;
    this.finalize = 'finalize' in options ? options.finalize : linkedTo?.finalize;
    this.autoReload = options.autoReload ?? linkedTo?.autoReload ?? true;
    this.globals = linkedTo?.globals ?? defaultGlobals();
    this.filters = linkedTo?.filters ?? defaultFilters();
    this.tests = linkedTo?.tests ?? defaultTests();
    this.policies = linkedTo?.policies ?? defaultPolicies();
    this.lexerOptions = lexerOptions(options, linkedTo?.lexerOptions ?? LEXER_DEFAULTS);
    this.cacheSize = options.cacheSize ?? linkedTo?.cacheSize ?? 400;
    this.#cache = new TemplateCache(this.cacheSize);
    for (const extension of Object.values(linkedTo?.extensions ?? {}))
      this.extensions[extension.identifier] = extension.bind(this);
    for (const extension of options.extensions ?? []) this.addExtension(extension);
  }

  /** Adds an extension. */
  addExtension(extension: ExtensionClass | string): void {
    const ExtensionClass = typeof extension === 'string' ? BUILTIN_EXTENSIONS[extension] : extension;
    if (!ExtensionClass) throw new TypeError(`There is no extension '${String(extension)}'.`);
    const instance = new ExtensionClass(this);
    this.extensions[instance.identifier] = instance;
  }

  /** The extensions in the order in which they work. */
  sortedExtensions(): Extension[] {
    return Object.values(this.extensions).sort((a, b) => a.priority - b.priority);
  }

  /** An environment that shares filters, tests, globals and policies with this one and differs in some options. */
  overlay(options: EnvironmentOptions = {}): Environment {
    return new Environment(options, this);
  }

  /** Whether the output of a template is escaped. */
  isAutoescaped(templateName: string | undefined): boolean {
    return typeof this.autoescape === 'function' ? this.autoescape(templateName) : this.autoescape;
  }

  /** The name to load for what a template asks for. Override it for names that are relative to that template. */
  joinPath(name: string, _parent: string): string {
    return name;
  }

  /** A template by its name. Throws {@link TemplateNotFound} and `TemplateSyntaxError`. */
  getTemplate(name: string | Template, options: GetTemplateOptions = {}): Template {
    if (name instanceof Template) return name;
    return this.#load(options.parent === undefined ? name : this.joinPath(name, options.parent), options.globals);
  }

  /** The first of several templates that exists. Throws {@link TemplatesNotFound}. */
  selectTemplate(names: Iterable<string | Template>, options: GetTemplateOptions = {}): Template {
    const tried: string[] = [];
    const searched: string[] = [];
    for (const name of names) {
      try {
        return this.getTemplate(name, options);
      } catch (error) {
        if (!(error instanceof TemplateNotFound)) throw error;
        tried.push(String(name));
        searched.push(...error.searched);
      }
    }
    if (tried.length > 0) throw new TemplatesNotFound(tried, { searched });
    throw new TemplatesNotFound([], { message: 'Tried to select from an empty list of templates.' });
  }

  /** {@link getTemplate} for a name, {@link selectTemplate} for several. */
  getOrSelectTemplate(
    names: string | Template | Iterable<string | Template>,
    options: GetTemplateOptions = {},
  ): Template {
    if (typeof names === 'string' || names instanceof Template) return this.getTemplate(names, options);
    return this.selectTemplate(names, options);
  }

  /** A template made of its source. */
  fromString(source: string, options: { globals?: Variables | undefined } = {}): Template {
    const template = new Template(this, { source, name: undefined, filename: undefined, globals: options.globals });
    template.code('render');
    return template;
  }

  /** Names of the templates that the loader can list, those with one of `extensions` or that pass `filter`. */
  listTemplates({
    extensions,
    filter,
  }: { extensions?: readonly string[]; filter?: (name: string) => boolean } = {}): string[] {
    const names = this.loader?.listTemplates() ?? [];
    if (filter) return names.filter(filter);
    return extensions
      ? names.filter((name) => name.includes('.') && extensions.includes(name.slice(name.lastIndexOf('.') + 1)))
      : names;
  }

  /** Forgets a template by its name or file, or all of them. */
  invalidate(nameOrFilename?: string): void {
    this.#cache.invalidate(nameOrFilename);
  }

  /** Makes a function of an expression: `env.compileExpression('a + b')({ a: 1, b: 2 })`. */
  compileExpression(source: string, { undefinedToNone = true } = {}): (variables?: Variables) => unknown {
    const parser = this.#parser(source, undefined, undefined, true);
    const value = parser.parseExpression();
    if (!parser.test('eof')) parser.throwSyntaxError('chunk after expression');
    const target = createNode('Symbol', 1, { value: 'result', ctx: 'store' });
    const root = createNode('Root', 1, { body: [createNode('Set', 1, { target, value })] });
    const template = new Template(this, { source, name: undefined, filename: undefined, globals: undefined, root });
    return (variables = {}) => {
      const result = template.evaluate(variables);
      return undefinedToNone && result instanceof UndefinedValue ? null : result;
    };
  }

  /** Calls a filter by its name, with the arguments as a template would give them. */
  callFilter(
    name: unknown,
    value: unknown,
    args: readonly unknown[] = [],
    kwargs: Variables = {},
    context?: Context,
  ): unknown {
    return this.#callNamed('filters', name, value, args, kwargs, context);
  }

  /** Calls a test by its name. */
  callTest(
    name: unknown,
    value: unknown,
    args: readonly unknown[] = [],
    kwargs: Variables = {},
    context?: Context,
  ): unknown {
    return this.#callNamed('tests', name, value, args, kwargs, context);
  }

  #callNamed(
    kind: 'filters' | 'tests',
    name: unknown,
    value: unknown,
    args: readonly unknown[],
    kwargs: Variables,
    context?: Context,
  ): unknown {
    const table = this[kind];
    const fn: unknown = typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
    if (typeof fn !== 'function') {
      const label = kind === 'filters' ? 'filter' : 'test';
      const hint = name instanceof Undefined ? ` (${name.describe()}; did you forget to quote the callable name?)` : '';
      throw new TemplateRuntimeError(
        `No ${label} named ${name instanceof Undefined ? 'Undefined' : `'${String(name)}'`}.${hint}`,
      );
    }
    const source = context ?? { evalContext: new EvalContext(this, undefined), environment: this };
    const pass = passMark(fn);
    if (pass === 'context' && !context)
      throw new TemplateRuntimeError('Attempted to invoke a context filter without context.');
    if (signatureOf(fn)) return invokerOf(fn)?.(source, [value, ...args], kwargs);
    const all = plainArguments([value, ...args], kwargs);
    return (fn as (...args: unknown[]) => unknown)(...(pass === undefined ? all : [passed(source, pass), ...all]));
  }

  /** The syntax tree of a template. */
  parse(source: string, name?: string, filename?: string): NodeOf<'Root'> {
    return this.#parser(source, name, filename, false).parseTemplate();
  }

  /** The JavaScript of a template. */
  generate(
    root: NodeOf<'Root'>,
    mode: Mode,
    about: { name: string | undefined; filename: string | undefined; source: string },
  ): CompiledCode {
    return generateCode(root, { environment: this, mode, ...about });
  }

  /** What generated code works with. */
  get runtime(): Runtime {
    return (this.#runtime ??= createRuntime(this));
  }

  #parser(source: string, name: string | undefined, filename: string | undefined, isExpression: boolean): Parser {
    this.#lexer ??= new Lexer(this.lexerOptions);
    const extensions = this.sortedExtensions();
    let text = source;
    for (const extension of extensions) text = extension.preprocess(text, name, filename);
    let tokens = isExpression ? this.#lexer.tokenizeExpression(text) : this.#lexer.tokenize(text, name, filename);
    for (const extension of extensions) tokens = [...extension.filterStream(tokens, name, filename)];
    return createParser({ tokens, source, name, filename, extensions });
  }

  #load(name: string, globals: Variables | undefined): Template {
    const { loader } = this;
    if (!loader) throw new TypeError('no loader for this environment specified');
    const cached = this.#cache.get(name, loader);
    if (cached && (!this.autoReload || cached.isUpToDate())) {
      if (globals) cached.addGlobals(globals);
      return cached;
    }
    const { source, filename, upToDate } = loader.getSource(this, name);
    const template = new Template(this, { source, name, filename, upToDate, globals });
    template.code('render');
    this.#cache.set(name, loader, template);
    return template;
  }
}
