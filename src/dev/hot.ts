import { basename, extname } from 'node:path';

import type { ModuleNamespace } from '../../hot.d.ts';
import type { MaybePromise } from '../types.ts';
import { andThen } from '../util/maybe-promise.ts';
import { brokenOnDemand, readChange } from './change.ts';
import type { Change } from './change.ts';
import type { Evaluation } from './evaluation.ts';
import type { UpdatePlan, UpdatePolicy } from './module-graph.ts';
import type { ModuleRecord } from './module-record.ts';
import { redirectNamespace } from './namespace.ts';
import type { Namespace } from './namespace.ts';
import { findPending } from './pending.ts';
import type { PendingModule } from './pending.ts';
import { MODULE_EXTENSIONS } from './resolver.ts';
import type { ModuleRuntime } from './runtime.ts';
import { keepStack } from './source-maps.ts';
import type { Source } from './source.ts';

/** Options of {@link ModuleRuntime.update}. */
export interface UpdateOptions {
  /** More modules to run again, asked when the plan is made: the one that makes the app, whenever its importers run. */
  include?: (modules: ReadonlySet<string>) => Iterable<string>;
  /** Runs before the new versions take over, with access to them. What it throws makes the update fail. */
  prepare?: (modules: ReadonlySet<string>, load: (file: string) => MaybePromise<Namespace>) => unknown;
  /** Told once when the new versions are still not evaluated after `slowAfter` ms: a top-level await does not end. */
  onSlow?: (pending: PendingModule | undefined) => void;
  /** Milliseconds, default 2000. */
  slowAfter?: number;
  /** Gives the update up while it waits; its files stay to be updated. Asked for when there is something to wait for. */
  readonly signal?: AbortSignal;
  /** Run the modules of the files again, also where nothing has changed. Default: false. */
  force?: boolean;
}

/** How an update ended. `files` are those that changed, `modules` those that ran, in order. */
export type UpdateResult =
  /** Nothing that runs has changed. `recovered`: an update had failed before, and its change was taken back. */
  | { kind: 'unchanged'; recovered: boolean }
  /** The new versions are in place. `retire` closes what the old ones have opened, and returns what that threw. */
  | { kind: 'updated'; files: string[]; modules: string[]; retire: () => Promise<unknown[]> }
  /** The old versions go on. */
  | { kind: 'failed'; error: unknown; files: string[] }
  /** Given up by `signal`. */
  | { kind: 'superseded' }
  /** This process cannot take the change. */
  | { kind: 'restart'; reason: string };

/** A plan on its way. */
interface Attempt {
  readonly files: string[];
  readonly change: Change;
  readonly plan: UpdatePlan;
  readonly evaluation: Evaluation;
  /** What stack traces needed before. */
  readonly previous: ReadonlyMap<string, Source | undefined>;
}

/**
 * Plans an update, evaluates it beside the current modules, and swaps, or leaves everything as it was. All of it in one go
 * unless a module has to be waited for: with each promise on the way the answer to whoever waits comes later.
 */
export class HotUpdater {
  readonly #runtime: ModuleRuntime;
  /** Files whose newest content is not what runs, since the last update that succeeded. */
  #dirty = new Set<string>();
  /** The update that goes on, and those that wait for it. */
  #last: Promise<unknown> | undefined;
  #isUpdating = false;

  constructor(runtime: ModuleRuntime) {
    this.#runtime = runtime;
  }

  /** One update at a time, in the order of the calls. */
  update(touched: Iterable<string>, options: UpdateOptions): MaybePromise<UpdateResult> {
    const files = [...touched];
    const forced = new Set(options.force ? files.filter((file) => this.#runtime.records.has(file)) : []);
    const begin = (): MaybePromise<UpdateResult> => this.#begin(files, options, forced);
    // A module that asks for an update while it is evaluated by one gets it afterwards.
    const before = this.#last ?? (this.#isUpdating ? Promise.resolve() : undefined);
    const result = before ? before.then(begin) : begin();
    if (result instanceof Promise) this.#follow(result);
    return result;
  }

  #begin(files: string[], options: UpdateOptions, forced: ReadonlySet<string>): MaybePromise<UpdateResult> {
    this.#isUpdating = true;
    try {
      return this.#update(files, options, forced);
    } finally {
      this.#isUpdating = false;
    }
  }

  #follow(result: Promise<unknown>): void {
    const end = (): void => {
      if (this.#last === last) this.#last = undefined;
    };
    const last: Promise<void> = result.then(end, end);
    this.#last = last;
  }

  #update(touched: string[], options: UpdateOptions, forced: ReadonlySet<string>): MaybePromise<UpdateResult> {
    const runtime = this.#runtime;
    const recovering = this.#dirty.size > 0;
    for (const file of touched) if (this.#concerns(file)) this.#dirty.add(file);
    const files = [...this.#dirty];
    let attempt: Attempt | undefined;
    try {
      const change = readChange(runtime, files);
      for (const id of forced) change.changed.add(id);
      if (change.changed.size === 0) {
        this.#dirty.clear();
        return { kind: 'unchanged', recovered: recovering };
      }
      const plan = this.#plan(change.changed, options);
      if (plan.declined.length > 0)
        return { kind: 'restart', reason: `${basename(plan.declined[0] ?? '')} declines hot updates` };
      runtime.events.send('flacon:beforeUpdate', { files: change.files });
      const modules = new Set(plan.modules);
      const previous = new Map<string, Source | undefined>();
      for (const id of modules) previous.set(id, runtime.sources.get(id));
      const evaluation = runtime.createEvaluation(modules, change);
      attempt = { files, change, plan, evaluation, previous };
      const running = this.#evaluate(evaluation, plan, modules, options);
      const result = running ? this.#wait(running, attempt, options) : this.#takeOver(attempt, options);
      if (!(result instanceof Promise)) return result;
      const begun = attempt;
      return result.catch((error: unknown) => this.#failed(error, files, begun));
    } catch (error) {
      return this.#failed(error, files, attempt);
    }
  }

  async #wait(running: Promise<void>, attempt: Attempt, options: UpdateOptions): Promise<UpdateResult> {
    const { signal } = options;
    if (signal && (await aborted(running, signal))) {
      this.#discard(attempt.evaluation, attempt.previous);
      return { kind: 'superseded' };
    }
    await running;
    return this.#takeOver(attempt, options);
  }

  #takeOver({ change, plan, evaluation }: Attempt, options: UpdateOptions): MaybePromise<UpdateResult> {
    const broken = brokenOnDemand(this.#runtime, change);
    if (broken !== undefined) throw broken;
    const modules = plan.modules.filter((id) => evaluation.records.has(id));
    const { replaced, pruned } = this.#commit(evaluation, plan);
    this.#dirty.clear();
    const { files } = change;
    return andThen(this.#settle(evaluation, plan, replaced, options), (again) => {
      this.#runtime.events.send('flacon:afterUpdate', { files, modules });
      return again ?? { kind: 'updated', files, modules, retire: () => retire(replaced, pruned) };
    });
  }

  #failed(error: unknown, files: string[], attempt: Attempt | undefined): UpdateResult {
    keepStack(error);
    if (attempt) {
      this.#runtime.keepTexts(error, attempt.evaluation);
      this.#discard(attempt.evaluation, attempt.previous);
    }
    this.#runtime.events.send('flacon:error', { error });
    return { kind: 'failed', error, files };
  }

  /** Only files that could be modules concern this runtime, and those that are. */
  #concerns(file: string): boolean {
    return this.#runtime.records.has(file) || MODULE_EXTENSIONS.includes(extname(file));
  }

  #plan(changed: ReadonlySet<string>, { include }: UpdateOptions): UpdatePlan {
    const { graph, records } = this.#runtime;
    const policy: UpdatePolicy = {
      acceptsSelf: (id) => records.get(id)?.hot?.acceptsSelf ?? false,
      accepts: (importer, dependency) => records.get(importer)?.hot?.acceptsDependency(dependency) ?? false,
      declines: (id) => records.get(id)?.hot?.declined ?? false,
    };
    const plan = graph.plan(changed, policy);
    const more = include ? [...include(new Set(plan.modules))].filter((id) => !plan.modules.includes(id)) : [];
    return more.length > 0 ? graph.plan([...changed, ...more], policy) : plan;
  }

  /** Runs the modules of a plan. Returns a promise only if something has to be waited for. */
  #evaluate(
    evaluation: Evaluation,
    plan: UpdatePlan,
    modules: ReadonlySet<string>,
    options: UpdateOptions,
  ): void | Promise<void> {
    const { roots } = this.#runtime;
    const accepted = plan.boundaries.map(({ via }) => via);
    const entries = [...plan.modules.filter((id) => roots.has(id)), ...accepted].map((id) => evaluation.link(id));
    const steps: Array<() => unknown> = entries.map((record) => () => evaluation.evaluate(record));
    steps.push(() => options.prepare?.(modules, (file) => loadNew(evaluation, file)));
    for (const [index, step] of steps.entries()) {
      const waiting = step();
      if (waiting instanceof Promise) return goOn(waiting, steps.slice(index + 1), evaluation, options);
    }
  }

  /** The swap: synchronous, so that nobody sees half of it. */
  #commit(evaluation: Evaluation, plan: UpdatePlan): { replaced: Map<string, ModuleRecord>; pruned: ModuleRecord[] } {
    const { graph, records, roots, sources } = this.#runtime;
    const replaced = new Map<string, ModuleRecord>();
    const pruned: ModuleRecord[] = [];
    const accepted = new Set(plan.boundaries.map(({ via }) => via));
    let isSmaller = false;
    for (const record of evaluation.records.values()) {
      if (record.status !== 'evaluated') continue;
      const old = records.get(record.file);
      records.set(record.file, record);
      if (graph.setImports(record.file, record.imports).length > 0) isSmaller = true;
      if (!old) continue;
      replaced.set(old.file, old);
      old.replace();
      this.#runtime.keepExports(old);
      if (accepted.has(record.file)) redirectViews(old, record);
    }
    const left = plan.modules.filter((id) => !evaluation.records.has(id));
    if (isSmaller || left.length > 0) {
      for (const id of graph.unreachable(roots)) {
        const old = records.get(id);
        records.delete(id);
        graph.remove(id);
        sources.delete(id);
        if (!old) continue;
        old.replace();
        pruned.push(old);
      }
    }
    return { replaced, pruned };
  }

  /** Tells the modules that took new versions, and goes on with the importers of those that did not want them. */
  #settle(
    evaluation: Evaluation,
    plan: UpdatePlan,
    replaced: ReadonlyMap<string, ModuleRecord>,
    options: UpdateOptions,
  ): MaybePromise<UpdateResult | undefined> {
    const { graph, invalidated, records } = this.#runtime;
    this.#runtime.settle(evaluation);
    for (const { boundary, via } of plan.boundaries) {
      const module = records.get(via)?.namespace as ModuleNamespace | undefined;
      if (!module) continue;
      if (boundary === via) replaced.get(via)?.hot?.callSelf(module);
      else records.get(boundary)?.hot?.callDependency(via, module);
    }
    const importers = [...invalidated.keys()].flatMap((file) => [...graph.importers(file)]);
    invalidated.clear();
    return importers.length > 0 ? this.#update([], options, new Set(importers)) : undefined;
  }

  /** Closes what the versions that failed have opened; the old ones were never touched. */
  #discard(evaluation: Evaluation, previous: ReadonlyMap<string, Source | undefined>): void {
    const { records, sources } = this.#runtime;
    for (const record of evaluation.records.values()) {
      void record.hot?.retire();
      const source = previous.get(record.file) ?? records.get(record.file)?.source;
      if (source) sources.set(record.file, source);
      else sources.delete(record.file);
    }
    this.#runtime.settle(evaluation);
  }
}

/** Waits for a step and takes the others, and tells when that takes long. */
async function goOn(
  waiting: Promise<unknown>,
  rest: ReadonlyArray<() => unknown>,
  evaluation: Evaluation,
  { onSlow, slowAfter = 2000 }: UpdateOptions,
): Promise<void> {
  const timer = onSlow && setTimeout(() => onSlow(findPending(evaluation.records.values())), slowAfter);
  try {
    await waiting;
    for (const step of rest) await step();
  } finally {
    clearTimeout(timer);
  }
}

function loadNew(evaluation: Evaluation, file: string): MaybePromise<Namespace> {
  const record = evaluation.link(file);
  return andThen(evaluation.evaluate(record), () => record.namespace);
}

function redirectViews(old: ModuleRecord, record: ModuleRecord): void {
  record.views = [...old.views, new WeakRef(old.namespace)].filter((view) => view.deref() !== undefined);
  for (const view of record.views) redirectNamespace(view.deref() ?? record.namespace, record.namespace);
}

/** Closes what old versions have opened, those without a successor last. */
async function retire(
  replaced: ReadonlyMap<string, ModuleRecord>,
  pruned: readonly ModuleRecord[],
): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const record of [...replaced.values()].toReversed()) errors.push(...((await record.hot?.retire()) ?? []));
  for (const record of pruned) errors.push(...((await record.hot?.retire({ pruned: true })) ?? []));
  return errors;
}

/** Whether the signal comes before the end; a failure of `running` is left to who awaits it. */
async function aborted(running: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = withResolvers();
  const onAbort = (): void => resolve(true);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  running.then(
    () => resolve(false),
    () => resolve(false),
  );
  const result = await promise;
  signal.removeEventListener('abort', onAbort);
  return result;
}

function withResolvers(): { promise: Promise<boolean>; resolve: (value: boolean) => void } {
  let resolve: (value: boolean) => void = () => undefined;
  const promise = new Promise<boolean>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
