import type { SessionContext } from './context.ts';
import type { Presenter } from './presenter.ts';
import { summarize } from './printer.ts';
import type { ShellCommand } from './plugins.ts';
import { isSecretName, MASK } from './redact.ts';
import type { SessionScope } from './scope.ts';

/** What the commands of the session itself work on. */
export interface CoreParts {
  scope: SessionScope;
  context: SessionContext;
  presenter: Presenter;
  /** What the person at the prompt can switch: whether a promise that is the value of an entry is waited for. */
  settings: { awaitResults: boolean };
  reload(): Promise<void>;
}

/** The commands that belong to every session. */
export function coreCommands({ scope, context, presenter, settings, reload }: CoreParts): ShellCommand[] {
  return [
    {
      name: 'context',
      description: 'The names that the application gives to the shell, and where they come from.',
      group: 'session',
      run(shell) {
        const rows = context
          .describe()
          .map(({ name, from, isLazy }) => [name, isLazy ? '(lazy)' : typeName(() => context.get(name)), from]);
        shell.table(['NAME', 'TYPE', 'FROM'], rows);
        for (const warning of context.warnings) shell.print(`! ${warning}`);
      },
    },
    {
      name: 'ls',
      description: 'The variables of this session.',
      group: 'session',
      run(shell) {
        const rows = scope
          .list()
          .map(({ name, kind, value }) => [kind, name, summarize(value, Math.max(20, shell.columns - 30))]);
        if (rows.length === 0) shell.print('No variables yet.');
        else shell.table(['', '', ''], rows);
      },
    },
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
    {
      name: 'await',
      usage: '.await on|off',
      description: 'Wait for a promise that is the value of an entry.',
      group: 'session',
      complete: () => ['on', 'off'],
      run(shell, args) {
        if (args !== '') settings.awaitResults = parseSwitch(args);
        shell.print(`await is ${settings.awaitResults ? 'on' : 'off'}`);
      },
    },
    {
      name: 'depth',
      usage: '.depth N',
      description: 'How deep objects are printed.',
      group: 'session',
      run(shell, args) {
        const depth = args === '' ? presenter.depth : Number(args);
        if (!Number.isInteger(depth) || depth < 0) throw new Error(`'${args}' is not a depth`);
        presenter.depth = depth;
        shell.print(`depth is ${depth}`);
      },
    },
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

function parseSwitch(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new Error(`'${text}' is neither on nor off`);
}

function typeName(get: () => unknown): string {
  try {
    const value = get();
    if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
    const { constructor } = value;
    return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'object';
  } catch {
    // Outside of a request there is no session, for example.
    return '(not now)';
  }
}
