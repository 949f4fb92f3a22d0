import type { Debugger } from 'node:inspector';
import type { MessagePort } from 'node:worker_threads';

/** Descriptor of the pipe between the thread and the supervisor, in the worker: behind the standard streams and the channel. */
export const WATCHDOG_PIPE = 4;

/** Where a thread is held up: a place in what V8 runs, which need not be the text of the file. */
export interface BlockedPlace {
  file: string;
  line: number;
  column: number;
  functionName: string;
}

/** What the thread tells the supervisor, a line of JSON each. */
export type WatchdogMessage =
  /**
   * The main thread has not answered for `ms`. `place` is unknown where it is not in JavaScript, as in `execSync`.
   * `isUpdating`: it has begun with a change of the files.
   */
  | { type: 'blocked'; ms: number; place: BlockedPlace | undefined; isDebugged: boolean; isUpdating: boolean }
  /** It goes on, after `ms`. */
  | { type: 'free'; ms: number };

/** What the thread is started with. */
export interface WatchdogData {
  /** Descriptor of the pipe to the supervisor. */
  pipe: number;
  /** Milliseconds from one question to the next, while there is something to do. */
  interval: number;
  /** Milliseconds without an answer after which the main thread counts as blocked. */
  patience: number;
  /** Milliseconds the process gets to end by itself when the supervisor is gone. */
  grace: number;
  /** Shared with the main thread: 1 while it takes a change of the files in. */
  updating: Int32Array;
}

/** What the main thread tells it. */
export type MainMessage = 'busy' | 'idle' | { alive: true; isDebugged: boolean };

/**
 * The thread that sees what the main one cannot: that it does not go on, and, even then, that the supervisor has ended.
 * It asks only while there is something to do. A program of the side thread: all it uses it asks from `require`.
 */
export function watchdogThread(require: (name: string) => unknown, port: MessagePort, data: WatchdogData): void {
  const { Socket } = require('node:net') as typeof import('node:net');
  const { fileURLToPath } = require('node:url') as typeof import('node:url');
  const { pipe, interval, patience, grace, updating } = data;
  const socket = new Socket({ fd: pipe, readable: true, writable: true });
  let timer: NodeJS.Timeout | undefined;
  let isDebugged = false;
  let isBlocked = false;
  let asked = 0;
  let openSession: import('node:inspector').Session | undefined;

  const tell = (message: WatchdogMessage): boolean => socket.write(`${JSON.stringify(message)}\n`);
  const since = (): number => Math.round(performance.now() - asked);

  function ask(): void {
    asked = performance.now();
    port.postMessage('alive?');
    timer = setTimeout(() => void blocked(), patience);
  }

  async function blocked(): Promise<void> {
    isBlocked = true;
    const place = isDebugged ? undefined : await findPlace();
    if (isBlocked)
      tell({ type: 'blocked', ms: since(), place, isDebugged, isUpdating: Atomics.load(updating, 0) === 1 });
  }

  function answered(): void {
    clearTimeout(timer);
    timer = undefined;
    if (isBlocked) tell({ type: 'free', ms: since() });
    isBlocked = false;
    openSession?.disconnect();
    openSession = undefined;
  }

  /** Stops the main thread for a moment to see where it is. */
  function findPlace(): Promise<BlockedPlace | undefined> {
    const { Session } = require('node:inspector') as typeof import('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    return new Promise((resolve) => {
      // In a call of the system the main thread hears nothing, and this one would wait for it.
      const limit = setTimeout(() => {
        openSession = session;
        resolve(undefined);
      }, 500);
      // A frame has only the number of its script.
      const urls = new Map<string, string>();
      session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
      session.once('Debugger.paused', ({ params }) => {
        const places = params.callFrames.map((frame) => placeOf(frame, urls.get(frame.location.scriptId) ?? ''));
        clearTimeout(limit);
        session.disconnect();
        resolve(places.find((place) => place !== undefined));
      });
      session.post('Debugger.enable', () => session.post('Debugger.pause'));
    });
  }

  /** The place of a frame in a file of the application. */
  function placeOf({ functionName, location }: Debugger.CallFrame, url: string): BlockedPlace | undefined {
    if (!/^(?:\/|file:|[A-Za-z]:\\)/.test(url) || url.includes('node_modules')) return undefined;
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    return { file, line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1, functionName };
  }

  port.on('message', (message: MainMessage) => {
    if (message === 'busy') {
      if (timer === undefined) timer = setTimeout(ask, interval);
      return;
    }
    if (message !== 'idle') isDebugged = message.isDebugged;
    answered();
    if (message !== 'idle') timer = setTimeout(ask, interval);
  });
  socket.on('data', () => {
    // A connection was sent: whether anybody takes it is to be seen.
    if (timer === undefined) timer = setTimeout(ask, interval);
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), grace));
}
