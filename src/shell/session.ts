import { types } from 'node:util';
import { parseCommand } from './command-line.ts';
import { CommandRun } from './command-run.ts';
import { CommandTable } from './commands.ts';
import { SessionContext } from './context.ts';
import { EntryEndings, type Ending } from './entry-ending.ts';
import type { Evaluator, Outcome } from './evaluator.ts';
import { FirstHints } from './first-hints.ts';
import { FrameMode } from './frame-mode.ts';
import { Inspections } from './inspections.ts';
import { currentOwner, holdGuards, ownEntry, runOwned, type OutputOwner } from './output.ts';
import { SessionMemory, type KeptState, type Restored } from './kept-state.ts';
import { PluginHost } from './plugin-host.ts';
import type { Shell } from './plugins.ts';
import { Presenter } from './presenter.ts';
import { EntrySyntaxError } from './problems.ts';
import { loadProjectPlugins } from './project-plugins.ts';
import { PromptMarks } from './prompt-marks.ts';
import type { CheckStatus } from './protocol.ts';
import { relocateImports } from './relocate-imports.ts';
import { Results, toJson } from './results.ts';
import { SessionScope } from './scope.ts';
import { createSessionEvaluator } from './session-evaluator.ts';
import { sessionGlobals } from './session-globals.ts';
import { sessionCommands } from './session-commands.ts';
import type { LoggedEntry } from './logged-entry.ts';
import { SessionLog } from './session-log.ts';
import type { SessionOptions, SubmitOptions, SubmitResult } from './session-options.ts';
import { createOwner } from './session-output.ts';
import { evaluateAnew, takeModulesOver } from './session-reload.ts';
import { sessionSettings, type ResultSettings } from './session-settings.ts';
import { createShell } from './shell-face.ts';
import type { ShellTarget } from './target.ts';
import type { Upgrade } from './upgrade.ts';

/** What one client has: its variables, its results, its commands, in the application that is current. */
export class Session {
  readonly number: number;
  readonly scope: SessionScope;
  readonly context: SessionContext;
  readonly commands = new CommandTable();
  readonly plugins: PluginHost;
  /** Values that the client looks into. */
  readonly inspections = new Inspections();
  /** The words in the prompt. */
  readonly marks: PromptMarks;
  readonly #commandRun = new CommandRun();
  readonly #log = new SessionLog();
  readonly #settings: ResultSettings = { awaitResults: false };
  readonly #target: ShellTarget;
  readonly #options: SessionOptions;
  readonly #evaluator: Evaluator;
  readonly #memory: SessionMemory;
  readonly #presenter: Presenter;
  readonly #owner: OutputOwner;
  readonly #results = new Results();
  /** What commands and plugins see of this session. */
  readonly shell: Shell;
  readonly #displayNames = new Map<string, string>();
  readonly #releaseGuards: () => void;
  readonly #endings: EntryEndings;
  readonly #frames: FrameMode;
  #entry = 0;
  #startUps = 0;

  /** Opens a session: collects the names of the application and sets the plugins up. */
  static async open(target: ShellTarget, options: SessionOptions): Promise<Session> {
    const session = new Session(target, options);
    await session.#load();
    return session;
  }

  private constructor(target: ShellTarget, options: SessionOptions) {
    this.#target = target;
    this.#options = options;
    this.number = options.number;
    this.context = new SessionContext(target, options.start);
    this.#presenter = this.#createPresenter();
    const isGuest = options.isAttached && options.mode === 'terminal';
    this.#owner = createOwner(this.#log.hearing(options.events), this.#presenter, isGuest);
    const { shared } = options;
    this.#frames = new FrameMode({
      errors: target.errors,
      root: target.root,
      scope: () => this.scope,
      isOwn: () => currentOwner() === this.#owner,
      notice: (printed) => options.events.notice?.(printed),
    });
    this.scope = new SessionScope([
      ...this.#frames.sources,
      this.#results,
      this.context,
      ...(shared ? [shared] : []),
      sessionGlobals(target.root, this.#owner),
    ]);
    const { interrupt } = options;
    this.#evaluator = createSessionEvaluator({ target, scope: this.scope, frames: this.#frames, interrupt });
    this.#memory = new SessionMemory(this.scope, this.#evaluator);
    this.#endings = new EntryEndings({
      mode: options.mode,
      isGuest,
      scope: this.scope,
      results: this.#results,
      log: this.#log,
      presenter: this.#presenter,
      hints: new FirstHints(options.mode),
      frames: this.#frames,
    });
    this.marks = new PromptMarks((marks) => options.events.marks?.(marks));
    this.shell = createShell({
      context: this.context,
      scope: this.scope,
      presenter: this.#presenter,
      owner: this.#owner,
      target,
      isAttached: options.isAttached,
      isInteractive: options.mode === 'terminal',
      options: options.start ?? {},
      marks: this.marks,
      evaluate: (code) => this.#evaluate(code),
    });
    this.plugins = new PluginHost(this.shell, this.commands, this.context);
    this.#releaseGuards = holdGuards();
    const { events, cwd } = options;
    const own = sessionCommands({
      commands: this.commands,
      scope: this.scope,
      context: this.context,
      settings: sessionSettings(this.#settings, this.#presenter),
      memory: this.#memory,
      inspections: this.inspections,
      log: this.#log,
      target,
      owner: this.#owner,
      cwd,
      reload: () => this.reload(),
      act: events.act,
    });
    this.commands.add([...own, ...this.#frames.commands()], 'session');
  }

  async #load(): Promise<void> {
    await runOwned(this.#owner, async () => {
      await this.context.load();
      const own = this.#options.plugins ?? [];
      const project = await loadProjectPlugins(this.#target);
      await this.plugins.load([...own, ...project, ...(this.#target.app()?.shellPlugins ?? [])]);
    });
  }

  /** What could not be had, one line each. */
  get warnings(): string[] {
    return [...this.context.warnings, ...this.plugins.warnings];
  }

  /**
   * Takes over what a reload has changed: names, plugins, imports of earlier entries, instances of the classes of
   * `modules`. Gives a line for each problem.
   */
  async follow(modules: readonly string[]): Promise<Upgrade & { problems: string[] }> {
    await this.#load();
    return runOwned(this.#owner, async () => {
      const { scope, plugins } = this;
      const parts = { target: this.#target, evaluator: this.#evaluator, scope, plugins };
      const { problems, ...upgrade } = await takeModulesOver(modules, parts);
      return { ...upgrade, problems: [...this.warnings, ...problems] };
    });
  }

  /** Evaluates the application anew. */
  reload(): Promise<void> {
    return evaluateAnew(this.#target);
  }

  /** What a text is; nothing runs. */
  check(code: string): CheckStatus {
    if (parseCommand(code)) return 'command';
    const { status } = this.#evaluator.prepare(code, 'shell#check');
    return status === 'ready' ? 'expression' : status;
  }

  /** Runs an entry: a command, or code. Never rejects. */
  async submit(text: string, options: SubmitOptions = {}): Promise<SubmitResult> {
    const begin = performance.now();
    this.#log.begin();
    if (options.args) this.scope.set('args', [...options.args]);
    const command = options.startUp === undefined ? parseCommand(text) : undefined;
    const ending = await this.#submit(text, command, options).catch(
      // Values may throw at whoever looks at them.
      (error: unknown): Ending => ({ status: 'threw', printed: this.#presenter.error(error) }),
    );
    const ms = performance.now() - begin;
    const finished = { kind: command ? 'command' : 'code', text, ms } as const;
    const remarks = runOwned(this.#owner, () => this.plugins.remarks(finished, ending));
    const code = command && ending.status === 'nothing' ? this.commands.codeOf(command) : undefined;
    const { status, printed } = ending;
    const isCommand = command !== undefined;
    if (options.startUp === undefined)
      this.#log.end({ number: this.#entry, text, isCommand, code, status, printed }, this.scope.variables);
    return { ...ending, printed: [...ending.printed, ...remarks], entry: this.#entry, ms };
  }

  async #submit(text: string, command: ReturnType<typeof parseCommand>, options: SubmitOptions): Promise<Ending> {
    if (!command) return this.#runCode(text, options);
    const ending = await this.#runCommand(command.name, command.args, text);
    // `.reload && code`
    const then = command.name === 'reload' && /^&&([^]+)$/.exec(command.args)?.[1];
    return then && ending.status === 'nothing' ? this.#runCode(then, options) : ending;
  }

  async #runCode(text: string, options: SubmitOptions): Promise<Ending> {
    const { startUp } = options;
    const isStartUp = startUp !== undefined;
    const filename = `shell#${this.number}-${isStartUp ? `start-${(this.#startUps += 1)}` : this.#entry + 1}`;
    const code = startUp === undefined || startUp === this.#target.root ? text : relocateImports(text, startUp);
    const prepared = this.#evaluator.prepare(code, filename, { echo: options.echo !== undefined });
    if (prepared.status === 'empty') return { status: 'nothing', printed: [] };
    if (prepared.status === 'incomplete') return { status: 'incomplete', printed: [] };
    if (!isStartUp) this.#entry += 1;
    this.#displayNames.set(filename, options.filename ?? `shell#${this.#entry}`);
    if (prepared.status === 'invalid') {
      return { status: 'invalid', printed: this.#presenter.problem(prepared.problem, code, this.#nameOf(filename)) };
    }
    ownEntry(filename, this.#owner);
    const { entry } = prepared;
    let outcome = await this.enter(async (): Promise<Outcome> => {
      const refusal = await this.plugins.refusal({ kind: 'code', text });
      return refusal ?? entry.run(this.#echo(options));
    });
    if (outcome.status === 'done' && !isStartUp) this.#memory.note(entry, { number: this.#entry, text });
    const waits = options.wait ?? this.#settings.awaitResults;
    if (outcome.status === 'done' && waits && types.isPromise(outcome.value)) {
      const promise = outcome.value as Promise<unknown>;
      outcome = await this.enter(() => this.#evaluator.wait(promise));
    }
    const { json } = options;
    return this.enter(() => this.#endings.ofCode(outcome, entry, { number: this.#entry, json, isStartUp }));
  }

  #echo({ echo, json }: SubmitOptions): ((value: unknown) => void) | undefined {
    if (!echo) return undefined;
    return (value) => {
      if (value !== undefined) echo(this.#presenter.value(value), json ? toJson(value) : undefined);
    };
  }

  async #runCommand(name: string, args: string, text: string): Promise<Ending> {
    try {
      const command = this.commands.get(name);
      const refusal = await this.enter(() => this.plugins.refusal({ kind: 'command', text }));
      if (refusal) throw refusal.error;
      const isDone = await this.#commandRun.run((signal) => this.enter(() => command.run(this.shell, args, signal)));
      return { status: isDone ? 'nothing' : 'interrupted', printed: [] };
    } catch (error) {
      return this.#endings.ofCommandError(error);
    }
  }

  /** What can be kept of the session when its process ends. */
  snapshot(): KeptState {
    return runOwned(this.#owner, () => this.#memory.snapshot(this.#entry));
  }

  /** The entries that were logged since this was asked last. */
  takeLogged(): readonly LoggedEntry[] {
    return this.#log.takeNew();
  }

  /** Goes on where a session of an earlier process was. */
  restore(state: KeptState, log: readonly LoggedEntry[] = []): Promise<Restored> {
    this.#log.restore(log);
    this.#entry = Math.max(this.#entry, state.entry);
    return this.enter(() => this.#memory.restore(state));
  }

  /** Gives up an evaluation that waits for a promise. */
  interrupt(): boolean {
    return this.#commandRun.interrupt() || this.#evaluator.interrupt();
  }

  resize(columns: number): void {
    this.#presenter.columns = columns;
  }

  /** Ends the session: plugins, then what the context opened. Gives a line for each that failed. */
  async close(): Promise<string[]> {
    this.interrupt();
    this.#frames.close();
    const problems = await runOwned(this.#owner, async () => [
      ...(await this.plugins.close()),
      ...(await this.context.close()),
    ]);
    this.#options.interrupt?.release();
    this.#releaseGuards();
    return problems;
  }

  /** Runs code of the session: its output is the client's, its context that of the application. */
  enter<T>(body: () => T): T {
    return runOwned(this.#owner, () => this.context.enter(() => this.#frames.around(() => this.plugins.around(body))));
  }

  #createPresenter(): Presenter {
    const { columns, color, mode, plain = false } = this.#options;
    return new Presenter({
      columns,
      color,
      table: mode === 'terminal',
      box: !plain,
      custom: (value) => this.plugins.print(value),
      rowOf: (value) => this.plugins.row(value),
      frames: {
        root: this.#target.root,
        originalPlace: (file, line, column) => this.#evaluator.originalPlace(file, line, column),
        displayName: (file) => this.#nameOf(file),
      },
    });
  }

  #nameOf(filename: string): string {
    return this.#displayNames.get(filename) ?? filename;
  }

  async #evaluate(code: string): Promise<unknown> {
    const prepared = this.#evaluator.prepare(code, `shell#${this.number}-${this.#entry}e`);
    if (prepared.status === 'invalid') throw new EntrySyntaxError(prepared.problem, code);
    if (prepared.status === 'incomplete') throw new SyntaxError('the code ends too early');
    if (prepared.status === 'empty') return undefined;
    const { entry } = prepared;
    const outcome = await this.enter(() => entry.run());
    if (outcome.status === 'done') this.#memory.note(entry, { number: this.#entry, text: code });
    if (outcome.status === 'done') return outcome.value;
    throw outcome.status === 'threw' ? outcome.error : new Error('interrupted');
  }
}
