import type { Flacon } from '../app.ts';
import { ExitRequest } from '../command-runner.ts';
import { commandsOf, type Command } from '../commands.ts';
import { withAnswers } from '../prompts.ts';
import { splitCommandLine } from './editor-command.ts';
import { runOwned, type OutputOwner } from './output.ts';
import type { ShellCommand } from './plugins.ts';
import type { ShellTarget } from './target.ts';

/** Commands of the program that begin something of their own. */
const OUTSIDE = new Set(['run', 'serve', 'shell', 'new']);

/** `.app ARGS`: the commands of the program and of the application, as `app ARGS` in a terminal. */
export function appCommand({ runCommand }: ShellTarget, owner: OutputOwner): ShellCommand {
  return {
    name: 'app',
    usage: '.app COMMAND [ARGS]',
    description: "Run a command of the application's program, such as `.app routes`.",
    help: 'Its output comes here, and its exit code ends nothing.',
    group: 'application',
    complete: (shell, args) => wordsAfter(shell.app, args),
    async run(_shell, text) {
      const args = splitCommandLine(text);
      const [name] = args;
      if (!runCommand) throw new Error('there is no program here');
      if (name !== undefined && OUTSIDE.has(name)) throw new Error(`'app ${name}' is for a terminal of its own`);
      const code = await inShell(owner, () => runCommand(args));
      if (code !== 0) throw new Error(`exit code ${code}`);
    },
  };
}

/** What a command may not do here: end the process, leave an exit code, ask the server's terminal. */
async function inShell(owner: OutputOwner, body: () => Promise<number>): Promise<number> {
  const { exitCode } = process;
  process.exitCode = undefined;
  const exit = (code: number): never => {
    throw new ExitRequest(code);
  };
  const nextLine = (): Promise<never> =>
    Promise.reject(new Error('A command cannot ask here: give it what it needs as arguments.'));
  try {
    // An owner's columns may change while the command runs.
    const guest: OutputOwner = Object.create(owner, { exit: { value: exit } }) as OutputOwner;
    return await runOwned(guest, () => withAnswers({ nextLine }, body));
  } finally {
    process.exitCode = exitCode;
  }
}

/** The commands that may follow: those of the group that is typed so far. */
function wordsAfter(app: Flacon, args: string): string[] {
  let commands: readonly Command[] = commandsOf(app);
  const groups = args.split(/\s+/).slice(0, -1);
  for (const group of groups) commands = commands.find((command) => command.name() === group)?.commands ?? [];
  const names = commands.map((command) => command.name());
  return groups.length === 0 ? ['routes', ...names] : names;
}
