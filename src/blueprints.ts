import { inspect } from 'node:util';
import type { Flacon } from './app.ts';
import type { CommandGroupName } from './commands.ts';
import {
  BlueprintSetupState,
  type DeferredFunction,
  type NestedOptions,
  type RegisterOptions,
} from './blueprint-setup.ts';
import { CallSite } from './endpoints.ts';
import { exceptionKey } from './error-handlers.ts';
import { addHook, mergeHooks } from './hooks.ts';
import type { HTTPException } from './http/exceptions.ts';
import { Recording, repetition, type Repetition } from './recording.ts';
import {
  Scaffold,
  setErrorHandler,
  type ImportMetaLike,
  type ScaffoldOptions,
  type TemplateFunction,
} from './scaffold.ts';
import type {
  AfterRequestFunction,
  BeforeRequestFunction,
  ErrorClass,
  ErrorHandler,
  RouteOptions,
  TeardownFunction,
  TemplateContextProcessor,
  UrlDefaultFunction,
  UrlValuePreprocessor,
  ViewFunction,
} from './types.ts';
import { FlaconError } from './util/errors.ts';

export { BlueprintSetupState, type RegisterOptions } from './blueprint-setup.ts';

/** Options of a blueprint. */
export interface BlueprintOptions extends ScaffoldOptions {
  /** Prefix of all the blueprint's URLs. */
  urlPrefix?: string;
  /** Subdomain of all the blueprint's URLs. */
  subdomain?: string;
  /** Values for URL arguments of all the blueprint's views. */
  urlDefaults?: Record<string, unknown>;
  /** Group of the blueprint's commands: a name, or `null` for the top level. Default: the blueprint's name. */
  cliGroup?: CommandGroupName;
}

/**
 * A part of an application: records what is registered on it and replays it onto each app that
 * registers it, under a name and perhaps a prefix (flask.blueprints).
 */
export class Blueprint extends Scaffold {
  readonly name: string;
  readonly urlPrefix: string | undefined;
  readonly subdomain: string | undefined;
  readonly urlDefaultValues: Record<string, unknown>;
  readonly cliGroup: CommandGroupName | undefined;
  /** Blueprints registered on this one, with their options. */
  readonly nested: [blueprint: Blueprint, options: RegisterOptions][] = [];
  readonly #recording = new Recording();
  #registered = false;
  #last: Repetition | undefined;

  constructor(name: string, importMeta?: ImportMetaLike, options: BlueprintOptions = {}) {
    super(importMeta, options);
    if (name === '')
      throw new FlaconError('A blueprint needs a name.', {
        code: 'BLUEPRINT_NAME',
        fix: "new Blueprint('users', import.meta)",
      });
    refuseDot('blueprint name', name);
    this.name = name;
    this.urlPrefix = options.urlPrefix;
    this.subdomain = options.subdomain;
    this.urlDefaultValues = options.urlDefaults ?? {};
    this.cliGroup = options.cliGroup;
  }

  protected checkSetup(method: string): void {
    if (!this.#registered) return;
    throw new FlaconError(
      `'${method}' can no longer be called on the blueprint '${this.name}': it has been registered, and the change would not reach the app.`,
      { code: 'SETUP_FINISHED', fix: 'call it before app.registerBlueprint(…)' },
    );
  }

  addUrlRule(rule: string, endpoint?: string, view?: ViewFunction, options: RouteOptions = {}): void {
    this.checkSetup('addUrlRule');
    const name = endpoint ?? view?.name ?? '';
    refuseDot('endpoint', name);
    if (view !== undefined) refuseDot('view function name', view.name);
    const source = new CallSite(this.addUrlRule);
    this.#recording.push({ rule, endpoint: name, view, options, source });
  }

  /** Runs a function with the state of each registration. */
  record(fn: DeferredFunction): void {
    this.checkSetup('record');
    this.#recording.push(fn);
  }

  /** Runs a function at the first registration with an app only. */
  recordOnce(fn: DeferredFunction): void {
    this.record((state) => {
      if (state.firstRegistration) fn(state);
    });
  }

  /** Registers a blueprint on this one: its prefix, name and hooks nest. */
  registerBlueprint(blueprint: Blueprint, options: RegisterOptions = {}): void {
    this.checkSetup('registerBlueprint');
    if (blueprint === this) {
      throw new FlaconError(`The blueprint '${this.name}' cannot be registered on itself.`, {
        code: 'BLUEPRINT_ON_ITSELF',
      });
    }
    this.nested.push([blueprint, options]);
  }

  /** Replays what was recorded onto an app. Called by `app.registerBlueprint`. */
  register(app: Flacon, options: NestedOptions = {}): void {
    if (this.#repeat(app, options)) return;
    const firstRegistration = !app.registrations.some(({ blueprint }) => blueprint === this);
    const state = new BlueprintSetupState(this, app, options, firstRegistration);
    const { fullName } = state;
    const existing = app.blueprints[fullName];
    if (existing !== undefined) {
      throw new FlaconError(
        `The name '${fullName}' is already registered for ${existing === this ? 'this' : 'a different'} blueprint.`,
        { code: 'BLUEPRINT_NAME_TAKEN', fix: "app.registerBlueprint(blueprint, { name: 'another' })" },
      );
    }
    app.blueprints[fullName] = this;
    const registration = {
      blueprint: this,
      name: fullName,
      urlPrefix: state.urlPrefix,
      commandGroup: options.cliGroup === undefined ? this.cliGroup : options.cliGroup,
    };
    app.registrations.push(registration);
    this.#registered = true;
    if (this.staticFolder !== undefined) {
      const view: ViewFunction = ({ filename }: { filename: string }) => app.sendStaticFileFrom(this, filename);
      state.addUrlRule(`${this.staticUrlPath ?? '/static'}/<path:filename>`, 'static', view, {});
    }
    const hasHooks = this.#hasHooks;
    if (hasHooks) this.#merge(app, fullName);
    const replayed = this.#recording.replay(state);
    for (const [blueprint, nestedOptions] of this.nested)
      blueprint.register(app, nestOptions(state, blueprint, nestedOptions));
    const hasMore = hasHooks || this.staticFolder !== undefined || this.nested.length > 0;
    this.#last = hasMore ? undefined : repetition(options, replayed, registration);
  }

  /** Registers in the way of the last time, if that is the way again and there are only rules: most blueprints. */
  #repeat(app: Flacon, options: NestedOptions): boolean {
    const last = this.#last;
    const { routeTable } = app;
    if (
      last === undefined ||
      routeTable === undefined ||
      options.name !== last.name ||
      options.namePrefix !== last.namePrefix ||
      options.urlPrefix !== last.urlPrefix ||
      options.subdomain !== last.subdomain ||
      options.cliGroup !== last.cliGroup ||
      options.urlDefaults !== undefined ||
      routeTable.kind !== last.kind ||
      app.blueprints[last.fullName] !== undefined
    ) {
      return false;
    }
    app.blueprints[last.fullName] = this;
    for (const routes of last.routes) routeTable.addKnown(routes);
    app.registrations.push(last.registration);
    return true;
  }

  get #hasHooks(): boolean {
    const hooks =
      this.beforeRequestFuncs.size +
      this.afterRequestFuncs.size +
      this.teardownRequestFuncs.size +
      this.templateContextProcessors.size +
      this.urlValuePreprocessors.size +
      this.urlDefaultFunctions.size +
      this.errorHandlerSpec.size;
    if (hooks > 0) return true;
    for (const _ in this.viewFunctions) return true;
    return false;
  }

  #merge(app: Flacon, fullName: string): void {
    const rename = (scope: string | null): string => (scope === null ? fullName : `${fullName}.${scope}`);
    mergeHooks(app.beforeRequestFuncs, this.beforeRequestFuncs, rename);
    mergeHooks(app.afterRequestFuncs, this.afterRequestFuncs, rename);
    mergeHooks(app.teardownRequestFuncs, this.teardownRequestFuncs, rename);
    mergeHooks(app.templateContextProcessors, this.templateContextProcessors, rename);
    mergeHooks(app.urlValuePreprocessors, this.urlValuePreprocessors, rename);
    mergeHooks(app.urlDefaultFunctions, this.urlDefaultFunctions, rename);
    for (const [scope, byCode] of this.errorHandlerSpec) {
      for (const [code, byClass] of byCode) {
        for (const [errorClass, handler] of byClass)
          setErrorHandler(app.errorHandlerSpec, rename(scope), code, errorClass, handler);
      }
    }
    for (const [endpoint, view] of Object.entries(this.viewFunctions))
      app.viewFunctions[`${fullName}.${endpoint}`] = view;
  }

  /** `beforeRequest` for every request of the app. */
  beforeAppRequest(fn: BeforeRequestFunction): void {
    this.recordOnce(({ app }) => addHook(app.beforeRequestFuncs, null, fn));
  }

  /** `afterRequest` for every request of the app. */
  afterAppRequest(fn: AfterRequestFunction): void {
    this.recordOnce(({ app }) => addHook(app.afterRequestFuncs, null, fn));
  }

  /** `teardownRequest` for every request of the app. */
  teardownAppRequest(fn: TeardownFunction): void {
    this.recordOnce(({ app }) => addHook(app.teardownRequestFuncs, null, fn));
  }

  /** `contextProcessor` for every template of the app. */
  appContextProcessor(fn: TemplateContextProcessor): void {
    this.recordOnce(({ app }) => addHook(app.templateContextProcessors, null, fn));
  }

  /** `errorHandler` for the whole app. */
  appErrorHandler(code: number, handler: ErrorHandler<HTTPException>): void;
  appErrorHandler<E>(errorClass: ErrorClass<E>, handler: ErrorHandler<E>): void;
  appErrorHandler(codeOrClass: number | ErrorClass, handler: ErrorHandler<never>): void {
    this.checkSetup('appErrorHandler');
    exceptionKey(codeOrClass);
    this.recordOnce(({ app }) => app.registerErrorHandler(codeOrClass, handler));
  }

  /** `urlValuePreprocessor` for the whole app. */
  appUrlValuePreprocessor(fn: UrlValuePreprocessor): void {
    this.recordOnce(({ app }) => addHook(app.urlValuePreprocessors, null, fn));
  }

  /** `urlDefaults` for the whole app. */
  appUrlDefaults(fn: UrlDefaultFunction): void {
    this.recordOnce(({ app }) => addHook(app.urlDefaultFunctions, null, fn));
  }

  /** `templateFilter` for the whole app. */
  appTemplateFilter(name: string, fn: TemplateFunction): void {
    this.recordOnce(({ app }) => app.templateFilter(name, fn));
  }

  /** `templateTest` for the whole app. */
  appTemplateTest(name: string, fn: TemplateFunction): void {
    this.recordOnce(({ app }) => app.templateTest(name, fn));
  }

  /** `templateGlobal` for the whole app. */
  appTemplateGlobal(name: string, value: unknown): void {
    this.recordOnce(({ app }) => app.templateGlobal(name, value));
  }

  [inspect.custom](): string {
    return `<Blueprint '${this.name}'>`;
  }
}

function refuseDot(what: string, name: string): void {
  if (!name.includes('.')) return;
  throw new FlaconError(`A ${what} may not contain a dot: '${name}'.`, {
    code: 'DOT_IN_NAME',
    fix: 'dots separate blueprints from endpoints; use another character',
  });
}

function nestOptions(state: BlueprintSetupState, child: Blueprint, options: RegisterOptions): NestedOptions {
  const nested: NestedOptions = { ...options, namePrefix: state.fullName };
  const subdomain = options.subdomain ?? child.subdomain;
  if (state.subdomain !== undefined && subdomain !== undefined) nested.subdomain = `${subdomain}.${state.subdomain}`;
  else if (state.subdomain !== undefined || subdomain !== undefined)
    nested.subdomain = subdomain ?? state.subdomain ?? '';
  const urlPrefix = options.urlPrefix ?? child.urlPrefix;
  if (state.urlPrefix !== undefined && urlPrefix !== undefined) {
    nested.urlPrefix = `${state.urlPrefix.replace(/\/+$/, '')}/${urlPrefix.replace(/^\/+/, '')}`;
  } else if (state.urlPrefix !== undefined || urlPrefix !== undefined)
    nested.urlPrefix = urlPrefix ?? state.urlPrefix ?? '';
  return nested;
}
