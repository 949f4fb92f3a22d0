import { Script } from 'node:vm';
import { babelHelpers } from '../util/lowered-syntax.ts';
import { InterruptedError, placeAt, type Place } from './problems.ts';
import type { SyntaxProblem } from './parse.ts';
import { RUNTIME } from './rewrite.ts';
import type { SessionScope } from './scope.ts';
import { transformEntry, type CompiledEntry, type TransformOptions } from './transform.ts';

/** Resolves `import` of the entries: the project's modules as the server has them, packages from the project's folder. */
export type Importer = (specifier: string, options?: unknown) => Promise<Record<string, unknown>>;

/** What the evaluator needs from the session. */
export interface EvaluatorOptions {
  scope: SessionScope;
  importModule: Importer;
  /** What `import.meta` is. */
  meta: object;
  /** What `this` is. Default: undefined, as in a module. */
  thisValue?: unknown;
  /** Throws when the session was interrupted. Default: never. */
  tick?: () => void;
  /** Whether what runs was interrupted. Default: never. */
  isStopped?: () => boolean;
  /** Runs the synchronous part; a session that can be interrupted wraps it. Returns false when it was cut off. */
  runSync?: (body: () => void) => boolean;
}

/** A session's entry, ready to run once. */
export interface ReadyEntry {
  readonly result: CompiledEntry['result'];
  readonly isSilent: boolean;
  /** The variables that it declares, and the others that it assigns to. */
  readonly declared: readonly string[];
  readonly assigned: readonly string[];
  /** Runs it. Every outcome is a value, also a throw. */
  run(echo?: (value: unknown) => void): Promise<Outcome>;
}

/** A name that an import statement has bound; `*` stands for the whole module. */
export interface ImportedName {
  specifier: string;
  local: string;
  imported: string;
}

/** How an evaluation ended. */
export type Outcome =
  | { status: 'done'; value: unknown }
  | { status: 'threw'; error: unknown }
  /** `pending`: a promise was left behind. */
  | { status: 'interrupted'; pending: boolean };

/** What compiling came to. */
export type Preparation =
  | { status: 'empty' }
  | { status: 'incomplete' }
  | { status: 'invalid'; problem: SyntaxProblem }
  | { status: 'ready'; entry: ReadyEntry };

interface EntrySource {
  readonly text: string;
  readonly code: string;
  readonly entry: CompiledEntry;
}

type EntryFunction = (entry: object, ...parameters: unknown[]) => unknown;

const PARAMETERS = [RUNTIME.entry, RUNTIME.let, RUNTIME.const, RUNTIME.tick, RUNTIME.helpers].join(', ');
/** How many entries are remembered for the lines of later stack traces. */
const REMEMBERED = 500;

/**
 * Runs entries in the main realm with a session's scope around them: `with` gives them the variables, the strict
 * function inside of it keeps everything else as in a module.
 */
export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #sources = new Map<string, EntrySource>();
  readonly #linked = new Set<LinkedModule>();
  #pending: { interrupt(): void } | undefined;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
  }

  /** Parses and compiles; nothing runs. `filename` is what stack traces say. */
  prepare(text: string, filename: string, options: TransformOptions = {}): Preparation {
    const transformed = transformEntry(text, options);
    if (transformed.status !== 'complete') return transformed;
    const { entry } = transformed;
    const head = `(function (${RUNTIME.outer}, ${RUNTIME.variables}) { with (${RUNTIME.outer}) with (${RUNTIME.variables}) return (${PARAMETERS}) => ${entry.isAsync ? 'async ' : ''}function () { "use strict";`;
    let script: Script;
    try {
      script = new Script(`${head}\n${entry.code}\n}})`, { filename, lineOffset: -1 });
    } catch (error) {
      return { status: 'invalid', problem: this.#compileProblem(error, entry, text) };
    }
    this.#remember(filename, { text, code: entry.code, entry });
    const { result, isSilent } = entry;
    const declared = [...entry.declared.keys()];
    const assigned = [...entry.assigned].filter((name) => !entry.declared.has(name));
    const run: ReadyEntry['run'] = (echo) => this.#run(script, entry, echo);
    return { status: 'ready', entry: { result, isSilent, declared, assigned, run } };
  }

  /** Gives up the evaluation that is waiting for a promise, if there is one. */
  interrupt(): boolean {
    const pending = this.#pending;
    pending?.interrupt();
    return pending !== undefined;
  }

  /** Waits for a promise that an entry gave. */
  wait(promise: Promise<unknown>): Promise<Outcome> {
    const runtime = { value: undefined as unknown };
    const keep = (value: unknown): void => {
      runtime.value = value;
    };
    return this.#settle(promise.then(keep), runtime);
  }

  /** Binds the imports of earlier entries to the modules as they are now; gives the specifiers that could not be. */
  async refreshImports(): Promise<string[]> {
    const failed: string[] = [];
    for (const module of this.#linked) {
      try {
        module.namespace = await this.#options.importModule(module.specifier);
      } catch {
        // The old version stays; the caller says so.
        failed.push(module.specifier);
      }
    }
    return failed;
  }

  /** The imports that are still in force. */
  imports(): ImportedName[] {
    const { scope } = this.#options;
    return [...this.#linked].flatMap(({ specifier, bindings }) =>
      [...bindings]
        .filter(([local]) => scope.isImport(local))
        .map(([local, imported]) => ({ specifier, local, imported })),
    );
  }

  /** Binds a name as its import statement would. Rejects when the module cannot be loaded, or has no such export. */
  async import({ specifier, local, imported }: ImportedName): Promise<void> {
    this.#options.scope.begin(new Map([[local, 'import']]), [], []);
    await this.#link(specifier, [[local, imported]]);
  }

  async #link(specifier: string, bindings: readonly (readonly [local: string, imported: string])[]): Promise<void> {
    const { scope, importModule } = this.#options;
    const module = new LinkedModule(specifier, await importModule(specifier));
    for (const [local, imported] of bindings) {
      module.check(imported);
      // A name is bound once: an earlier statement for it is over.
      for (const earlier of this.#linked) earlier.bindings.delete(local);
      module.bindings.set(local, imported);
      scope.link(local, () => module.get(imported));
    }
    if (module.bindings.size > 0) this.#linked.add(module);
    for (const linked of this.#linked) if (linked.bindings.size === 0) this.#linked.delete(linked);
  }

  /** Where in the typed text a place of the running code is; undefined for a file that is no entry. */
  originalPlace(filename: string, line: number, column: number): Place | undefined {
    const source = this.#sources.get(filename);
    if (!source) return undefined;
    const before = source.code.split('\n').slice(0, line - 1);
    const offset = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    return placeAt(source.text, source.entry.originalOffset(offset));
  }

  /** What was typed as an entry. */
  sourceOf(filename: string): string | undefined {
    return this.#sources.get(filename)?.text;
  }

  async #run(script: Script, entry: CompiledEntry, echo: (value: unknown) => void = () => {}): Promise<Outcome> {
    const { scope, runSync = (body) => (body(), true) } = this.#options;
    scope.begin(entry.declared, entry.assigned, entry.fresh);
    const runtime = this.#runtime(echo);
    let outcome: Outcome | undefined;
    let returned: unknown;
    const finished = runSync(() => {
      try {
        const factory = (script.runInThisContext() as EntryFunction)(scope.outer, scope.variables) as EntryFunction;
        const body = factory(
          runtime,
          scope.declareLet,
          scope.declareConst,
          this.#options.tick ?? noTick,
          babelHelpers,
        ) as () => unknown;
        returned = body.call(this.#options.thisValue);
      } catch (error) {
        outcome = this.#thrown(error);
      }
    });
    if (!finished) return { status: 'interrupted', pending: false };
    if (outcome) return outcome;
    return entry.isAsync
      ? this.#settle(returned as Promise<unknown>, runtime)
      : { status: 'done', value: runtime.value };
  }

  /** Waits for an entry with `await`, unless it is interrupted first. */
  #settle(promise: Promise<unknown>, runtime: { value: unknown }): Promise<Outcome> {
    return new Promise((resolve) => {
      const pending = { interrupt: () => resolve({ status: 'interrupted', pending: true }) };
      this.#pending = pending;
      // Interrupted before there was anything to wait for.
      if (this.#options.isStopped?.()) pending.interrupt();
      const settle = (outcome: Outcome): void => {
        if (this.#pending === pending) this.#pending = undefined;
        resolve(outcome);
      };
      promise.then(
        () => settle({ status: 'done', value: runtime.value }),
        (error: unknown) => settle(this.#thrown(error)),
      );
    });
  }

  #thrown(error: unknown): Outcome {
    return error instanceof InterruptedError ? { status: 'interrupted', pending: false } : { status: 'threw', error };
  }

  #runtime(echo: (value: unknown) => void) {
    const { scope, importModule, meta } = this.#options;
    return {
      value: undefined as unknown,
      meta,
      echo,
      has: (name: string) => scope.has(name),
      import: (specifier: unknown, options?: unknown) => importModule(String(specifier), options),
      link: (specifier: string, bindings: [local: string, imported: string][]) => this.#link(specifier, bindings),
    };
  }

  #remember(filename: string, source: EntrySource): void {
    this.#sources.set(filename, source);
    if (this.#sources.size <= REMEMBERED) return;
    const [oldest] = this.#sources.keys();
    if (oldest !== undefined) this.#sources.delete(oldest);
  }

  /** V8 knows a few errors that the parser lets pass. */
  #compileProblem(error: unknown, entry: CompiledEntry, text: string): SyntaxProblem {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const found = /^[^\n]*:(\d+)\n[^\n]*\n( *)\^/.exec(stack);
    const lines = entry.code.split('\n').slice(0, Number(found?.[1] ?? 1) - 1);
    const offset = lines.reduce((sum, line) => sum + line.length + 1, 0) + (found?.[2]?.length ?? 0);
    const start = Math.min(entry.originalOffset(offset), text.length);
    return { message, help: undefined, start, end: start };
  }
}

function noTick(): void {}

/** What an import statement of an entry is bound to: the module's current exports. */
class LinkedModule {
  readonly specifier: string;
  namespace: Record<string, unknown>;
  /** What each of its names in the session stands for. */
  readonly bindings = new Map<string, string>();

  constructor(specifier: string, namespace: Record<string, unknown>) {
    this.specifier = specifier;
    this.namespace = namespace;
  }

  check(imported: string): void {
    if (imported === '*' || imported in this.namespace) return;
    const names = Object.keys(this.namespace).filter((name) => name !== 'default');
    const others =
      names.length === 0
        ? 'it exports nothing by name'
        : `it exports ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
    throw new SyntaxError(
      `'${this.specifier}' does not export '${imported}' (${others}). A type is imported with 'import type'.`,
    );
  }

  get(imported: string): unknown {
    return imported === '*' ? this.namespace : this.namespace[imported];
  }
}
