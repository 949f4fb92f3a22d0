import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** Requests that are not answered yet. */
  active: number;
  /** Bytes received up to the end of the last request; when more have come, a request has begun. */
  bytes: number;
}

/**
 * Leaves what the client sends in the system's buffer, for the process that gets the socket next. A socket that came
 * over the channel reads at once, and what it has read is lost when it is passed on.
 */
export function holdSocket(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle: { reading: boolean; readStop(): void } | null };
  if (!handle) return;
  handle.reading = false;
  handle.readStop();
}

/** The connections of a worker's server: which of them could be taken over by another process. */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  #giveBack: ((socket: Socket) => void) | undefined;
  #empty: (() => void) | undefined;

  constructor(server: Server) {
    server.on('request', (req: IncomingMessage, res: ServerResponse) => this.#onRequest(req, res));
    server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => this.#onRequest(req, res));
  }

  add(socket: Socket): void {
    this.#open.set(socket, { active: 0, bytes: socket.bytesRead });
    socket.once('close', () => this.#remove(socket));
  }

  /**
   * From now on every connection without a request is given back, the others as soon as they are answered. Resolves
   * when none is left.
   */
  async drain(giveBack: (socket: Socket) => void): Promise<void> {
    this.#giveBack = giveBack;
    for (const socket of this.#open.keys()) this.#release(socket);
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#empty = resolve;
    });
  }

  destroy(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  #onRequest(req: IncomingMessage, res: ServerResponse): void {
    const { socket } = req;
    const connection = this.#open.get(socket);
    if (!connection) return;
    connection.active += 1;
    connection.bytes = socket.bytesRead;
    const { headers } = req;
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) {
      req.once('end', () => {
        connection.bytes = socket.bytesRead;
      });
    }
    res.once('close', () => {
      connection.active -= 1;
      // The server prepares the socket for its next request first.
      if (this.#giveBack) setImmediate(() => this.#release(socket));
    });
  }

  #release(socket: Socket): void {
    const connection = this.#open.get(socket);
    if (!connection || !this.#giveBack || connection.active > 0 || socket.destroyed || socket.readableEnded) return;
    if (connection.bytes !== socket.bytesRead) return;
    this.#remove(socket);
    holdSocket(socket);
    // A socket with a server is counted by both processes; this one is handed over for good.
    (socket as unknown as { server: unknown }).server = null;
    this.#giveBack(socket);
  }

  #remove(socket: Socket): void {
    this.#open.delete(socket);
    if (this.#open.size === 0) this.#empty?.();
  }
}
