import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { replaceHost } from './request-source.ts';
import type { RequestSource } from './request-source.ts';

/**
 * The request source behind node:http. It costs one small object: whatever has to be asked of the socket or computed is
 * a getter.
 */
export class NodeSource implements RequestSource {
  readonly method: string;
  readonly target: string;
  readonly scheme: string;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  /** Host of an absolute-form target, which counts more than the Host header (RFC 9112 section 3.2.2). */
  readonly #host: string | undefined;
  #signal: AbortSignal | undefined;
  /** Whether the client waits for a `100 Continue` before it sends the body. */
  #expectsContinue: boolean;

  constructor(req: IncomingMessage, res: ServerResponse, scheme: string | undefined, expectsContinue: boolean) {
    this.#req = req;
    this.#res = res;
    this.#expectsContinue = expectsContinue;
    this.method = req.method ?? 'GET';
    this.scheme = scheme ?? ((req.socket as TLSSocket).encrypted === true ? 'https' : 'http');
    const target = req.url ?? '/';
    if (target.charCodeAt(0) === 47) {
      this.target = target;
    } else {
      const absolute = splitAbsolute(target);
      this.target = absolute.target;
      this.#host = absolute.host;
    }
  }

  get rawHeaders(): readonly string[] {
    const { rawHeaders } = this.#req;
    return this.#host === undefined ? rawHeaders : replaceHost(rawHeaders, this.#host);
  }

  get remoteAddr(): string | undefined {
    const address = this.#req.socket.remoteAddress;
    // An IPv4 client of a dual-stack socket.
    return address?.startsWith('::ffff:') === true ? address.slice(7) : address;
  }

  get remotePort(): number | undefined {
    return this.#req.socket.remotePort;
  }

  get server(): readonly [string, number | null] | undefined {
    const { localAddress, localPort } = this.#req.socket;
    return localAddress === undefined ? undefined : [localAddress, localPort ?? null];
  }

  get protocol(): string {
    return `HTTP/${this.#req.httpVersion}`;
  }

  get framed(): true {
    return true;
  }

  get body(): IncomingMessage {
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      if (!this.#res.headersSent) this.#res.writeContinue();
    }
    return this.#req;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      const res = this.#res;
      const abort = (): void => {
        if (!res.writableFinished)
          controller.abort(new DOMException('The client closed the connection.', 'AbortError'));
      };
      if (res.closed || res.destroyed) abort();
      else res.once('close', abort);
      this.#signal = controller.signal;
    }
    return this.#signal;
  }

  /** Whether the client still waits for permission to send its body. */
  get expectsContinue(): boolean {
    return this.#expectsContinue;
  }
}

function splitAbsolute(target: string): { target: string; host: string | undefined } {
  const match = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target);
  if (match === null) return { target: `/${target}`, host: undefined };
  const rest = target.slice(match[0].length);
  const authority = match[1] as string;
  return { target: rest.startsWith('/') ? rest : `/${rest}`, host: authority.slice(authority.lastIndexOf('@') + 1) };
}
