import { fileURLToPath } from 'node:url';
import { ExitRequest, UsageError } from '../command-runner.ts';
import type { AuditLog } from '../shell/audit-log.ts';
import { runShell } from '../shell/client.ts';
import { forkHost, HostStartError } from '../shell/own-host.ts';
import { userName, type OwnHost, type ShellOptions } from '../shell/shell-options.ts';
import type { CommandContext } from './context.ts';

/** What the command line of `app shell` says. */
export interface ShellCommandOptions {
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

/** Options that are what they are by themselves, and what they say. */
const PLAIN_OPTIONS = new Map<string, ShellCommandOptions>([
  ['--attach', { attach: true }],
  ['--no-attach', { attach: false }],
  ['--plain', { plain: true }],
  ['--sandbox', { sandbox: true }],
  ['--write', { write: true }],
  ['--read-only', { readOnly: true }],
  ['--no-rc', { rc: false }],
  ['--trust', { trust: true }],
]);

/**
 * What `args`, which follow `shell`, say where nothing about them can be wrong and no variable of the environment stands for
 * an option; else undefined. The parser of command lines takes as long to load as half of the client.
 */
export function plainOptions(args: readonly string[], env: NodeJS.ProcessEnv): ShellCommandOptions | undefined {
  if (Object.keys(env).some((name) => name.startsWith('FLACON_SHELL_'))) return undefined;
  const options: ShellCommandOptions = {};
  for (const arg of args) {
    const said = PLAIN_OPTIONS.get(arg);
    if (!said) return undefined;
    Object.assign(options, said);
  }
  return options;
}

/** Runs a shell as the command line says, and ends the process with its exit code. */
export async function openShell(
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
  const code = await runShellOrSay({
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
    startHost: () => forkOwnHost(context.app),
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

/** Opens the audit file that was named. */
export async function openAudit(file: string | undefined): Promise<AuditLog | undefined> {
  if (file === undefined) return undefined;
  const { AuditLog: Log } = await import('../shell/audit-log.ts');
  return Log.open(file, userName());
}

/** Says why an application could not be started once the terminal is nobody's. */
async function runShellOrSay(options: ShellOptions): Promise<number> {
  try {
    return await runShell(options);
  } catch (error) {
    if (!(error instanceof HostStartError)) throw error;
    process.stderr.write(`${error.message}\n`);
    throw new ExitRequest(error.exitCode);
  }
}

/** Starts an application for a shell, in a child process. */
function forkOwnHost(app: string | undefined): Promise<OwnHost> {
  const entry = import.meta.url.endsWith('.ts') ? './shell-host.ts' : '../cli/shell-host.cjs';
  return forkHost(fileURLToPath(new URL(entry, import.meta.url)), { args: app === undefined ? [] : [app] });
}
