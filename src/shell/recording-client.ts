import type { Flacon } from '../app.ts';
import type { RequestSource } from '../http/request-source.ts';
import type { OpenOptions, TestResponse } from '../http/test.ts';
import { FlaconClient, type ClientOptions } from '../testing.ts';
import type { Request } from '../wrappers.ts';
import type { RequestLog } from './request-log.ts';

/** Options of {@link RecordingClient}. */
export interface RecordingClientOptions extends Omit<ClientOptions, 'makeRequest'> {
  /** Makes the requests. Default: as the application does. */
  makeRequest?: (source: RequestSource) => Request;
}

/** The `client` of a shell whose requests are recorded: those of a shell without a server. */
export class RecordingClient extends FlaconClient {
  static {
    // For whoever prints it, it is the client that it would be elsewhere.
    Object.defineProperty(this, 'name', { value: 'FlaconClient' });
  }

  readonly #log: RequestLog;
  readonly #made: { last: Request | undefined };

  constructor(app: Flacon, log: RequestLog, { makeRequest, ...options }: RecordingClientOptions = {}) {
    const make = makeRequest ?? ((source: RequestSource) => app.makeRequest(source));
    const made: { last: Request | undefined } = { last: undefined };
    super(app, { ...options, makeRequest: (source) => (made.last = make(source)) });
    this.#log = log;
    this.#made = made;
  }

  override async open(path?: string, options?: OpenOptions): Promise<TestResponse> {
    const begin = performance.now();
    const made = this.#made;
    made.last = undefined;
    const answer = super.open(path, options);
    // The request is made before anything is waited for.
    const request = this.#made.last;
    try {
      const response = await answer;
      const ms = performance.now() - begin;
      for (const each of [...response.history, response])
        this.#log.answered(each.request, each.status, ms, each.request.source.body);
      return response;
    } catch (error) {
      if (request) this.#log.answered(request, 500, performance.now() - begin, request.source.body);
      throw error;
    }
  }
}
