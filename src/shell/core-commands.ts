import type { SessionContext } from './context.ts';
import { lsCommand } from './ls-command.ts';
import { typeName } from './members.ts';
import { summarize } from './printer.ts';
import type { ShellCommand } from './plugins.ts';
import { isSecretName, MASK } from './redact.ts';
import type { SessionScope } from './scope.ts';
import { setCommand, settingCommand, type Setting } from './settings.ts';

/** What the commands of the session itself work on. */
export interface CoreParts {
  scope: SessionScope;
  context: SessionContext;
  /** What the person at the prompt can switch. */
  settings: readonly Setting[];
  reload(): Promise<void>;
}

/** The commands that belong to every session. */
export function coreCommands({ scope, context, settings, reload }: CoreParts): ShellCommand[] {
  return [
    {
      name: 'context',
      description: 'The names that the application gives to the shell, and where they come from.',
      group: 'session',
      run(shell) {
        const rows = context.describe().map(({ name, from, isLazy }) =>
          // Nothing runs to find a type out.
          isLazy ? [name, '', `${from} (lazy)`] : [name, typeOf(() => context.get(name)), from],
        );
        shell.table(['NAME', 'TYPE', 'FROM'], rows);
        for (const warning of context.warnings) shell.print(`! ${warning}`);
      },
    },
    lsCommand(scope, context),
    {
      name: 'delete',
      usage: '.delete NAME...',
      description: 'Forget variables.',
      group: 'session',
      complete: () => scope.list().map(({ name }) => name),
      run(_shell, args) {
        const unknown = args.split(/\s+/).filter((name) => name !== '' && !scope.delete(name));
        if (args === '' || unknown.length > 0)
          throw new Error(args === '' ? 'which variable?' : `no variable ${unknown.join(', ')}`);
      },
    },
    {
      name: 'reload',
      description: 'Evaluate the application anew; variables stay.',
      group: 'session',
      run: () => reload(),
    },
    setCommand(settings),
    ...settings.map((setting) => settingCommand(setting, 'printing')),
    {
      name: 'config',
      usage: '.config [TEXT]',
      description: 'The configuration of the application; secrets are masked.',
      group: 'application',
      complete: (shell) => Object.keys(shell.app.config),
      run(shell, args) {
        const entries = Object.entries(shell.app.config).filter(([name]) =>
          name.toLowerCase().includes(args.toLowerCase()),
        );
        const width = Math.max(20, shell.columns - Math.max(0, ...entries.map(([name]) => name.length)) - 2);
        shell.table(
          ['', ''],
          entries.map(([name, value]) => [
            name,
            isSecretName(name) && value !== null && value !== undefined ? MASK : summarize(value, width),
          ]),
        );
      },
    },
  ];
}

function typeOf(get: () => unknown): string {
  try {
    return typeName(get());
  } catch {
    // Outside of a request there is no session, for example.
    return '(not now)';
  }
}
