import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { isSame } from './pin.ts';
import type { PinGuard } from './pin.ts';
import { peerOf, refuseOtherSite, refuseStranger } from './trust.ts';

/** Below this path the debugger answers for itself, before the application is asked. */
export const DEBUG_PATH = '/__flacon__/debug/';

/** The header with the secret of the page. A page of another origin cannot send it without being asked first. */
const SECRET_HEADER = 'x-flacon-secret';

const LONGEST_BODY = 1_000_000;

/** What a console asks for. */
export interface EvalRequest {
  error: string;
  frame: number;
  code: string;
}

/** What it gets. */
export interface EvalAnswer {
  status: 'value' | 'nothing' | 'threw' | 'incomplete';
  html: string;
}

/** Options of {@link DebugCommands}. */
export interface DebugCommandsOptions {
  guard: PinGuard;
  /** Random for each process, and in its pages only. */
  secret: string;
  /** Hosts, besides those of this machine, at which it answers. */
  hosts(): Iterable<string>;
  /** Evaluates; undefined for an error or a frame that is gone. */
  evaluate(request: EvalRequest, signal: AbortSignal): Promise<EvalAnswer> | undefined;
}

interface Reply {
  status: number;
  body: object;
  cookie?: string | undefined;
}

const NO_STORE = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

/** The debugger's side of its pages: takes a PIN, evaluates code, and refuses whatever is not such a page. */
export class DebugCommands {
  readonly #options: DebugCommandsOptions;
  #script: string | undefined;

  constructor(options: DebugCommandsOptions) {
    this.#options = options;
  }

  /** Answers a request below {@link DEBUG_PATH}. False: it is somebody else's. */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    const { url = '' } = req;
    if (!url.startsWith(DEBUG_PATH)) return false;
    const name = url.slice(DEBUG_PATH.length).replace(/\?.*$/, '');
    this.#answer(name, req, res).then(
      (reply) => send(res, reply),
      (error: unknown) => send(res, refusal(500, error instanceof Error ? error.message : String(error))),
    );
    return true;
  }

  async #answer(name: string, req: IncomingMessage, res: ServerResponse): Promise<Reply | undefined> {
    const peer = peerOf(req);
    const stranger = refuseStranger(peer, this.#options.hosts());
    if (stranger) return refusal(stranger.status, stranger.message);
    if (name === 'debugger.js' && req.method === 'GET') return void this.#sendScript(res);
    if (name !== 'pin' && name !== 'eval') return refusal(404, 'There is no such command.');
    if (req.method !== 'POST') {
      res.setHeader('allow', 'POST');
      return refusal(405, 'Commands are sent by POST.');
    }
    const other = refuseOtherSite(peer);
    if (other) return refusal(other.status, other.message);
    if (!isSame(peer.header(SECRET_HEADER) ?? '', this.#options.secret))
      return refusal(403, 'This page is of an earlier process of the server. Load it again.');
    if (!/^application\/json\b/i.test(req.headers['content-type'] ?? '')) return refusal(415, 'A command is JSON.');
    const body = await readJson(req);
    if (body === undefined) return refusal(400, 'The command is no JSON object, or is too long.');
    return name === 'pin' ? this.#enterPin(body) : this.#evaluate(body, req, res);
  }

  #enterPin({ pin }: Record<string, unknown>): Reply {
    const { cookie, ...body } = this.#options.guard.enter(typeof pin === 'string' ? pin : '');
    return { status: 200, body, cookie };
  }

  async #evaluate(body: Record<string, unknown>, req: IncomingMessage, res: ServerResponse): Promise<Reply> {
    const { guard, evaluate } = this.#options;
    if (!guard.isTrusted(req.headers.cookie)) {
      return { status: 401, body: { message: 'The PIN is needed.', exhausted: guard.isExhausted } };
    }
    const { error, frame, code } = body;
    if (typeof error !== 'string' || typeof frame !== 'number' || typeof code !== 'string')
      return refusal(400, 'The command needs error, frame and code.');
    const controller = new AbortController();
    res.once('close', () => controller.abort());
    const answer = evaluate({ error, frame, code }, controller.signal);
    if (!answer) return refusal(410, 'This error is no longer kept: others came after it. Make it happen again.');
    return { status: 200, body: await answer };
  }

  #sendScript(res: ServerResponse): void {
    this.#script ??= readFileSync(new URL('../debug/assets/debugger.js', import.meta.url), 'utf8');
    res.writeHead(200, { ...NO_STORE, 'content-type': 'text/javascript; charset=utf-8' });
    res.end(this.#script);
  }
}

function refusal(status: number, message: string): Reply {
  return { status, body: { message } };
}

function send(res: ServerResponse, reply: Reply | undefined): void {
  if (!reply || res.destroyed) return;
  const { status, body, cookie } = reply;
  const headers = { ...NO_STORE, 'content-type': 'application/json', ...(cookie && { 'set-cookie': cookie }) };
  res.writeHead(status, headers);
  res.end(JSON.stringify(body));
}

async function readJson(req: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Answered as what it is.
    return undefined;
  }
}
