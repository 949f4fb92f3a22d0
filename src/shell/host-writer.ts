import type { Socket } from 'node:net';
import type { StreamName } from './output.ts';
import { encodeFrame, type HostFrame } from './protocol.ts';
import { parseAnsi, type Span } from './spans.ts';

/** How many characters of output may wait for the client. */
const MAX_WAITING = 16 * 1024 * 1024;

/** What goes out to a client: answers, news, and the output of its session. */
export class HostWriter {
  readonly #socket: Socket;
  /** Characters of output that were left out because the client does not read fast enough. */
  #leftOut = 0;
  /** What was printed while the session was opened: it is shown with the banner. */
  #early: string | undefined = '';

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(frame: HostFrame): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(encodeFrame(frame));
  }

  /** Output of the session. A loop that prints must not fill the server's memory with what nobody can read. */
  output(stream: StreamName, text: string): void {
    if (this.#early !== undefined) {
      this.#early += text;
      return;
    }
    if (this.#socket.writableLength > MAX_WAITING) {
      this.#leftOut += text.length;
      return;
    }
    if (this.#leftOut > 0)
      this.send({ op: 'out', stream: 'stderr', text: `\n… ${this.#leftOut} characters were left out …\n` });
    this.#leftOut = 0;
    this.send({ op: 'out', stream, text });
  }

  /** What was printed until now. From now on output is sent as it comes. */
  takeEarly(): Span[][] {
    const text = (this.#early ?? '').trimEnd();
    this.#early = undefined;
    return text === '' ? [] : [[...parseAnsi(text)]];
  }
}
