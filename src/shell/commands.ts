import { closestName } from '../suggest.ts';
import { FlaconError } from '../util/errors.ts';
import { CLIENT_COMMANDS } from './client-command-list.ts';
import type { ShellCommand } from './plugins.ts';
import type { CommandInfo } from './protocol.ts';

/** A command with the plugin it comes from. */
interface Registered {
  command: ShellCommand;
  group: string;
}

/** The commands of one session. */
export class CommandTable {
  readonly #byName = new Map<string, Registered>();

  /** Adds commands; a later one of a name replaces an earlier one. */
  add(commands: readonly ShellCommand[], group: string): void {
    for (const command of commands) {
      for (const name of [command.name, ...(command.aliases ?? [])]) this.#byName.set(name, { command, group });
    }
  }

  /** Takes the commands of a plugin out again. */
  remove(commands: readonly ShellCommand[]): void {
    for (const [name, { command }] of this.#byName) if (commands.includes(command)) this.#byName.delete(name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The command of a name. Throws, with the nearest one, when there is none. */
  get(name: string): ShellCommand {
    const registered = this.#byName.get(name);
    if (registered) return registered.command;
    const known = [...this.#byName.keys(), ...CLIENT_COMMANDS.flatMap((command) => [command.name, ...command.aliases])];
    const nearest = closestName(name, known);
    throw new FlaconError(`no command .${name}`, {
      code: 'UNKNOWN_COMMAND',
      fix: nearest === undefined ? '.help lists them' : `did you mean .${nearest}?`,
    });
  }

  /** What a command that was typed is as code; undefined for those that are not. */
  codeOf({ name, args }: { name: string; args: string }): string | undefined {
    return this.#byName.get(name)?.command.toCode?.(args);
  }

  /** All commands once, for `.help` and completion. */
  list(): CommandInfo[] {
    const own = new Map<ShellCommand, CommandInfo>();
    for (const { command, group } of this.#byName.values()) {
      const { name, aliases = [], usage = `.${name}`, description } = command;
      own.set(command, { name, aliases: [...aliases], usage, description, group: command.group ?? group });
    }
    return [...CLIENT_COMMANDS, ...own.values()];
  }
}
