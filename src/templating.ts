import type { Flacon } from './app.ts';
import type { AppContext } from './ctx.ts';
import { explainTemplateLoading, type TemplateAttempt } from './debughelpers.ts';
import { getFlashedMessages, type FlashedMessagesOptions } from './flashing.ts';
import { contextVariable, currentContext, g, request, session } from './globals.ts';
import { hookFunctions } from './hooks.ts';
import {
  BaseLoader,
  Environment,
  FileSystemLoader,
  TemplateNotFound,
  Undefined,
  withSignature,
  type Template,
  type TemplateSource,
} from './jinja/index.ts';
import type { Scaffold } from './scaffold.ts';
import { beforeRenderTemplate, templateRendered } from './signals.ts';

/** Templates by name, a list of names of which the first that exists is taken, or a template itself. */
export type TemplateName = string | Template | readonly (string | Template)[];

const autoescaped = ['.html', '.htm', '.xml', '.xhtml', '.svg'];

/** The templates of the app, then of its blueprints in the order of their registration (flask.templating.DispatchingJinjaLoader). */
class DispatchingLoader extends BaseLoader {
  readonly #app: Flacon;
  readonly #loaders = new Map<Scaffold, FileSystemLoader>();

  constructor(app: Flacon) {
    super();
    this.#app = app;
  }

  #loaderOf(owner: Scaffold): FileSystemLoader | undefined {
    if (owner.templateFolder === undefined) return undefined;
    let loader = this.#loaders.get(owner);
    if (loader === undefined) this.#loaders.set(owner, (loader = new FileSystemLoader(owner.templateFolder)));
    return loader;
  }

  *#owners(): Generator<[owner: Scaffold, loader: FileSystemLoader]> {
    for (const owner of [this.#app, ...this.#app.iterBlueprints()]) {
      const loader = this.#loaderOf(owner);
      if (loader !== undefined) yield [owner, loader];
    }
  }

  getSource(environment: unknown, name: string): TemplateSource {
    const searched: string[] = [];
    const attempts: TemplateAttempt[] = [];
    const explain = this.#app.config.EXPLAIN_TEMPLATE_LOADING;
    let first: TemplateSource | undefined;
    for (const [owner, loader] of this.#owners()) {
      const found = this.#tryLoader(loader, environment, name, searched);
      attempts.push(this.#attempt(owner, loader, found));
      if (found !== undefined && !explain) return found;
      first ??= found;
    }
    if (explain)
      this.#app.logger.info(explainTemplateLoading(name, attempts, contextVariable.getStore()?.request?.blueprint));
    if (first === undefined) throw new TemplateNotFound(name, { searched });
    return first;
  }

  /** Where a template is looked for, and where it is. */
  locate(environment: unknown, name: string): TemplateAttempt[] {
    return [...this.#owners()].map(([owner, loader]) =>
      this.#attempt(owner, loader, this.#tryLoader(loader, environment, name, [])),
    );
  }

  #attempt(owner: Scaffold, loader: FileSystemLoader, source: TemplateSource | undefined): TemplateAttempt {
    const kind = owner === this.#app ? 'application' : 'blueprint';
    const found = source !== undefined;
    const file = source?.filename;
    return {
      owner: `${kind} '${owner.name}'`,
      folders: loader.searchPath,
      found,
      ...(file === undefined ? {} : { file }),
    };
  }

  #tryLoader(
    loader: FileSystemLoader,
    environment: unknown,
    name: string,
    searched: string[],
  ): TemplateSource | undefined {
    try {
      return loader.getSource(environment, name);
    } catch (error) {
      if (!(error instanceof TemplateNotFound)) throw error;
      searched.push(...(error.searched ?? []));
      return undefined;
    }
  }

  override listTemplates(): string[] {
    const names = new Set<string>();
    for (const [, loader] of this.#owners()) for (const name of loader.listTemplates()) names.add(name);
    return [...names].toSorted();
  }
}

/** The environment of an app's templates: Jinja with Flask's globals (Flask.create_jinja_environment). */
export function createEnvironment(app: Flacon): Environment {
  const environment = new Environment({
    loader: new DispatchingLoader(app),
    autoescape: (name) => name === undefined || autoescaped.some((extension) => name.endsWith(extension)),
    autoReload: app.config.TEMPLATES_AUTO_RELOAD ?? app.debug,
  });
  environment.policies['json.dumps_function'] = (value, { indent }) => dumpForTemplate(app, value, indent);
  Object.assign(environment.globals, {
    url_for: (endpoint: string, values?: Record<string, unknown>) => app.urlFor(endpoint, values),
    get_flashed_messages: flashedMessages,
    config: app.config,
    request,
    session,
    g,
  });
  return environment;
}

/**
 * Where a template is looked for, in the order of the search, and where it is: the first that has it wins. An app whose
 * loader was replaced has one place only.
 */
export function locateTemplate(app: Flacon, name: string): TemplateAttempt[] {
  const { jinjaEnv } = app;
  const { loader } = jinjaEnv;
  if (loader instanceof DispatchingLoader) return loader.locate(jinjaEnv, name);
  const found = jinjaEnv.listTemplates().includes(name);
  return [{ owner: loader?.constructor.name ?? 'no loader', folders: [], found }];
}

/** As Python's function: `get_flashed_messages(true)` is `get_flashed_messages(with_categories=true)`. */
const flashedMessages = withSignature(
  (withCategories = false, categoryFilter: readonly string[] = []): unknown[] =>
    getFlashedMessages({ withCategories, categoryFilter } as FlashedMessagesOptions),
  ['with_categories?', 'category_filter?'],
);

/** The filter `tojson` writes as the app does. What is undefined is a mistake of the template, not a null. */
function dumpForTemplate(app: Flacon, value: unknown, indent: unknown): string {
  if (value === undefined || value instanceof Undefined)
    throw new TypeError('Object of type Undefined is not JSON serializable');
  return app.json.dumps(value, typeof indent === 'number' ? { indent } : {});
}

/** The values a template gets: those given, under which the processors' of the app and the blueprints lie. */
function templateContext(ctx: AppContext, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { app, request: current } = ctx;
  const context: Record<string, unknown> = { request: current, session: ctx.session, g: ctx.g };
  const scopes = [null, ...(current?.blueprints.toReversed() ?? [])];
  for (const scope of scopes)
    for (const processor of hookFunctions(app.templateContextProcessors, scope)) Object.assign(context, processor());
  return Object.assign(context, given);
}

function prepare(
  name: TemplateName,
  given: Readonly<Record<string, unknown>>,
): [ctx: AppContext, template: Template, context: Record<string, unknown>] {
  const ctx = currentContext();
  return begin(ctx, ctx.app.jinjaEnv.getOrSelectTemplate(name as string | Template | (string | Template)[]), given);
}

function prepareString(
  source: string,
  given: Readonly<Record<string, unknown>>,
): [ctx: AppContext, template: Template, context: Record<string, unknown>] {
  const ctx = currentContext();
  return begin(ctx, ctx.app.jinjaEnv.fromString(source), given);
}

function begin(
  ctx: AppContext,
  template: Template,
  given: Readonly<Record<string, unknown>>,
): [AppContext, Template, Record<string, unknown>] {
  const context = templateContext(ctx, given);
  if (beforeRenderTemplate.hasReceivers) beforeRenderTemplate.send(ctx.app, { template, context });
  return [ctx, template, context];
}

function announce(ctx: AppContext, template: Template, context: Record<string, unknown>): void {
  if (templateRendered.hasReceivers) templateRendered.send(ctx.app, { template, context });
}

/** Renders a template of the app or a blueprint; of several names, the first that exists. */
export function renderTemplate(name: TemplateName, context: Readonly<Record<string, unknown>> = {}): string {
  const [ctx, template, values] = prepare(name, context);
  const text = template.render(values);
  announce(ctx, template, values);
  return text;
}

/** Renders a template that is given as text. Escaping is on. */
export function renderTemplateString(source: string, context: Readonly<Record<string, unknown>> = {}): string {
  const [ctx, template, values] = prepareString(source, context);
  const text = template.render(values);
  announce(ctx, template, values);
  return text;
}

/** Renders a template whose values, filters or functions are promises. */
export async function renderTemplateAsync(
  name: TemplateName,
  context: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const [ctx, template, values] = prepare(name, context);
  const text = await template.renderAsync(values);
  announce(ctx, template, values);
  return text;
}

function* stream(
  ctx: AppContext,
  template: Template,
  values: Record<string, unknown>,
): Generator<string, void, undefined> {
  const chunks = template.generate(values)[Symbol.iterator]();
  try {
    for (;;) {
      const { done, value } = ctx.enter(() => chunks.next());
      if (done) break;
      yield value;
    }
    announce(ctx, template, values);
  } finally {
    ctx.release();
  }
}

/** Renders a template piece by piece, inside the current context. Return it from a view. */
export function streamTemplate(
  name: TemplateName,
  context: Readonly<Record<string, unknown>> = {},
): Generator<string, void, undefined> {
  const [ctx, template, values] = prepare(name, context);
  ctx.hold();
  return stream(ctx, template, values);
}

/** `streamTemplate` for a template that is given as text. */
export function streamTemplateString(
  source: string,
  context: Readonly<Record<string, unknown>> = {},
): Generator<string, void, undefined> {
  const [ctx, template, values] = prepareString(source, context);
  ctx.hold();
  return stream(ctx, template, values);
}
