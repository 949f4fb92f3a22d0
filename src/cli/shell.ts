import { ExitRequest, UsageError } from '../command-runner.ts';
import type { Command } from '../commands.ts';
import { int } from '../params.ts';
import type { AuditLog } from '../shell/audit-log.ts';
import type { OwnHost } from '../shell/client.ts';
import { HostStartError } from '../shell/own-host.ts';
import type { CommandContext } from './context.ts';
import { forkOwnHost, takeEarlyHost } from './shell-start.ts';

interface ShellCommandOptions {
  eval?: string;
  json?: boolean;
  plain?: boolean;
  attach?: boolean;
  sandbox?: boolean;
  write?: boolean;
  readOnly?: boolean;
  rc?: boolean;
  trust?: boolean;
  audit?: string;
}

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
      shell(context, file, args, options),
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

async function shell(
  context: CommandContext,
  file: string | undefined,
  args: readonly string[],
  options: ShellCommandOptions,
): Promise<void> {
  if (options.eval !== undefined && file !== undefined) throw new UsageError('Give code or a file, not both.');
  const how = [options.sandbox && '--sandbox', options.write && '--write', options.readOnly && '--read-only'];
  const [one, other] = how.filter((name) => typeof name === 'string');
  if (other !== undefined) throw new UsageError(`${one} and ${other} exclude each other.`);
  if (context.debug !== undefined) process.env['FLACON_DEBUG'] = context.debug ? '1' : '0';
  const location = context.scriptInfo.locate();
  const audit = await openAudit(options.audit);
  const { runShell } = await import('../shell/client.ts');
  const code = await runShell({
    root: location.root,
    subject: { file: location.file, name: location.name },
    code: options.eval,
    file,
    args,
    json: options.json ?? false,
    rc: options.rc ?? true,
    trust: options.trust ?? false,
    audit,
    attach: options.attach ?? 'auto',
    sandbox: options.sandbox ? true : options.write ? false : undefined,
    readOnly: options.readOnly ?? false,
    ...(options.plain === undefined ? {} : { plain: options.plain }),
    startHost: () => startHost(context.app),
    openTarget: async () => {
      const { openOwnTarget } = await import('./own-target.ts');
      const { target } = await openOwnTarget(context.app);
      return target;
    },
  });
  // An application that was loaded here may hold the process with what it has opened.
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  process.exit(code);
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

async function openAudit(file: string | undefined): Promise<AuditLog | undefined> {
  if (file === undefined) return undefined;
  const [{ AuditLog }, { userName }] = await Promise.all([
    import('../shell/audit-log.ts'),
    import('../shell/shell-options.ts'),
  ]);
  return AuditLog.open(file, userName());
}

async function startHost(app: string | undefined): Promise<OwnHost> {
  try {
    return await (takeEarlyHost() ?? forkOwnHost(app));
  } catch (error) {
    if (!(error instanceof HostStartError)) throw error;
    process.stderr.write(`${error.message}\n`);
    throw new ExitRequest(error.exitCode);
  }
}
