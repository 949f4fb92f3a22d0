import type { CommandTable } from './commands.ts';
import { settleWithin, type SessionContext } from './context.ts';
import type { FinishedEntry, Shell, ShellCompleter, ShellEntry, ShellPlugin } from './plugins.ts';
import { messageOf } from './printer.ts';
import type { ResultFrame } from './protocol.ts';
import { plainText, type Span } from './spans.ts';

/** How long a plugin may take to close. */
const DISPOSE_MS = 5000;

/** The plugins of one session. One that throws is named and left out; the others go on. */
export class PluginHost {
  readonly #shell: Shell;
  readonly #commands: CommandTable;
  readonly #context: SessionContext;
  #active: ShellPlugin[] = [];
  warnings: string[] = [];

  constructor(shell: Shell, commands: CommandTable, context: SessionContext) {
    this.#shell = shell;
    this.#commands = commands;
    this.#context = context;
  }

  /**
   * Runs what the session runs, inside of what the plugins put around it. Where one of them fails to call it, it does not
   * run: what was to be around it may be there to protect something.
   */
  around<T>(body: () => T): T {
    return this.#active.reduceRight<() => T>(
      (inner, plugin) => (plugin.around ? () => this.#aroundOne(plugin, inner) : inner),
      body,
    )();
  }

  #aroundOne<T>(plugin: ShellPlugin, inner: () => T): T {
    let wasCalled = false;
    const body = (): T => {
      wasCalled = true;
      return inner();
    };
    let result: T | undefined;
    try {
      result = plugin.around?.(this.#shell, body);
    } catch (error) {
      if (wasCalled) throw error;
      throw new Error(`plugin ${plugin.name} let nothing run: ${messageOf(error)}`, { cause: error });
    }
    if (wasCalled) return result as T;
    throw new Error(`plugin ${plugin.name} let nothing run: its 'around' has to call what it is given`);
  }

  /** An entry is about to run: what a plugin has against it. */
  async refusal(entry: ShellEntry): Promise<{ status: 'threw'; error: unknown } | undefined> {
    try {
      for (const plugin of this.#active) await plugin.before?.(this.#shell, entry);
      return undefined;
    } catch (error) {
      return { status: 'threw', error };
    }
  }

  /** An entry has run: what the plugins have to say about it, to stand behind what was printed. */
  remarks(entry: Omit<FinishedEntry, 'status'>, { status, printed }: Pick<ResultFrame, 'status' | 'printed'>): Span[] {
    if (status === 'invalid' || status === 'incomplete' || status === 'exit') return [];
    const ended = status === 'value' || status === 'nothing' ? 'done' : status;
    const remarks = this.#active.flatMap((plugin) => {
      try {
        return plugin.after?.(this.#shell, { ...entry, status: ended }) ?? [];
      } catch (error) {
        return `(plugin ${plugin.name} failed: ${messageOf(error)})`;
      }
    });
    // What an interrupted entry prints is up to the client.
    if (remarks.length === 0 || status === 'interrupted') return [];
    const before = plainText(printed);
    const gap = before === '' ? '' : status === 'threw' || before.includes('\n') ? '\n' : '   ';
    return [[gap + remarks.join(' '), 'gray']];
  }

  /** The application was reloaded: tells the plugins; gives a line for each that fails. */
  async reloaded(): Promise<string[]> {
    const problems: string[] = [];
    for (const plugin of this.#active) {
      try {
        await plugin.reloaded?.(this.#shell);
      } catch (error) {
        problems.push(`plugin ${plugin.name} failed: ${messageOf(error)}`);
      }
    }
    return problems;
  }

  /** Sets these plugins up in place of earlier ones; those that stay the same object stay as they are. */
  async load(plugins: readonly ShellPlugin[]): Promise<void> {
    this.warnings = [];
    const gone = this.#active.filter((plugin) => !plugins.includes(plugin));
    for (const plugin of gone.toReversed()) await this.#take(plugin);
    for (const plugin of plugins) if (!this.#active.includes(plugin)) await this.#add(plugin);
  }

  async #add(plugin: ShellPlugin): Promise<void> {
    try {
      if (typeof plugin?.name !== 'string') throw new TypeError('a plugin needs a name');
      await plugin.setup?.(this.#shell);
      const { helpers } = plugin;
      if (helpers)
        this.#context.addHelpers(
          typeof helpers === 'function' ? (helpers as (shell: Shell) => object)(this.#shell) : helpers,
          `plugin ${plugin.name}`,
        );
      this.#commands.add(plugin.commands ?? [], plugin.name);
      this.#active.push(plugin);
    } catch (error) {
      this.warnings.push(`plugin ${String(plugin?.name ?? '?')} is left out: ${messageOf(error)}`);
      await this.#dispose(plugin);
    }
  }

  async #take(plugin: ShellPlugin): Promise<void> {
    this.#active = this.#active.filter((other) => other !== plugin);
    this.#commands.remove(plugin.commands ?? []);
    await this.#dispose(plugin);
  }

  async #dispose(plugin: ShellPlugin): Promise<void> {
    const problem = await settleWithin(() => plugin.dispose?.(this.#shell), DISPOSE_MS);
    if (problem !== undefined) this.warnings.push(`closing plugin ${plugin.name} ${problem}`);
  }

  /** What a plugin makes of a value; undefined if it is for none of them. */
  print(value: unknown): string | undefined {
    for (const plugin of this.#active) {
      for (const printer of plugin.printers ?? []) {
        try {
          if (printer.matches(value)) return printer.print(value as never, this.#shell);
        } catch (error) {
          return `(printer of plugin ${plugin.name} failed: ${messageOf(error)})`;
        }
      }
    }
    return undefined;
  }

  /** What a plugin puts in a row of a table for a value. */
  row(value: unknown): object | undefined {
    const printers = this.#active.flatMap((plugin) => plugin.printers ?? []);
    // A printer that fails is named where the value is printed for itself.
    const find = (): object | undefined => {
      const printer = printers.find(({ row, matches }) => row !== undefined && matches(value));
      return printer?.row?.(value as never, this.#shell);
    };
    try {
      return find();
    } catch {
      return undefined;
    }
  }

  completers(): ShellCompleter[] {
    return this.#active.flatMap((plugin) => plugin.completers ?? []);
  }

  /** Closes the plugins, the last first; gives a line for each that failed or hangs. */
  async close(): Promise<string[]> {
    this.warnings = [];
    for (const plugin of this.#active.toReversed()) await this.#take(plugin);
    return this.warnings;
  }
}
