import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One connection from this process to a server in this process, which nobody else can reach. */
export class OwnClient {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket.unref();
  }

  /** Connects to a server with this handler. Undefined where the system lets nobody listen. */
  static async open(handler: RequestListener): Promise<OwnClient | undefined> {
    const http = createHttpServer(handler);
    // Not itself the one that listens: as that closes, so would the connections that have not asked for anything yet.
    const server = createServer((accepted) => http.emit('connection', accepted));
    let folder: string | undefined;
    try {
      // Only this user may enter it, and it is gone once the connection stands.
      folder = mkdtempSync(join(tmpdir(), 'flacon-own-'));
      const path = process.platform === 'win32' ? `\\\\.\\pipe\\${folder}` : join(folder, 'socket');
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(path, resolve).unref();
      });
      const socket = connect(path).on('error', () => undefined);
      // The server has it, too: one that does not listen any more takes nobody in.
      await new Promise<void>((resolve, reject) => {
        server.once('connection', () => resolve());
        socket.once('close', reject);
      });
      return new OwnClient(socket);
    } catch {
      return undefined;
    } finally {
      server.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Asks for a path, and waits for the first part of the answer, or for the end of the connection. */
  get(path: string): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('data', done).off('close', done);
        resolve();
      };
      if (socket.destroyed) return resolve();
      socket.on('data', done).on('close', done);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
