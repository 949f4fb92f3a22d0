import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { FlaconError } from '../util/errors.ts';
import { stripAnsi } from '../util/terminal.ts';
import type { AuditLog } from './audit-log.ts';
import { Connection } from './connection.ts';
import type { EndpointRecord } from './endpoint.ts';
import type { StreamName } from './output.ts';
import type { ClientInfo, HostFrame } from './protocol.ts';
import {
  EXIT,
  remoteScriptSession,
  runScript,
  type Script,
  type ScriptEntryOptions,
  type ScriptOutput,
  type ScriptSession,
} from './script.ts';
import { describeClient, wantsColor, type ShellOptions } from './shell-options.ts';
import type { ShellTarget } from './target.ts';

/** Runs code, a file or what is piped in, in the server of the record or in an application of its own. Gives the exit code. */
export async function runScriptMode(options: ShellOptions, record: EndpointRecord | undefined): Promise<number> {
  const { stdout = process.stdout, stderr = process.stderr, json = false } = options;
  const color = wantsColor(options, stdout);
  const output: ScriptOutput = {
    json,
    color,
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
  };
  const script = await readScript(options);
  if (!record && options.openTarget) return runInProcess(await options.openTarget(), script, output, options);
  const own = record ? undefined : await options.startHost();
  own?.onOutput((stream, text) => (stream === 'stdout' && !json ? output.stdout(text) : output.stderr(text)));
  try {
    const client = describeClient('script', stdout, {
      color,
      sandbox: options.sandbox,
      readOnly: options.readOnly,
    });
    return await runRemotely(record ?? own?.record, script, output, { client, audit: options.audit });
  } finally {
    await own?.stop();
  }
}

async function readScript(options: ShellOptions): Promise<Script> {
  const { code, file, args = [], stdin = process.stdin } = options;
  if (code !== undefined) return { kind: 'code', code };
  if (file !== undefined) return { kind: 'file', code: readCode(file), file: relative(options.root, file), args };
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
  return { kind: 'input', code: Buffer.concat(chunks).toString('utf8') };
}

/** Throws a FlaconError when the file cannot be read. */
function readCode(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(cause);
    throw new FlaconError(`${file} cannot be read: ${why}.`, {
      code: 'SCRIPT_FILE',
      fix: "app shell FILE runs a file, app shell -e 'CODE' runs code",
    });
  }
}

async function runRemotely(
  record: ConnectionRecord | undefined,
  script: Script,
  output: ScriptOutput,
  { client, audit }: { client: ClientInfo; audit: AuditLog | undefined },
): Promise<number> {
  if (!record) return EXIT.noServer;
  const echoes = new Map<number, ScriptEntryOptions['echo']>();
  // With --json nothing but the values may be on standard output.
  const write = (stream: StreamName, text: string): void => {
    const shown = output.color ? text : stripAnsi(text);
    if (stream === 'stdout' && !output.json) output.stdout(shown);
    else output.stderr(shown);
  };
  let exitCode: number | undefined;
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  const onFrame = (frame: HostFrame): void => {
    if (frame.op === 'out') write(frame.stream, frame.text);
    else if (frame.op === 'echo') echoes.get(frame.id)?.(frame.printed, frame.json);
    else if (frame.op === 'notice' && frame.kind === 'uncaught') {
      write('stderr', `${frame.printed.map(([text]) => text).join('')}\n`);
      exitCode ??= EXIT.threw;
    } else if (frame.op === 'bye') {
      exitCode = frame.exitCode ?? EXIT.fine;
      leave();
    }
  };
  const connection = await Connection.open(record, client, { frame: onFrame, lost: () => undefined });
  let running = 0;
  audit?.attached(connection.welcome, client);
  const session = remoteScriptSession(connection, (id, echo) => {
    running = id;
    echoes.set(id, echo);
  });
  const stop = (): void => void connection.interrupt(running);
  process.on('SIGINT', stop);
  try {
    const code = await Promise.race([runScript(audited(session, audit), script, output), left.then(() => EXIT.fine)]);
    await session.close();
    return exitCode ?? code;
  } finally {
    process.off('SIGINT', stop);
    connection.destroy();
  }
}

type ConnectionRecord = Pick<EndpointRecord, 'socket' | 'token'>;

/** The quickest way to an answer: no socket, no second process. */
async function runInProcess(
  target: ShellTarget,
  script: Script,
  output: ScriptOutput,
  { stdout = process.stdout, sandbox, readOnly, audit }: ShellOptions,
): Promise<number> {
  const { openScriptSession } = await import('./local-script.ts');
  const local = await openScriptSession(target, {
    color: output.color,
    columns: stdout.columns ?? 80,
    json: output.json,
    sandbox,
    readOnly,
    args: script.kind === 'file' ? script : undefined,
  });
  audit?.attachedTo(1, {
    mode: 'script',
    app: target.app()?.name,
    ...(sandbox !== undefined && { sandbox }),
    ...(readOnly && { readOnly }),
  });
  const session: ScriptSession = audited(local.session, audit);
  const code = await Promise.race([runScript(session, script, output), local.exited]);
  await session.close();
  return code === EXIT.fine ? (local.exitCode() ?? code) : code;
}

/** A session whose entries are written to the audit file. */
function audited(session: ScriptSession, audit: AuditLog | undefined): ScriptSession {
  if (!audit) return session;
  return {
    submit: (code, options) =>
      audit.around({ code, file: options.filename }, async () => {
        const result = await session.submit(code, options);
        audit.ended(result.status);
        return result;
      }),
    close: () => session.close(),
  };
}
