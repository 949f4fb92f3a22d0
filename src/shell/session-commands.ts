import { appCommand } from './app-command.ts';
import type { CommandTable } from './commands.ts';
import type { SessionContext } from './context.ts';
import { coreCommands } from './core-commands.ts';
import { helpCommand } from './help-command.ts';
import { inspectCommand } from './inspect-command.ts';
import type { Inspections } from './inspections.ts';
import type { SessionMemory } from './kept-state.ts';
import type { OutputOwner } from './output.ts';
import type { ShellCommand } from './plugins.ts';
import { printCommands } from './print-commands.ts';
import type { ClientAction } from './protocol.ts';
import { rebuildCommand } from './rebuild-command.ts';
import { saveCommands } from './save-commands.ts';
import type { SessionScope } from './scope.ts';
import type { SessionLog } from './session-log.ts';
import type { Setting } from './settings.ts';
import type { ShellTarget } from './target.ts';
import { tourCommand } from './tour-command.ts';

/** What the commands that every session has work on. */
export interface SessionParts {
  commands: CommandTable;
  scope: SessionScope;
  context: SessionContext;
  settings: readonly Setting[];
  memory: SessionMemory;
  inspections: Inspections;
  log: SessionLog;
  target: ShellTarget;
  owner: OutputOwner;
  cwd: string | undefined;
  reload(): Promise<void>;
  /** Asks something of the terminal; absent where there is none. */
  act: ((action: ClientAction) => void) | undefined;
}

/** The commands that every session has, besides those of plugins. */
export function sessionCommands(parts: SessionParts): ShellCommand[] {
  const { commands, scope, context, settings, memory, inspections, log, target, owner, cwd, reload, act } = parts;
  return [
    helpCommand(commands),
    tourCommand(),
    ...coreCommands({ scope, context, settings, reload }),
    rebuildCommand(memory),
    appCommand(target, owner),
    inspectCommand(inspections, act),
    ...printCommands(act),
    ...saveCommands({ log, context, cwd: cwd ?? target.root }),
  ];
}
