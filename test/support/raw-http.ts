import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A server on a free port of this machine, closed with all its connections when the test is over. */
export interface TestServer extends AsyncDisposable {
  server: Server;
  port: number;
}

/** Starts a server, or one for a listener. */
export async function startServer(serverOrListener: Server | Parameters<typeof createServer>[1]): Promise<TestServer> {
  const server = typeof serverOrListener === 'function' ? createServer(serverOrListener) : (serverOrListener as Server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** One answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  reason: string;
  /** By lower-case name; repeated ones are joined by newlines. */
  headers: Record<string, string>;
  body: string;
}

/** A connection that sends exactly the bytes it is given. */
export class RawConnection implements AsyncDisposable {
  readonly socket: Socket;
  #buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake?.();
    });
    const onEnd = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', onEnd).on('close', onEnd).on('error', onEnd);
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  write(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  async #until<T>(find: () => T | undefined): Promise<T | undefined> {
    for (;;) {
      const found = find();
      if (found !== undefined || this.#ended) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** What has come in when `marker` has, up to and including it; everything if the connection ends before. */
  async readUntil(marker: string): Promise<string> {
    const end = await this.#until(() => {
      const at = this.#buffer.indexOf(marker);
      return at === -1 ? undefined : at + marker.length;
    });
    return this.#take(end ?? this.#buffer.length);
  }

  #take(length: number): string {
    const text = this.#buffer.toString('latin1', 0, length);
    this.#buffer = this.#buffer.subarray(length);
    return text;
  }

  /** The next answer. `hasBody: false` for those to HEAD. */
  async answer({ hasBody = true }: { hasBody?: boolean } = {}): Promise<RawAnswer> {
    const [statusLine = '', ...lines] = (await this.readUntil('\r\n\r\n')).trimEnd().split('\r\n');
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(':')).toLowerCase();
      const value = line.slice(line.indexOf(':') + 1).trim();
      headers[name] = name in headers ? `${headers[name]}\n${value}` : value;
    }
    const status = Number(statusLine.split(' ')[1]);
    const isBare = !hasBody || status === 204 || status === 304 || status < 200;
    const body = isBare ? '' : await this.#body(headers);
    return { status, reason: statusLine.split(' ').slice(2).join(' '), headers, body };
  }

  async #body(headers: Record<string, string>): Promise<string> {
    if (headers['transfer-encoding'] === 'chunked') {
      let body = '';
      for (;;) {
        const size = Number.parseInt(await this.readUntil('\r\n'), 16);
        if (!(size > 0)) {
          await this.readUntil('\r\n');
          return body;
        }
        body += (await this.#exactly(size + 2)).slice(0, -2);
      }
    }
    const length = headers['content-length'];
    return length === undefined ? this.rest() : this.#exactly(Number(length));
  }

  async #exactly(length: number): Promise<string> {
    await this.#until(() => (this.#buffer.length >= length ? true : undefined));
    return this.#take(Math.min(length, this.#buffer.length));
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    await this.#until(() => undefined);
    return this.#take(this.#buffer.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}
