import { AsyncLocalStorage } from 'node:async_hooks';
import { Console } from 'node:console';
import { withStreams } from '../util/terminal.ts';

/** Which of a client's two streams. */
export type StreamName = 'stdout' | 'stderr';

/** Where the output of a session's code goes, and what it may do to the process. */
export interface OutputOwner {
  /** Takes what was written. */
  write(stream: StreamName, text: string): void;
  /** Whether escape codes of colours are wanted. */
  readonly color: boolean;
  /** Columns of the client's terminal. */
  readonly columns: number;
  /** Gets errors that nobody handles in code that the session started. */
  uncaught(error: unknown): void;
  /** What `process.exit()` in the session's code means; undefined leaves it to Node. */
  exit?: ((code: number) => never) | undefined;
}

const owners = new AsyncLocalStorage<OutputOwner>();

/** Runs code whose output, also after an `await`, belongs to `owner`. */
export function runOwned<T>(owner: OutputOwner, body: () => T): T {
  const stream = (name: StreamName) => ({ write: (text: string) => owner.write(name, text) });
  return owners.run(owner, () =>
    withStreams({ stdout: stream('stdout'), stderr: stream('stderr'), color: owner.color }, body),
  );
}

/** The session that the running code belongs to. */
export function currentOwner(): OutputOwner | undefined {
  return owners.getStore();
}

/** A `console` that writes to a client. */
export function consoleFor(owner: OutputOwner): Console {
  const stream = (name: StreamName): NodeJS.WritableStream => {
    const write = (text: string): boolean => {
      owner.write(name, text);
      return true;
    };
    // `Console` uses nothing else of its streams when it does not ignore their errors.
    return { write } as unknown as NodeJS.WritableStream;
  };
  return new Console({
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    ignoreErrors: false,
    colorMode: owner.color,
    inspectOptions: { breakLength: Math.max(20, owner.columns) },
  });
}

let users = 0;
let restore: (() => void) | undefined;

/**
 * While anybody holds the guards: what the sessions' code writes to the process's streams goes to their clients, their
 * uncaught errors do not end the server, and `process.exit()` asks the session. Everything else is as before.
 * Returns the function that lets go.
 */
export function holdGuards(): () => void {
  users += 1;
  if (users === 1) restore = installGuards();
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    users -= 1;
    if (users > 0) return;
    restore?.();
    restore = undefined;
  };
}

function installGuards(): () => void {
  const undo = [guardStream('stdout'), guardStream('stderr'), guardExit(), guardErrors()];
  return () => {
    for (const step of undo) step();
  };
}

function guardStream(name: StreamName): () => void {
  const stream = process[name];
  const { write } = stream;
  type Write = (chunk: string | Uint8Array, ...rest: unknown[]) => boolean;
  const guarded: Write = (chunk, ...rest) => {
    const owner = owners.getStore();
    if (!owner) return (write as Write).call(stream, chunk, ...rest);
    owner.write(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const done = rest.find((value) => typeof value === 'function') as (() => void) | undefined;
    if (done) process.nextTick(done);
    return true;
  };
  stream.write = guarded;
  return () => {
    if (stream.write === guarded) stream.write = write;
  };
}

function guardExit(): () => void {
  const { exit } = process;
  const guarded = (code?: number | string | null): never => {
    const owner = owners.getStore();
    if (owner?.exit) return owner.exit(Number(code ?? process.exitCode ?? 0));
    return exit.call(process, code);
  };
  process.exit = guarded;
  return () => {
    if (process.exit === guarded) process.exit = exit;
  };
}

function guardErrors(): () => void {
  const onError = (error: unknown, origin: 'uncaughtException' | 'unhandledRejection'): void => {
    const owner = ownerOf(error);
    if (owner) return owner.uncaught(error);
    if (process.listenerCount(origin) > 1) return;
    // Nobody else listens: what Node would have done without this listener.
    process.stderr.write(`${error instanceof Error ? (error.stack ?? String(error)) : `Uncaught ${String(error)}`}\n`);
    process.exit(1);
  };
  const onException = (error: unknown): void => onError(error, 'uncaughtException');
  const onRejection = (error: unknown): void => onError(error, 'unhandledRejection');
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  return () => {
    process.off('uncaughtException', onException);
    process.off('unhandledRejection', onRejection);
  };
}

/** The session whose code an error comes from that nobody handles: it says so to its client, and nobody else has to. */
export function ownerOf(error: unknown): OutputOwner | undefined {
  return owners.getStore() ?? ownerByStack(error);
}

const recent = new Map<string, WeakRef<OutputOwner>>();

/** Notes whose entry a file name of a stack trace is: `queueMicrotask` of Node 20 and 22 forgets the async context. */
export function ownEntry(filename: string, owner: OutputOwner): void {
  recent.set(filename, new WeakRef(owner));
  if (recent.size <= 1000) return;
  const [oldest] = recent.keys();
  if (oldest !== undefined) recent.delete(oldest);
}

function ownerByStack(error: unknown): OutputOwner | undefined {
  const [name = ''] = /shell#[\w-]+/.exec(error instanceof Error ? (error.stack ?? '') : '') ?? [];
  return recent.get(name)?.deref();
}
