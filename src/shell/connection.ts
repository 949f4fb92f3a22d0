import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { InterruptReply } from './interrupt-worker.ts';
import {
  encodeFrame,
  FrameReader,
  PROTOCOL_VERSION,
  type ClientFrame,
  type ClientInfo,
  type HostFrame,
  type WelcomeFrame,
} from './protocol.ts';

/** Where a host is, and what it wants to hear. */
export interface ConnectionAddress {
  socket: string;
  token: string;
}

/** What comes without being asked for. */
export interface ConnectionEvents {
  frame(frame: HostFrame): void;
  /** The connection is over, unless the client ended it. */
  lost(): void;
}

type WithoutId<F> = F extends { id: number } ? Omit<F, 'id'> : never;
/** A question, without the number that the connection gives it. */
export type Question = WithoutId<ClientFrame>;

/** The host is not there any more. */
export class ConnectionLost extends Error {
  constructor() {
    super('the server is gone');
    this.name = 'ConnectionLost';
  }
}

/** The host does not want us. */
export class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused';
}

type Waiting = Map<number, { resolve(frame: HostFrame): void; reject(error: Error): void }>;

/** The client's end of a connection to a host. */
export class Connection {
  readonly welcome: WelcomeFrame;
  readonly #socket: Socket;
  readonly #address: ConnectionAddress;
  readonly #waiting: Waiting;
  #lifeline: Socket | undefined;
  #id = 1;

  private constructor(parts: { socket: Socket; address: ConnectionAddress; waiting: Waiting; welcome: WelcomeFrame }) {
    this.#socket = parts.socket;
    this.#address = parts.address;
    this.#waiting = parts.waiting;
    this.welcome = parts.welcome;
  }

  /**
   * Connects and introduces itself. Rejects with the socket's error when nobody listens, with {@link ConnectionLost}
   * when the host ends before it has answered, with {@link ConnectionRefused} when it says no. `signal` gives up before it has answered.
   */
  static open(
    address: ConnectionAddress,
    client: ClientInfo,
    events: ConnectionEvents,
    signal?: AbortSignal,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(address.socket);
      const giveUp = (): void => void socket.destroy();
      const isOver = (): void => signal?.removeEventListener('abort', giveUp);
      signal?.addEventListener('abort', giveUp);
      socket.once('close', isOver);
      const waiting: Waiting = new Map();
      let connection: Connection | undefined;
      const reader = new FrameReader<HostFrame>();
      socket.setEncoding('utf8');
      let isConnected = false;
      socket.once('error', (error) => reject(isConnected ? new ConnectionLost() : error));
      socket.once('connect', () => {
        isConnected = true;
        socket.write(encodeFrame({ op: 'hello', id: 1, protocol: PROTOCOL_VERSION, token: address.token, client }));
      });
      waiting.set(1, {
        reject,
        resolve: (frame) => {
          if (frame.op === 'welcome') {
            connection = new Connection({ socket, address, waiting, welcome: frame });
            isOver();
            resolve(connection);
            return;
          }
          // It would wait for another token, which nobody has.
          socket.destroy();
          reject(new ConnectionRefused(frame.op === 'failed' ? frame.message : 'the server speaks another language'));
        },
      });
      socket.on('data', (chunk: string) => {
        for (const frame of reader.read(chunk)) {
          if (frame.op !== 'guarded') deliver(frame, waiting, events);
          else if (connection) connection.#holdLine();
        }
      });
      socket.on('close', () => {
        for (const { reject: fail } of waiting.values()) fail(new ConnectionLost());
        waiting.clear();
        if (connection) connection.#lifeline?.destroy();
        events.lost();
      });
    });
  }

  /** Asks something; the answer is the frame with the same number. Rejects with {@link ConnectionLost}. */
  ask(question: Question): Promise<HostFrame> {
    return this.send(question).answer;
  }

  /** The same with the number that the question got. */
  send(question: Question): { id: number; answer: Promise<HostFrame> } {
    this.#id += 1;
    const id = this.#id;
    const answer = new Promise<HostFrame>((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new ConnectionLost());
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(encodeFrame({ ...question, id } as ClientFrame));
    });
    return { id, answer };
  }

  /**
   * Stops the evaluation `target`: by the thread that can be reached while the server is blocked, and by the connection
   * itself. `force` also stops what is not the session's own.
   */
  async interrupt(target: number, force = false): Promise<InterruptReply> {
    const { control } = this.welcome;
    this.ask({ op: 'interrupt', target }).catch(() => undefined);
    if (!control) return { state: 'stopped' };
    return this.interruptAt(control.slot, target, force);
  }

  /** Stops an evaluation of any session, by the thread that can be reached while the server is blocked. */
  async interruptAt(slot: number, target: number, force = false): Promise<InterruptReply> {
    const { control } = this.welcome;
    if (!control) return { state: 'stopped' };
    return askControl(this.#controlPath(control), { token: this.#address.token, slot, target, force });
  }

  /** Relative to the socket: the host may see its folder under another name. */
  #controlPath({ path }: { path: string }): string {
    return process.platform === 'win32' ? path : join(dirname(this.#address.socket), 'control.sock');
  }

  /** When this process is killed, the line breaks: what it has started is stopped, also where it blocks the host. */
  #holdLine(): void {
    const { control } = this.welcome;
    if (!control || this.#socket.destroyed) return;
    const line = connect(this.#controlPath(control));
    this.#lifeline = line;
    // Without it there is still the connection itself.
    line.on('error', () => line.destroy());
    line.write(`${JSON.stringify({ token: this.#address.token, slot: control.slot, hold: true })}\n`);
    line.unref();
  }

  /** Ends the session and then the connection; waits for the clean-up of the session. */
  async close(): Promise<void> {
    try {
      await this.ask({ op: 'close' });
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
    } finally {
      this.destroy();
    }
  }

  /** Ends the connection without a word. */
  destroy(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
    this.#lifeline?.destroy();
    for (const { reject } of this.#waiting.values()) reject(new ConnectionLost());
    this.#waiting.clear();
  }
}

function deliver(frame: HostFrame, waiting: Waiting, events: ConnectionEvents): void {
  const isAnswer = 'id' in frame && frame.op !== 'echo';
  const asked = isAnswer ? waiting.get(frame.id) : undefined;
  if (!asked) return events.frame(frame);
  waiting.delete((frame as { id: number }).id);
  asked.resolve(frame);
}

function askControl(
  path: string,
  request: { token: string; slot: number; target: number; force: boolean },
): Promise<InterruptReply> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(path);
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (chunk: string) => (text += chunk));
    // Without its thread the server can still be asked by the connection itself.
    socket.on('error', () => resolve({ state: 'stopped' }));
    socket.on('close', () => resolve(parseReply(text)));
  });
}

function parseReply(text: string): InterruptReply {
  try {
    return JSON.parse(text) as InterruptReply;
  } catch {
    // The server ended while it was asked.
    return { state: 'stopped' };
  }
}

/** Asks; undefined where there is no session, or none any more. */
export async function askQuietly(
  connection: Connection | undefined,
  question: Question,
): Promise<HostFrame | undefined> {
  try {
    return await connection?.ask(question);
  } catch (error) {
    if (error instanceof ConnectionLost) return undefined;
    throw error;
  }
}
