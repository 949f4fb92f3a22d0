import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Request } from '../http/request.ts';
import type { Response } from '../http/response.ts';

/** What open pages are told. */
export type PageEvent =
  /** There is something new to see. */
  | { type: 'refresh' }
  /** Only these style sheets have changed; names of files. */
  | { type: 'styles'; files: string[] }
  | { type: 'failed'; error: PageError }
  | { type: 'repaired' };

/** An error as the overlay shows it. */
export interface PageError {
  name: string;
  message: string;
  place: string;
  excerpt: string;
}

/** Path below which the development server answers for itself. */
const DEV_PATH = '/__flacon__/';

/** Keeps open pages up to date: one event stream per page, and a script in each HTML page. */
export class LiveReload {
  readonly #streams = new Set<ServerResponse>();
  #clientScript: string | undefined;
  #version: string;
  #error: PageError | undefined;

  /** `version` tells the pages of one process and generation from those of another. */
  constructor(version: string) {
    this.#version = version;
  }

  /** Answers what pages ask the development server itself. False: the request is the application's. */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    const { url = '' } = req;
    if (!url.startsWith(DEV_PATH)) return false;
    const name = url.slice(DEV_PATH.length).replace(/\?.*$/, '');
    if (name === 'events') this.#openStream(res);
    else if (name === 'client.js') {
      this.#clientScript ??= readFileSync(new URL('../dev/assets/client.js', import.meta.url), 'utf8');
      res.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' });
      res.end(this.#clientScript);
    } else res.writeHead(404).end();
    return true;
  }

  /** URL of the script for pages made now. */
  get scriptUrl(): string {
    return `${DEV_PATH}client.js?v=${this.#version}`;
  }

  /** Puts the script into a whole HTML page that a browser asked for to show; leaves everything else alone. */
  inject(response: Response, request: Request): void {
    const { body } = response;
    if (typeof body !== 'string' && !(body instanceof Uint8Array)) return;
    if (response.mimetype !== 'text/html' || response.headers.has('Content-Encoding')) return;
    if (request.method === 'HEAD' || !isForPage(request)) return;
    const html = typeof body === 'string' ? body : Buffer.from(body).toString();
    // Pages of the server itself have it.
    if (html.includes(this.scriptUrl)) return;
    const script = `<script src="${this.scriptUrl}" defer></script>`;
    const end = html.lastIndexOf('</body>');
    response.body = end === -1 ? html + script : html.slice(0, end) + script + html.slice(end);
  }

  /** Tells all open pages. `version` is the one from now on. */
  send(event: PageEvent, version = this.#version): void {
    this.#version = version;
    if (event.type === 'failed') this.#error = event.error;
    else if (event.type !== 'styles') this.#error = undefined;
    const data = event.type === 'failed' ? event.error : { ...event, version };
    for (const stream of this.#streams) stream.write(`event: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends the streams; pages connect again, to the next process. */
  close(): void {
    for (const stream of this.#streams) stream.end();
  }

  #openStream(res: ServerResponse): void {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.write(`retry: 100\nevent: hello\ndata: ${JSON.stringify({ version: this.#version, error: this.#error })}\n\n`);
    this.#streams.add(res);
    res.once('close', () => this.#streams.delete(res));
  }
}

/** Whether a browser wants the answer for a tab or frame, not a script or a tool. */
function isForPage({ headers }: Request): boolean {
  const destination = headers.get('Sec-Fetch-Dest');
  if (destination !== undefined) return ['document', 'iframe', 'frame'].includes(destination);
  return headers.get('Accept')?.includes('text/html') ?? false;
}
