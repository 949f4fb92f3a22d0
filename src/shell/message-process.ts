import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

/** What is started. */
export interface ProgramToRun {
  command: string;
  args: readonly string[];
  cwd: string;
}

/** A child process that speaks JSON messages with a `Content-Length` header, as language servers do. */
export class MessageProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  /** Resolves when the process has ended or could not be started. */
  readonly ended: Promise<void>;

  constructor({ command, args, cwd }: ProgramToRun, receive: (message: Record<string, unknown>) => void) {
    // A group of its own: Ctrl-C in a terminal that is not raw is meant for what was typed. It ends with its input.
    const child = spawn(command, args, { cwd, stdio: 'pipe', windowsHide: true, detached: true });
    this.#child = child;
    const reader = new MessageReader();
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    });
    child.stdout.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.read(chunk)) receive(message);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        // Whatever this is, it is no language server.
        this.kill();
      }
    });
    // What it has to say to a developer of itself; unread, the pipe would fill.
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    // The shell may end at any time.
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as { unref?(): void }).unref?.();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a message. Never waits for the process to read it. */
  send(message: object): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(encodeMessage(message));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** A message with its header. */
export function encodeMessage(message: object): string {
  const text = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

const HEADER_END = '\r\n\r\n';
/** A header is a few dozen bytes: what has none after this many is something else. */
const MAX_HEADER = 4096;

/** Puts the pieces of a stream together to messages. Throws a SyntaxError for what is none. */
export class MessageReader {
  #pending: Buffer = Buffer.alloc(0);

  /** The messages that `chunk` completes. */
  *read(chunk: Buffer): IterableIterator<Record<string, unknown>> {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const end = this.#pending.indexOf(HEADER_END);
      if (end < 0 && this.#pending.length > MAX_HEADER) throw new SyntaxError('A message has no header.');
      if (end < 0) return;
      const header = this.#pending.toString('latin1', 0, end);
      const length = Number(/Content-Length: *(\d+)/i.exec(header)?.[1] ?? NaN);
      if (Number.isNaN(length)) throw new SyntaxError(`A message has no length: ${header}`);
      const start = end + HEADER_END.length;
      if (this.#pending.length < start + length) return;
      const text = this.#pending.toString('utf8', start, start + length);
      this.#pending = this.#pending.subarray(start + length);
      yield JSON.parse(text) as Record<string, unknown>;
    }
  }
}
