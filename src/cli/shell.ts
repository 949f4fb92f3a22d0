import type { Command } from '../commands.ts';
import { int } from '../params.ts';
import type { CommandContext } from './context.ts';
import { openAudit, openShell, type ShellCommandOptions } from './open-shell.ts';

/** `app shell`. */
export function defineShell(command: Command, context: CommandContext): void {
  command
    .description(
      'Open a shell in the application: attached to the development server of this project where one runs, else with an application of its own.\n\nWith code, a file or a pipe it runs that, and prints values without a banner.',
    )
    .argument('[file]')
    .argument('[args...]')
    .option('-e, --eval <code>', 'Run this code, and print its value.')
    .option(
      '--attach',
      'Attach to the running development server, or fail; by default only a shell for people attaches.',
    )
    .option('--no-attach', 'Never attach.')
    .option('--json', 'Print values as JSON.')
    .option('--sandbox', 'Undo what is changed in the databases at the end; in production that is so by default.')
    .option('--write', 'Keep what is changed in the databases, also in production.')
    .option('--read-only', 'The databases refuse changes, and the client sends only requests that read.')
    .option('--plain', 'No escape sequences: for screen readers and editors.')
    .option('--no-rc', 'Run no start-up files: neither ~/.config/flacon/shell.ts nor the .appshell.ts of the project.')
    .option('--trust', 'Run the .appshell.ts of the project without asking, from now on.')
    .option(
      '--audit <file>',
      'Append every entry to this file as JSON: who, when, what without secrets, and how it ended.',
    )
    .passThroughOptions()
    .action((file: string | undefined, args: string[], options: ShellCommandOptions) =>
      openShell(context, file, args, options),
    );
  command
    .command('send')
    .description('Evaluate lines of a file in a shell that is open, for editors; prints what came of it as JSON.')
    .argument('[place]', 'FILE, FILE:10 or FILE:10-20; without it the open shells are listed.')
    .option('--session <number>', 'The number of the shell; by default the newest.', int)
    .option('--audit <file>', 'Append what is sent to this file, as the option of the shell does.')
    .action((place: string | undefined, { session, audit }: { session?: number; audit?: string }) =>
      send(context, place, session, audit ?? command.getOptionValue('audit')),
    );
}

async function send(
  context: CommandContext,
  place: string | undefined,
  session: number | undefined,
  auditFile: string | undefined,
): Promise<void> {
  const { file, name, root } = context.scriptInfo.locate();
  const audit = await openAudit(auditFile);
  const { sendToShell } = await import('../shell/send.ts');
  process.exitCode = await sendToShell({ root, subject: { file, name }, place, session, audit });
}
