import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Flacon } from '../app.ts';
import type { Request } from '../http/request.ts';
import { Response } from '../http/response.ts';
import type { Importer } from '../shell/evaluator.ts';
import { valueInFrame } from '../shell/frame-source.ts';
import { printValue } from '../shell/printer.ts';
import type { Span } from '../shell/spans.ts';
import type { ErrorSource } from '../shell/target.ts';
import { DEBUG_PATH, DebugCommands } from './commands.ts';
import type { EvalAnswer, EvalRequest } from './commands.ts';
import { FrameConsole } from './console.ts';
import type { FrameRecorderOptions, LiveFrame } from './frames.ts';
import { spansToHtml } from './html.ts';
import { createMask } from './mask.ts';
import type { Mask } from './mask.ts';
import { errorFormat } from './negotiate.ts';
import { errorPage } from './page.ts';
import type { ErrorPageOptions, FrameView, ShownValue } from './page.ts';
import { PinGuard } from './pin.ts';
import type { PinSettings } from './pin.ts';
import { jsonTraceback, plainTraceback } from './plain.ts';
import { RecordedErrors } from './recorded.ts';
import type { RecordedError } from './recorded.ts';
import { readTraceback } from './traceback.ts';
import type { Traceback, TracebackFrame } from './traceback.ts';
import { refuseStranger } from './trust.ts';

/** What the debugger is told about the server that it is part of. */
export interface DebuggerOptions extends Pick<FrameRecorderOptions, 'isUserFile' | 'originalPosition'> {
  pin: PinSettings;
  /** Where the server listens; the host is one that the debugger answers at. */
  host: string;
  port: number;
  /** Folder of the project. */
  root: string;
  /** The application as it is now. */
  app(): Flacon | undefined;
  /** The text of a file as it was when it was loaded. */
  sourceText(file: string, error: unknown): string | undefined;
  /** What a file of the project imports, by local name. */
  importsOf(file: string): Promise<ReadonlyMap<string, () => unknown>>;
  importModule: Importer;
  /** URL of a script that refreshes the page when there is something new. */
  refreshScriptUrl(): string | undefined;
  /** A wrong PIN was given: the count is for the next process. */
  onPinFailures(failures: number): void;
}

const COLUMNS = 84;
const LONGEST_VALUE = 2000;

/** Shows the errors of an application in the browser, and lets its developer look into them. */
export class Debugger {
  readonly errors: RecordedErrors;
  readonly #options: DebuggerOptions;
  readonly #secret = randomBytes(24).toString('base64url');
  readonly #commands: DebugCommands;
  readonly #consoles = new WeakMap<LiveFrame, Promise<FrameConsole>>();

  constructor(options: DebuggerOptions) {
    this.#options = options;
    this.errors = new RecordedErrors(options);
    this.#commands = new DebugCommands({
      guard: new PinGuard(options.pin, options.port, (failures) => options.onPinFailures(failures)),
      secret: this.#secret,
      hosts: () => this.#hosts(),
      evaluate: (request, signal) => this.#evaluate(request, signal),
    });
  }

  /** The errors for others that look into them: the shell. */
  get source(): ErrorSource {
    return {
      list: () => this.errors.list(),
      onError: (listener) => this.errors.onError(listener),
      importsOf: (file) => this.#options.importsOf(file),
    };
  }

  /** Begins to record errors. */
  open(): void {
    this.errors.open();
  }

  close(): void {
    this.errors.close();
  }

  /** Answers the commands of its pages. False: the request is somebody else's. */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    return this.#commands.handle(req, res);
  }

  /** The answer to a request that has failed: a page, JSON or text, as the client asks for. */
  answer(error: unknown, request: Request): Response {
    const recorded = this.errors.of(error);
    const traceback = this.#read(error);
    const mask = this.#mask(recorded);
    const sourceText = (file: string): string | undefined => this.#options.sourceText(file, error);
    const format = errorFormat((name) => request.headers.get(name));
    let response: Response;
    if (format === 'json') {
      response = new Response(mask.text(jsonTraceback(traceback)), { status: 500, mimetype: 'application/json' });
    } else if (format === 'text') {
      const text = `${mask.text(plainTraceback(traceback, { sourceText }))}\n`;
      response = new Response(text, { status: 500, mimetype: 'text/plain' });
    } else {
      const heading = `${request.method} ${request.source.target.replace(/\?.*$/, '')}`;
      const isTrusted = this.#isTrusted(request);
      const inside = isTrusted ? this.#inside(recorded, traceback, mask) : {};
      response = this.#page(traceback, { heading, sourceText, maskText: (text) => mask.text(text), ...inside });
    }
    response.headers.set('Cache-Control', 'no-store');
    response.headers.set('X-Content-Type-Options', 'nosniff');
    return response;
  }

  #page(traceback: Traceback, options: ErrorPageOptions): Response {
    const nonce = randomBytes(16).toString('base64');
    const html = errorPage(traceback, { ...options, nonce, scriptUrl: this.#options.refreshScriptUrl() });
    const response = new Response(html, { status: 500, mimetype: 'text/html' });
    // The overlay of a failed reload sets styles of its elements; all else has the nonce.
    const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; style-src-attr 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`;
    response.headers.set('Content-Security-Policy', policy);
    response.headers.set('Cross-Origin-Resource-Policy', 'same-origin');
    return response;
  }

  /** What only the developer sees: variables, the request, and consoles. */
  #inside(recorded: RecordedError, traceback: Traceback, mask: Mask): ErrorPageOptions {
    const views = this.#views(recorded, traceback, mask);
    return {
      view: (frame) => views.get(frame),
      details: this.#details(recorded, mask),
      debugger: { error: recorded.id, secret: this.#secret, scriptUrl: `${DEBUG_PATH}debugger.js` },
    };
  }

  #views(recorded: RecordedError, traceback: Traceback, mask: Mask): Map<TracebackFrame, FrameView> {
    const views = new Map<TracebackFrame, FrameView>();
    let depth = 0;
    for (let at: Traceback | undefined = traceback; at; at = at.cause, depth += 1) {
      for (const frame of at.frames) {
        const id = frame.isUser ? recorded.frameOf(frame, at.frames, depth) : undefined;
        const live = id === undefined ? undefined : recorded.frames[id];
        if (id !== undefined && live) views.set(frame, { id, locals: this.#locals(live, recorded, mask) });
      }
    }
    return views;
  }

  #locals(live: LiveFrame, { context }: RecordedError, mask: Mask): ShownValue[] {
    const self = valueInFrame(live, 'this');
    const names = self === undefined || self === globalThis ? live.names : [...live.names, 'this'];
    const show = (): ShownValue[] => names.map((name) => [name, printShort(valueInFrame(live, name), mask, name)]);
    return context ? context.enter(show) : show();
  }

  #details({ context }: RecordedError, mask: Mask): ErrorPageOptions['details'] {
    const request = context?.request;
    if (!context || !request) return [];
    const { url, method, endpoint, viewArgs, args } = request;
    const list = (record: object): ShownValue[] =>
      Object.entries(record).map(([name, value]) => [name, printShort(value, mask, name)]);
    return context.enter(() => [
      { title: 'Request', values: list({ method, url, endpoint, viewArgs, args }) },
      { title: 'Headers', values: list(Object.fromEntries(request.headers)) },
      ...(context.sessionOpened ? [{ title: 'Session', values: list({ ...context.session }) }] : []),
    ]);
  }

  #evaluate({ error, frame, code }: EvalRequest, signal: AbortSignal): Promise<EvalAnswer> | undefined {
    const recorded = this.errors.get(error);
    const live = recorded?.frames[frame];
    if (!recorded || !live) return undefined;
    let console = this.#consoles.get(live);
    if (!console) this.#consoles.set(live, (console = this.#openConsole(live, recorded)));
    return console.then(async (opened) => {
      const { status, printed } = await opened.submit(code, signal);
      return { status, html: spansToHtml(printed) };
    });
  }

  async #openConsole(live: LiveFrame, recorded: RecordedError): Promise<FrameConsole> {
    const { root, importsOf, importModule } = this.#options;
    const imports = await importsOf(live.file);
    const { context } = recorded;
    return new FrameConsole(live, { context, root, imports, importModule, mask: this.#mask(recorded) });
  }

  #mask({ context }: RecordedError): Mask {
    const { app, pin } = this.#options;
    const config = (context?.app ?? app())?.config ?? {};
    return createMask([process.env, config, { secret: pin.pin }, credentials(context?.request)]);
  }

  #read(error: unknown): Traceback {
    return readTraceback(error, { sourceText: (file) => this.#options.sourceText(file, error) });
  }

  #isTrusted(request: Request): boolean {
    const peer = {
      header: (name: string) => request.headers.get(name) ?? undefined,
      address: request.source.remoteAddr,
    };
    return refuseStranger(peer, this.#hosts()) === undefined;
  }

  #hosts(): string[] {
    const { SERVER_NAME, TRUSTED_HOSTS } = this.#options.app()?.config ?? {};
    return [this.#options.host, ...(SERVER_NAME ? [SERVER_NAME] : []), ...(TRUSTED_HOSTS ?? [])];
  }
}

/** A shorter cookie may be a word that stands elsewhere for what it says. */
const SHORTEST_COOKIE = 12;

/** What a request proves who it is with, under names that say so. */
function credentials(request: Request | undefined): Record<string, string> {
  if (!request) return {};
  const cookies = [...request.cookies.entries()].filter(([, value]) => value.length >= SHORTEST_COOKIE);
  const [, authorization = ''] = request.headers.get('Authorization')?.split(' ') ?? [];
  return Object.fromEntries([...cookies.map(([name, value]) => [`cookie ${name}`, value]), ['token', authorization]]);
}

function printShort(value: unknown, mask: Mask, name: string): Span[] {
  let left = LONGEST_VALUE;
  const spans: Span[] = [];
  for (const [text, style] of mask.spans(printValue(value, { columns: COLUMNS, depth: 1 }), name)) {
    const part = text.length > left ? `${text.slice(0, left)}…` : text;
    spans.push(style === undefined ? [part] : [part, style]);
    left -= text.length;
    if (left <= 0) break;
  }
  return spans;
}
