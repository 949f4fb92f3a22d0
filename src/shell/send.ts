import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { FlaconError } from '../util/errors.ts';
import type { AuditLog } from './audit-log.ts';
import { Connection } from './connection.ts';
import type { EndpointSubject } from './endpoint.ts';
import type { HostFrame } from './protocol.ts';
import { EXIT } from './script.ts';
import { describeClient, findServer } from './shell-options.ts';

/** Options of {@link sendToShell}. */
export interface SendOptions {
  /** Folder of the project. */
  root: string;
  subject: EndpointSubject;
  /** What is evaluated: `FILE`, `FILE:10` or `FILE:10-20`. Without it, the sessions are listed. */
  place?: string | undefined;
  /** Number of the session. Default: that of the newest shell of a person. */
  session?: number | undefined;
  /** What is sent is written there. */
  audit?: AuditLog | undefined;
  stdout?: NodeJS.WriteStream;
  stderr?: NodeJS.WriteStream;
}

/**
 * Evaluates lines of a file in a session of the running server, for editors: what came of it is one JSON object on
 * standard output. Gives the exit code: 0 fine, 1 the code threw, 2 a syntax error, 3 no server or no such session.
 */
export async function sendToShell(options: SendOptions): Promise<number> {
  const { root, subject, place, session, audit, stdout = process.stdout, stderr = process.stderr } = options;
  const question = place === undefined ? undefined : readLines(place, root);
  const record = findServer(subject);
  if (!record) {
    stderr.write("no running server of this project\nhint: start one with 'app run', and a shell with 'app shell'\n");
    return EXIT.noServer;
  }
  let stop: (() => void) | undefined;
  let giveUp = (): void => {};
  const givenUp = new Promise<undefined>((resolve) => (giveUp = () => resolve(undefined)));
  const frame = (news: HostFrame): void => {
    if (news.op === 'sending') stop = () => void connection.interruptAt(news.slot, news.target);
  };
  const client = describeClient('script', stdout, { color: false });
  const connection = await Connection.open(record, client, { frame, lost: () => undefined });
  audit?.attached(connection.welcome, client);
  // What still waits for its turn does not get it: the host drops what is of somebody who has left.
  const onInterrupt = (): void => (stop ?? giveUp)();
  process.on('SIGINT', onInterrupt);
  try {
    const ask = async (): Promise<HostFrame | undefined> => {
      const asked = connection.ask(
        question ? { op: 'send', ...question, ...(session !== undefined && { session }) } : { op: 'sessions' },
      );
      const answer = await Promise.race([asked, givenUp]);
      if (answer?.op === 'sent') audit?.sent(answer);
      if (!answer) audit?.ended('interrupted');
      return answer;
    };
    const entry = question && { code: question.code.trimStart(), file: place };
    const answer = await (entry && audit ? audit.around(entry, ask) : ask());
    if (!answer) {
      stderr.write('interrupted before its turn: it has not run\n');
      return EXIT.interrupted;
    }
    if (answer.op === 'failed') {
      stderr.write(`${answer.message}\n${answer.fix === undefined ? '' : `hint: ${answer.fix}\n`}`);
      return EXIT.noServer;
    }
    if (answer.op === 'sessions') stdout.write(`${JSON.stringify(answer.sessions)}\n`);
    if (answer.op !== 'sent') return EXIT.fine;
    const { op: _op, id: _id, json, ...rest } = answer;
    stdout.write(`${JSON.stringify({ ...rest, ...(json !== undefined && { value: JSON.parse(json) as unknown }) })}\n`);
    return exitCodeOf(answer.status);
  } finally {
    process.off('SIGINT', onInterrupt);
    await connection.close();
  }
}

function exitCodeOf(status: Extract<HostFrame, { op: 'sent' }>['status']): number {
  if (status === 'value' || status === 'nothing' || status === 'exit') return EXIT.fine;
  if (status === 'interrupted') return EXIT.interrupted;
  return status === 'threw' ? EXIT.threw : EXIT.syntax;
}

/** The lines, with empty ones before them: places in errors are those of the file. */
function readLines(place: string, root: string): { code: string; filename: string } {
  const [, file = place, from, to = from] = /^(.*?):(\d+)(?:-(\d+))?$/.exec(place) ?? [];
  const path = resolve(file);
  let lines: string[];
  try {
    lines = readFileSync(path, 'utf8').split('\n');
  } catch (cause) {
    throw new FlaconError(`${file} cannot be read`, { code: 'SEND_FILE', cause });
  }
  // The end of the last line is no line.
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  const first = from === undefined ? 1 : Number(from);
  const last = to === undefined ? lines.length : Number(to);
  if (first < 1 || last < first || first > lines.length)
    throw new FlaconError(`${file} has no lines ${first} to ${last}`, {
      code: 'SEND_LINES',
      fix: `it has ${lines.length === 1 ? '1 line' : `${lines.length} lines`}`,
    });
  const code = '\n'.repeat(first - 1) + lines.slice(first - 1, last).join('\n');
  return { code, filename: relative(root, path) };
}
