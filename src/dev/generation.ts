import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Flacon } from '../app.ts';
import { createListener } from '../http/listener.ts';
import type { Listener, ResponseInfo } from '../http/listener.ts';
import type { Request } from '../http/request.ts';
import type { Response } from '../http/response.ts';

/** What happens around the requests of an app while it is developed. */
export interface GenerationHooks {
  /** A request has come in, of which nothing is read yet. */
  onRequest?(request: Request, message: IncomingMessage): void;
  /** The app threw, which it does when it is to be debugged: the answer instead. */
  onThrow(error: unknown, request: Request): Response;
  /** An answer is about to be sent. */
  beforeResponse(response: Response, request: Request): void;
  onResponse(request: Request, response: Response, info: ResponseInfo): void;
  onError(error: unknown): void;
}

/** How long a replaced app keeps what it has opened for requests that do not end. */
const PATIENCE_MS = 10_000;

/** One app among those that follow each other, with the requests that began on it. */
export class Generation {
  readonly app: Flacon;
  readonly #listener: Listener;
  readonly #running = new Map<ServerResponse, Response | undefined>();
  #idle: (() => void) | undefined;
  #isReplaced = false;

  constructor(app: Flacon, hooks: GenerationHooks) {
    this.app = app;
    const answered = (response: Response, request: Request, res: ServerResponse | undefined): Response => {
      if (res) this.#running.set(res, response);
      hooks.beforeResponse(response, request);
      return response;
    };
    // The listener calls the handler at once, so this is the response to the request at hand.
    let current: ServerResponse | undefined;
    const listener = createListener(
      (request) => {
        const res = current;
        try {
          const result = app.fetch(request);
          if (!(result instanceof Promise)) return answered(result, request, res);
          return result.then(
            (response) => answered(response, request, res),
            (error: unknown) => answered(hooks.onThrow(error, request), request, res),
          );
        } catch (error) {
          return answered(hooks.onThrow(error, request), request, res);
        }
      },
      {
        makeRequest: (source) => {
          const request = app.makeRequest(source);
          if (current) hooks.onRequest?.(request, current.req);
          return request;
        },
        onResponse: (request, response, info) => hooks.onResponse(request, response, info),
        onError: (error) => hooks.onError(error),
      },
    );
    this.#listener = (req, res, expectsContinue) => {
      current = res;
      listener(req, res, expectsContinue);
      current = undefined;
    };
  }

  handle(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    this.#running.set(res, undefined);
    res.once('close', () => {
      this.#running.delete(res);
      if (this.#isReplaced && this.#running.size === 0) this.#idle?.();
    });
    this.#listener(req, res, expectsContinue);
  }

  /**
   * Another app answers from now on. Event streams end, so that their clients connect to it; other requests run to their
   * end. Resolves when all have ended, or after ten seconds.
   */
  async replaced(): Promise<void> {
    this.#isReplaced = true;
    this.endStreams();
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      timer.unref();
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  endStreams(): void {
    for (const [res, response] of this.#running) if (response?.mimetype === 'text/event-stream') res.end();
  }
}
