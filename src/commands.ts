import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import type * as Commander from 'commander';
import type { Flacon } from './app.ts';
import { compare, formatHelp, helpWidth } from './command-help.ts';
import { contextVariable } from './globals.ts';
import { FlaconError } from './util/errors.ts';

/** A Commander command: what `app.cli` and `blueprint.cli` are. */
export type Command = Commander.Command;

/** Where a blueprint's commands go: a group of this name, or `null` for the top level. */
export type CommandGroupName = string | null;

/** A blueprint's commands as an app registered them. */
export interface CommandGroup {
  /** Who holds the commands. */
  blueprint: { readonly cli: Command; readonly hasCommands: boolean };
  /** The group that was asked for; `undefined` takes `name`. */
  commandGroup: CommandGroupName | undefined;
  /** The name of the registration. */
  name: string;
}

type CommandClass = new (name?: string) => Command;

/** The app whose commands are being run: blueprints' commands do not know theirs. */
const commandApp = new AsyncLocalStorage<Flacon>();
let commandClass: CommandClass | undefined;

// Commander costs several milliseconds to load, and a server that runs has no use for it.
function loadCommandClass(): CommandClass {
  return (commandClass ??= defineCommandClass(createRequire(import.meta.url)('commander') as typeof Commander));
}

function defineCommandClass({ Argument, Command, InvalidArgumentError, Option }: typeof Commander): CommandClass {
  /** Lets a parser throw whatever it throws: for the one at the terminal it is a wrong value. */
  const usage =
    <T>(parse: (value: string, previous: T) => T): typeof parse =>
    (value, previous) => {
      try {
        return parse(value, previous);
      } catch (cause) {
        throw Object.assign(new InvalidArgumentError(cause instanceof Error ? cause.message : String(cause)), {
          cause,
        });
      }
    };

  class AppOption extends Option {
    override argParser<T>(parse: (value: string, previous: T) => T): this {
      return super.argParser(usage(parse));
    }
  }

  class AppArgument extends Argument {
    override argParser<T>(parse: (value: string, previous: T) => T): this {
      return super.argParser(usage(parse));
    }
  }

  /** A command that runs inside an application context, as Flask's do. */
  return class AppCommand extends Command {
    constructor(name?: string) {
      super(name);
      this.helpOption('--help', 'Show this message and exit.');
      this.helpCommand(false);
      this.configureHelp({ formatHelp });
      this.configureOutput({ getOutHelpWidth: helpWidth, getErrHelpWidth: helpWidth });
    }

    override createCommand(name?: string): Command {
      return new AppCommand(name);
    }

    override createOption(flags: string, description?: string): Commander.Option {
      return new AppOption(flags, description);
    }

    override createArgument(name: string, description?: string): Commander.Argument {
      return new AppArgument(name, description);
    }

    override action(fn: Parameters<Command['action']>[0]): this {
      return super.action(function inAppContext(this: AppCommand, ...args) {
        return withAppContext(() => fn.apply(this, args) as void | Promise<void>);
      });
    }
  };
}

function withAppContext<T>(fn: () => T): T {
  const app = commandApp.getStore();
  if (app === undefined || contextVariable.getStore()?.app === app) return fn();
  return app.appContext().run(fn) as T;
}

/** Makes a command to hang commands on: `app.cli`, `blueprint.cli`, a group of an extension. */
export function createCommandGroup(name: string): Command {
  return new (loadCommandClass())(name);
}

/** Runs `fn` as a command of `app`: actions of the app's and its blueprints' commands get a context of it. */
export function runAsCommandOf<T>(app: Flacon, fn: () => T): T {
  return commandApp.run(app, fn);
}

/**
 * All commands of an app at their place: its own, then those of its blueprints, merged into the
 * top level or as groups. A later command replaces an earlier one of the same name; groups of one
 * name become one.
 */
export function commandsOf(app: Flacon): Command[] {
  const commands = new Map<string, Command>();
  const groups = new Map<string, Command[]>();
  if (app.hasCommands) for (const command of app.cli.commands) commands.set(command.name(), command);
  for (const { blueprint, commandGroup, name } of app.registrations as readonly CommandGroup[]) {
    if (!blueprint.hasCommands) continue;
    if (commandGroup === null) for (const command of blueprint.cli.commands) commands.set(command.name(), command);
    else groups.set(commandGroup ?? name, [...(groups.get(commandGroup ?? name) ?? []), blueprint.cli]);
  }
  for (const [name, members] of groups) commands.set(name, mergeGroups(name, members));
  return [...commands.values()].sort((a, b) => compare(a.name(), b.name()));
}

function mergeGroups(name: string, members: readonly Command[]): Command {
  const [only] = members;
  if (only !== undefined && members.length === 1) return only.name(name);
  const merged = createCommandGroup(name);
  merged.description(members.map((member) => member.description()).find((text) => text !== '') ?? '');
  const commands = new Map(members.flatMap((member) => member.commands.map((command) => [command.name(), command])));
  for (const command of commands.values()) merged.addCommand(command);
  return merged;
}

/** Hangs the commands of an app under a program; the names in `reserved` (built-in commands) are passed over. */
export function mountCommands(program: Command, app: Flacon, reserved: ReadonlySet<string> = new Set()): void {
  const taken = new Map<string, string>();
  for (const command of commandsOf(app)) {
    if (reserved.has(command.name())) continue;
    for (const name of [command.name(), ...command.aliases()]) {
      const holder = taken.get(name);
      if (holder !== undefined) {
        throw new FlaconError(
          `The command '${command.name()}' and the command '${holder}' are both called '${name}'.`,
          {
            code: 'COMMAND_CLASH',
            fix: 'rename one of them, or one of their aliases',
          },
        );
      }
      taken.set(name, command.name());
    }
    program.addCommand(command);
  }
}
