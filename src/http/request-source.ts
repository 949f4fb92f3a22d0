import type { Readable } from 'node:stream';
import type { StreamBody } from './response-body.ts';

/** Where the bytes of a request body come from. */
export type RequestBodySource = Readable | ReadableStream | StreamBody | Uint8Array | string;

/** What a request is made from: the message as it came in, before anything is parsed. */
export interface RequestSource {
  readonly method: string;
  /** Raw path and query below `rootPath`, one character a byte: `/caf%C3%A9?a=1`. */
  readonly target: string;
  /** Header names and values in turn, as in `IncomingMessage.rawHeaders`. */
  readonly rawHeaders: readonly string[];
  readonly scheme: string;
  readonly remoteAddr?: string | undefined;
  readonly remotePort?: number | undefined;
  /** Prefix that the application is mounted under, percent-decoded. Default: none. */
  readonly rootPath?: string | undefined;
  /** Address that the server listens on: host and port, or the path of a socket and `null`. */
  readonly server?: readonly [host: string, port: number | null] | undefined;
  /** Such as `HTTP/1.1`, the default. */
  readonly protocol?: string | undefined;
  /** The body. Asking for it may tell the client to send it (`Expect: 100-continue`). */
  readonly body?: RequestBodySource | null | undefined;
  /** Whether there is a body only if Content-Length or Transfer-Encoding says so. Default: false. */
  readonly framed?: boolean | undefined;
  /** Whether the client still waits for permission to send its body. */
  readonly expectsContinue?: boolean | undefined;
  /** Aborted when the client goes away. */
  readonly signal?: AbortSignal | undefined;
}

/** What middleware may change about a request. */
export type RequestPatch = Partial<Pick<RequestSource, 'scheme' | 'remoteAddr' | 'rootPath' | 'target' | 'rawHeaders'>>;

/** A source of which some parts have been replaced. */
export class PatchedSource implements RequestSource {
  readonly #base: RequestSource;
  readonly #patch: RequestPatch;

  constructor(base: RequestSource, patch: RequestPatch) {
    this.#base = base;
    this.#patch = patch;
  }

  get method(): string {
    return this.#base.method;
  }

  get target(): string {
    return this.#patch.target ?? this.#base.target;
  }

  get rawHeaders(): readonly string[] {
    return this.#patch.rawHeaders ?? this.#base.rawHeaders;
  }

  get scheme(): string {
    return this.#patch.scheme ?? this.#base.scheme;
  }

  get remoteAddr(): string | undefined {
    return this.#patch.remoteAddr ?? this.#base.remoteAddr;
  }

  get remotePort(): number | undefined {
    return this.#base.remotePort;
  }

  get rootPath(): string | undefined {
    return this.#patch.rootPath ?? this.#base.rootPath;
  }

  get server(): RequestSource['server'] {
    return this.#base.server;
  }

  get protocol(): string | undefined {
    return this.#base.protocol;
  }

  get body(): RequestSource['body'] {
    return this.#base.body;
  }

  get framed(): boolean | undefined {
    return this.#base.framed;
  }

  get expectsContinue(): boolean | undefined {
    return this.#base.expectsContinue;
  }

  get signal(): AbortSignal | undefined {
    return this.#base.signal;
  }
}

/** The headers with another Host, and only one. */
export function replaceHost(rawHeaders: readonly string[], host: string): string[] {
  const headers = ['Host', host];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.toLowerCase() !== 'host') headers.push(name, rawHeaders[i + 1] as string);
  }
  return headers;
}
