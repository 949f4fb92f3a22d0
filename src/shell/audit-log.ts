import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { FlaconError } from '../util/errors.ts';
import type { ClientInfo, ResultFrame, SentFrame, WelcomeFrame } from './protocol.ts';
import { redact } from './redact.ts';

/** How an audited entry ended; `failed` where the session could not say it. */
export type AuditStatus = ResultFrame['status'] | 'failed';

/** What an entry is, for the log. */
export interface AuditedEntry {
  code: string;
  /** The file that it comes from. */
  file?: string | undefined;
}

/**
 * A file of JSON lines that says who has run what: each entry before it runs, without what looks like a secret, and how
 * it ended. It is opened once, only ever appended to, and readable by its owner only.
 */
export class AuditLog {
  readonly #path: string;
  readonly #file: number;
  readonly #user: string;
  #session: number | undefined;
  #count = 0;
  #status: AuditStatus | undefined;
  #target: number | undefined;

  private constructor(path: string, file: number, user: string) {
    this.#path = path;
    this.#file = file;
    this.#user = user;
  }

  /** Opens the file, or makes it. Throws a FlaconError when it cannot be written, or when others may. */
  static open(path: string, user: string): AuditLog {
    const { O_APPEND, O_CREAT, O_WRONLY } = constants;
    let file: number;
    try {
      file = openSync(path, O_APPEND | O_CREAT | O_WRONLY, 0o600);
    } catch (cause) {
      const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
      throw new FlaconError(`the audit file ${path} cannot be written (${code})`, {
        code: 'AUDIT_FILE',
        fix: 'give --audit a file in a folder that you may write to; without it nothing runs',
      });
    }
    const { mode } = fstatSync(file);
    if (process.platform === 'win32' || (mode & constants.S_IFMT) !== constants.S_IFREG || (mode & 0o077) === 0)
      return new AuditLog(path, file, user);
    closeSync(file);
    throw new FlaconError(`the audit file ${path} is open to other users`, {
      code: 'AUDIT_FILE',
      fix: `chmod 600 ${path}`,
    });
  }

  /** A session is there: entries are of it from now on. */
  attached({ session, app, environment, pid, attached }: WelcomeFrame, { mode, sandbox, readOnly }: ClientInfo): void {
    this.attachedTo(session, {
      mode,
      app,
      environment,
      server: pid,
      attached,
      ...(sandbox !== undefined && { sandbox }),
      ...(readOnly && { readOnly }),
    });
  }

  /** The same for a session that has no connection. */
  attachedTo(session: number, details: object): void {
    this.#session = session;
    this.#write({ event: 'session', ...details });
  }

  /** Runs an entry with its lines around it. Rejects, before it runs, when the first cannot be written. */
  async around<T>(entry: AuditedEntry, body: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    const number = this.#entry(entry);
    this.#status = undefined;
    try {
      return await body();
    } finally {
      const ms = Math.round(performance.now() - begin);
      const target = this.#target === undefined ? {} : { in: this.#target };
      const end = { event: 'end', entry: number, ...target, status: this.#status ?? 'failed', ms };
      this.#write(end, 'its end is not written down');
    }
  }

  /** What runs in place of the entry that was typed. */
  expanded(code: string): void {
    this.#entry({ code });
  }

  /** It went well, by the client alone if no session has said anything. */
  done(): void {
    this.#status ??= 'nothing';
  }

  /** It has run in the session of somebody else. */
  sent({ session, status }: SentFrame): void {
    this.#target = session;
    this.ended(status);
  }

  /** How the entry that runs has ended. */
  ended(status: AuditStatus): void {
    this.#status = status;
  }

  #entry({ code, file }: AuditedEntry): number {
    this.#count += 1;
    this.#write({ event: 'entry', entry: this.#count, ...(file !== undefined && { file }), code: redact(code) });
    return this.#count;
  }

  /** `consequence` of not being able to. */
  #write(what: object, consequence = 'not run'): void {
    const who = { time: new Date().toISOString(), user: this.#user, pid: process.pid, session: this.#session };
    const line = Buffer.from(`${JSON.stringify({ ...who, ...what })}\n`);
    try {
      if (writeSync(this.#file, line) === line.length) return;
    } catch (cause) {
      throw new FlaconError(`${consequence}: the audit file ${this.#path} cannot be written`, {
        code: 'AUDIT_FILE',
        cause,
      });
    }
    throw new FlaconError(`${consequence}: the audit file ${this.#path} is full`, { code: 'AUDIT_FILE' });
  }
}
