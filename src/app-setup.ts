import type { FlaconOptions } from './app.ts';
import { Config, defaultConfig, type ConfigData } from './config.ts';
import { CallSite } from './endpoints.ts';
import type { Environment } from './jinja/index.ts';
import { prepareRule } from './prepared-rule.ts';
import { RouteTable } from './route-table.ts';
import { UrlMap } from './routing/map.ts';
import type { Rule } from './routing/rules.ts';
import { Scaffold, type ImportMetaLike, type TemplateFunction } from './scaffold.ts';
import type { ShellCommand, ShellCommandOptions, ShellPlugin } from './shell/plugins.ts';
import { ShellContext, type ShellContextOptions, type ShellContextProcessor } from './shell-context.ts';
import type { RouteOptions, SourceLocation, TeardownFunction, UrlBuildErrorHandler, ViewFunction } from './types.ts';
import { FlaconError } from './util/errors.ts';

/** What an application is set up with before its first request: configuration, rules, templates, shell (sansio.app). */
export abstract class AppSetup extends Scaffold {
  readonly config: Config & ConfigData;
  readonly urlMap: UrlMap;
  readonly teardownAppContextFuncs: TeardownFunction[] = [];
  readonly urlBuildErrorHandlers: UrlBuildErrorHandler[] = [];
  readonly shellContext = new ShellContext();
  readonly shellPlugins: ShellPlugin[] = [];
  readonly #routes: RouteTable;
  #gotFirstRequest = false;

  protected constructor(importMeta: ImportMetaLike | undefined, options: FlaconOptions) {
    super(importMeta, { staticFolder: 'static', templateFolder: 'templates', ...options });
    this.config = new Config(this.rootPath, { ...defaultConfig, DEBUG: isSet(process.env['FLACON_DEBUG']) }) as Config &
      ConfigData;
    this.urlMap = new UrlMap([], { hostMatching: options.hostMatching ?? false });
    this.#routes = new RouteTable(this.urlMap, this.config);
  }

  /** The environment of the app's templates. */
  abstract get jinjaEnv(): Environment;

  get debug(): boolean {
    return this.config.DEBUG;
  }

  set debug(value: boolean) {
    this.config.DEBUG = value;
  }

  get testing(): boolean {
    return this.config.TESTING;
  }

  set testing(value: boolean) {
    this.config.TESTING = value;
  }

  get secretKey(): string | Uint8Array | null {
    return this.config.SECRET_KEY;
  }

  set secretKey(value: string | Uint8Array | null) {
    this.config.SECRET_KEY = value;
  }

  protected checkSetup(method: string): void {
    if (!this.#gotFirstRequest) return;
    throw new FlaconError(
      `'${method}' can no longer be called on the application: it has handled its first request, and the change would not be applied consistently.`,
      { code: 'SETUP_FINISHED', fix: 'do all setup while the module is loaded, or in the factory' },
    );
  }

  /** Called by the first request: setup is over. */
  beginRequest(): void {
    this.#gotFirstRequest = true;
  }

  addUrlRule(
    rule: string,
    endpoint?: string,
    view?: ViewFunction,
    options: RouteOptions = {},
    source?: CallSite,
  ): void {
    this.checkSetup('addUrlRule');
    const name = endpoint ?? view?.name ?? '';
    const prepared = prepareRule(rule, name, view, options, this.config.PROVIDE_AUTOMATIC_OPTIONS);
    this.#routes.addForeign({ prepared, view, source: source ?? new CallSite(this.addUrlRule) });
  }

  /** The routes themselves, for blueprints; undefined for an app that has an `addUrlRule` of its own. @internal */
  get routeTable(): RouteTable | undefined {
    return this.addUrlRule === AppSetup.prototype.addUrlRule ? this.#routes : undefined;
  }

  override get viewFunctions(): Record<string, ViewFunction> {
    return this.#routes.views;
  }

  /** The view of a rule that was matched. @internal */
  viewOf({ endpoint }: Rule): ViewFunction | undefined {
    return this.#routes.viewOf(endpoint);
  }

  /** Where the view of an endpoint was registered. */
  viewSource(endpoint: string): SourceLocation | undefined {
    return this.#routes.sourceOf(endpoint);
  }

  /** Whether OPTIONS for this rule is answered without the view. */
  answersOptions(rule: Rule): boolean {
    return this.#routes.answersOptions(rule);
  }

  /** Whether the view of this rule reads the body itself. */
  leavesBodyUnread(rule: Rule): boolean {
    return this.#routes.leavesBodyUnread(rule);
  }

  /** Runs when a context of the app ends, in a request or a command. */
  teardownAppContext(fn: TeardownFunction): void {
    this.checkSetup('teardownAppContext');
    this.teardownAppContextFuncs.push(fn);
  }

  /** Adds a filter to the templates. */
  templateFilter(name: string, fn: TemplateFunction): void {
    this.checkSetup('templateFilter');
    this.jinjaEnv.filters[name] = fn as (...args: unknown[]) => unknown;
  }

  /** Adds a test to the templates. */
  templateTest(name: string, fn: TemplateFunction): void {
    this.checkSetup('templateTest');
    this.jinjaEnv.tests[name] = fn as (...args: unknown[]) => unknown;
  }

  /** Adds a global value or function to the templates. */
  templateGlobal(name: string, value: unknown): void {
    this.checkSetup('templateGlobal');
    this.jinjaEnv.globals[name] = value;
  }

  /** Adds names to the shell: an object, its getters staying lazy, or the promise of one. */
  shellContextProcessor(fn: ShellContextProcessor, options: ShellContextOptions = {}): void {
    this.checkSetup('shellContextProcessor');
    this.shellContext.add(fn, options, new CallSite(this.shellContextProcessor));
  }

  /** Adds a plugin to the shell of this app. */
  shellPlugin(plugin: ShellPlugin): void {
    this.checkSetup('shellPlugin');
    this.shellPlugins.push(plugin);
  }

  /** Adds a command to the shell of this app: `app.shellCommand('seed', { help: 'Make posts.', args: 'N' }, (shell, args) => …)` is `.seed 5`. */
  shellCommand(name: string, { help, args = '', complete }: ShellCommandOptions, run: ShellCommand['run']): void {
    const usage = `.${name} ${args}`.trimEnd();
    const command: ShellCommand = { name, usage, description: help, run, ...(complete && { complete }) };
    this.shellPlugin({ name: this.name, commands: [command] });
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase());
}
