import type { Server, Socket } from 'node:net';
import type { Session } from 'node:inspector';
import type { MessagePort } from 'node:worker_threads';

/**
 * Cells of the memory that the two threads share. `phase` is 1 while the synchronous part of an evaluation runs, for the
 * session in `slot`, and 2 once this thread has begun to terminate it: the evaluation then waits for that, so that it
 * never hits what comes after. Each session has two more: the evaluation that it runs, and the one that is to be stopped.
 */
export const CELL = { phase: 0, slot: 1, sessions: 2, perSession: 2 } as const;

/** What the program is started with. */
export interface InterruptWorkerData {
  memory: SharedArrayBuffer;
  socketPath: string;
  token: string;
  /** Milliseconds that a wrong token costs. */
  denial: number;
  cells: typeof CELL;
  /** Milliseconds that a loop gets to stop by itself. */
  grace: number;
  /** Milliseconds that the main thread gets to answer, before it counts as blocked. */
  patience: number;
  /** The process is there for one client only. */
  isOwn: boolean;
  /** Milliseconds that such a process may take to end once its client is gone. */
  farewell: number;
}

/** What came of an interrupt. */
export type InterruptReply =
  | { state: 'stopped' }
  /** Something blocks the server that is not this session's; `where` is its place. */
  | { state: 'busy'; where: string }
  | { state: 'denied' };

/**
 * What can be reached while the main thread is blocked. A program of the side thread: all it uses it asks from `require`.
 * The message `close` ends it.
 */
export function interruptWorker(
  require: (name: string) => unknown,
  port: MessagePort,
  data: InterruptWorkerData,
): void {
  const { createServer } = require('node:net') as typeof import('node:net');
  const { createHash, timingSafeEqual } = require('node:crypto') as typeof import('node:crypto');
  const { chmodSync } = require('node:fs') as typeof import('node:fs');
  const inspector = require('node:inspector') as typeof import('node:inspector');
  const { memory, socketPath, token, denial, cells, grace, patience, isOwn, farewell } = data;
  const shared = new Int32Array(memory);
  const sessions = (shared.length - cells.sessions) / cells.perSession;
  const answered = new Map<number, () => void>();
  const lifelines = new Map<number, Socket>();
  const sockets = new Set<Socket>();
  let asked = 0;
  let denying: Promise<void> = Promise.resolve();

  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(token);
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  port.on('message', (message: { answer: number } | 'close') => {
    if (message === 'close') close();
    else answered.get(message.answer)?.();
  });

  /** Stops the evaluation `target` of a session: that one and no other, whether it has begun, runs or has ended by now. */
  async function interrupt(slot: number, target: number, force: boolean): Promise<InterruptReply> {
    const running = cells.sessions + slot * cells.perSession;
    Atomics.store(shared, running + 1, target);
    const answer = askMain(slot, target);
    const isMeant = (): boolean => Atomics.load(shared, running) === target;
    const isSynchronous = (): boolean =>
      isMeant() && Atomics.load(shared, cells.phase) === 1 && Atomics.load(shared, cells.slot) === slot;
    for (const end = Date.now() + grace; isSynchronous() && Date.now() < end;) await wait(5);
    if (isSynchronous() && Atomics.compareExchange(shared, cells.phase, 1, 2) === 1) {
      if (isMeant()) await withMainThread((session) => post(session, 'Runtime.terminateExecution'));
      else Atomics.compareExchange(shared, cells.phase, 2, 1);
    }
    if (await Promise.race([answer, wait(patience).then(() => false)])) return { state: 'stopped' };
    if (!isMeant()) return { state: 'stopped' };
    const reply = await stopElsewhere(force, isMeant);
    if (reply.state === 'stopped') port.postMessage({ terminated: target, slot });
    return reply;
  }

  function askMain(slot: number, target: number): Promise<boolean> {
    asked += 1;
    const id = asked;
    return new Promise((resolve) => {
      answered.set(id, () => {
        answered.delete(id);
        resolve(true);
      });
      port.postMessage({ interrupt: target, slot, id });
    });
  }

  /** The main thread is blocked by something that is not a session's synchronous part: look what it is before stopping it. */
  function stopElsewhere(force: boolean, isMeant: () => boolean): Promise<InterruptReply> {
    return withMainThread(async (session) => {
      const urls = new Map<string, string>();
      session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
      const paused = new Promise<InterruptReply>((resolve) => {
        session.once('Debugger.paused', ({ params }) => {
          const frames = params.callFrames.map(({ location }) => ({
            url: urls.get(location.scriptId) ?? '',
            line: location.lineNumber + 1,
          }));
          const isShell = frames.some(({ url }) => url.startsWith('shell#'));
          // Cutting off a timer's callback takes Node down with it.
          const isTimer = frames.some(({ url }) => url === 'node:internal/timers');
          const stops = isMeant() && (force || (isShell && !isTimer));
          if (stops) void post(session, 'Runtime.terminateExecution');
          void post(session, 'Debugger.resume');
          const own = frames.find(({ url }) => url !== '' && !url.startsWith('node:')) ?? frames[0];
          resolve(stops ? { state: 'stopped' } : { state: 'busy', where: own ? `${own.url}:${own.line}` : '' });
        });
      });
      await post(session, 'Debugger.enable');
      void post(session, 'Debugger.pause');
      const reply = await Promise.race([paused, wait(1000).then((): InterruptReply => ({ state: 'stopped' }))]);
      await post(session, 'Debugger.disable');
      return reply;
    });
  }

  /** A session for the moment: one that stays open would keep the process waiting at its end. */
  async function withMainThread<T>(body: (session: Session) => Promise<T>): Promise<T> {
    const session = new inspector.Session();
    session.connectToMainThread();
    try {
      return await body(session);
    } finally {
      session.disconnect();
    }
  }

  function post(session: Session, method: string): Promise<void> {
    return new Promise((resolve) => session.post(method, () => resolve()));
  }

  function serve(socket: Socket): void {
    let text = '';
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) {
        if (text.length > 4096) socket.destroy();
        return;
      }
      const line = text.slice(0, end);
      text = '';
      void answerLine(line, socket).then((reply) => {
        if (reply) socket.end(`${JSON.stringify(reply)}\n`);
      });
    });
  }

  /**
   * A client holds the line for as long as it lives. The main thread cannot hear of its end while what it has started
   * blocks it: that is stopped then, as nobody else would.
   */
  function hold(socket: Socket, slot: number): void {
    lifelines.set(slot, socket);
    socket.on('close', () => {
      if (lifelines.get(slot) !== socket) return;
      lifelines.delete(slot);
      const target = Atomics.load(shared, cells.sessions + slot * cells.perSession);
      if (target !== 0) void interrupt(slot, target, isOwn);
      // The clean end of the process comes first, unless it is blocked by what cannot be stopped.
      if (isOwn) setTimeout(() => process.kill(process.pid, 'SIGKILL'), farewell);
    });
  }

  /** All who guess share the time that it costs. */
  async function deny(): Promise<InterruptReply> {
    denying = denying.then(() => wait(denial));
    await denying;
    return { state: 'denied' };
  }

  async function answerLine(line: string, socket: Socket): Promise<InterruptReply | undefined> {
    try {
      const request = JSON.parse(line) as Record<'token' | 'slot' | 'target' | 'force' | 'hold', unknown>;
      const isKnown = typeof request.token === 'string' && timingSafeEqual(digest(request.token), expected);
      if (!isKnown) return await deny();
      const { slot, target } = request;
      if (typeof slot !== 'number' || !(slot >= 0 && slot < sessions)) return { state: 'denied' };
      if (request.hold === true) {
        hold(socket, slot);
        return undefined;
      }
      if (typeof target !== 'number') return { state: 'denied' };
      return await interrupt(slot, target, request.force === true);
    } catch {
      return { state: 'denied' };
    }
  }

  const server: Server = createServer(serve);
  server.on('error', (error) => port.postMessage({ failed: error.message }));
  server.listen(socketPath, () => {
    try {
      if (process.platform !== 'win32') chmodSync(socketPath, 0o600);
      port.postMessage({ listening: true });
    } catch (error) {
      // Somebody has removed it. Others have their programs in this thread, too.
      port.postMessage({ failed: String(error) });
    }
  });

  /** The socket is gone from its place before the port closes: another process may take that. */
  function close(): void {
    lifelines.clear();
    server.close(() => port.close());
    for (const socket of sockets) socket.destroy();
  }
}
