import { basename, extname } from 'node:path';

import type { ModuleNamespace } from '../../hot.d.ts';
import { brokenOnDemand, readChange } from './change.ts';
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
  prepare?: (modules: ReadonlySet<string>, load: (file: string) => Promise<Namespace>) => unknown;
  /** Told once when the new versions are still not evaluated after `slowAfter` ms: a top-level await does not end. */
  onSlow?: (pending: PendingModule | undefined) => void;
  /** Milliseconds, default 2000. */
  slowAfter?: number;
  /** Gives the update up while it waits; its files stay to be updated. */
  signal?: AbortSignal;
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

/** Plans an update, evaluates it beside the current modules, and swaps, or leaves everything as it was. */
export class HotUpdater {
  readonly #runtime: ModuleRuntime;
  /** Files whose newest content is not what runs, since the last update that succeeded. */
  #dirty = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(runtime: ModuleRuntime) {
    this.#runtime = runtime;
  }

  /** One update at a time, in the order of the calls. */
  update(touched: Iterable<string>, options: UpdateOptions): Promise<UpdateResult> {
    const files = [...touched];
    const forced = new Set(options.force ? files.filter((file) => this.#runtime.records.has(file)) : []);
    const result = this.#last.then(() => this.#update(files, options, forced));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #update(touched: string[], options: UpdateOptions, forced: ReadonlySet<string>): Promise<UpdateResult> {
    const runtime = this.#runtime;
    const recovering = this.#dirty.size > 0;
    for (const file of touched) if (this.#concerns(file)) this.#dirty.add(file);
    const files = [...this.#dirty];
    let evaluation: Evaluation | undefined;
    const previous = new Map<string, Source | undefined>();
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
      for (const id of modules) previous.set(id, runtime.sources.get(id));
      evaluation = runtime.createEvaluation(modules, change);
      const running = this.#evaluate(evaluation, plan, modules, options);
      if (options.signal && (await aborted(running, options.signal))) {
        this.#discard(evaluation, previous);
        return { kind: 'superseded' };
      }
      await running;
      const broken = brokenOnDemand(runtime, change);
      if (broken !== undefined) throw broken;
      const ran = plan.modules.filter((id) => evaluation?.records.has(id));
      const { replaced, pruned } = this.#commit(evaluation, plan);
      this.#dirty.clear();
      const again = await this.#settle(evaluation, plan, replaced, options);
      runtime.events.send('flacon:afterUpdate', { files: change.files, modules: ran });
      return again ?? { kind: 'updated', files: change.files, modules: ran, retire: () => retire(replaced, pruned) };
    } catch (error) {
      keepStack(error);
      if (evaluation) runtime.keepTexts(error, evaluation);
      if (evaluation) this.#discard(evaluation, previous);
      runtime.events.send('flacon:error', { error });
      return { kind: 'failed', error, files };
    }
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

  async #evaluate(
    evaluation: Evaluation,
    plan: UpdatePlan,
    modules: ReadonlySet<string>,
    { prepare, onSlow, slowAfter = 2000 }: UpdateOptions,
  ): Promise<void> {
    const { roots } = this.#runtime;
    const accepted = plan.boundaries.map(({ via }) => via);
    const entries = [...plan.modules.filter((id) => roots.has(id)), ...accepted].map((id) => evaluation.link(id));
    const timer = onSlow && setTimeout(() => onSlow(findPending(evaluation.records.values())), slowAfter);
    try {
      for (const record of entries) {
        const waiting = evaluation.evaluate(record);
        if (waiting) await waiting;
      }
      await prepare?.(modules, (file) => this.#loadNew(evaluation, file));
    } finally {
      clearTimeout(timer);
    }
  }

  async #loadNew(evaluation: Evaluation, file: string): Promise<Namespace> {
    const record = evaluation.link(file);
    await evaluation.evaluate(record);
    return record.namespace;
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
        if (old) pruned.push(old);
      }
    }
    return { replaced, pruned };
  }

  /** Tells the modules that took new versions, and goes on with the importers of those that did not want them. */
  async #settle(
    evaluation: Evaluation,
    plan: UpdatePlan,
    replaced: ReadonlyMap<string, ModuleRecord>,
    options: UpdateOptions,
  ): Promise<UpdateResult | undefined> {
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
