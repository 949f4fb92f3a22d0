import { setTimeout as delay } from 'node:timers/promises';
import { findServer, type OwnHost, type ShellOptions } from './shell-options.ts';
import { Connection, ConnectionLost, ConnectionRefused, type ConnectionEvents } from './connection.ts';
import { isSameEndpoint, type EndpointRecord } from './endpoint.ts';
import type { ClientInfo, HostFrame } from './protocol.ts';

/** What happens to the connection. */
export interface LinkEvents {
  frame(frame: HostFrame): void;
  /** An application of its own has printed something. */
  output(text: string): void;
  /** A session is there: the first, or another one after the server came back. */
  connected(isFirst: boolean): void;
  /** The session is gone; the link looks for another one. `exitCode` is that of an own application. */
  lost(exitCode: number | undefined): void;
  /** There will be no other session. */
  failed(message: string): void;
}

/** How often a server is looked for while there is none. */
const RETRY_MS = 100;
/** How long one is looked for in the place of one that has ended before it answered. */
const SUCCESSOR_MS = 5000;
/** An own application that ends sooner than this, twice, is not started again. */
const CRASH_MS = 3000;

/** The way to a session: in the server of this project, or in an application of its own. Finds a new one when it is lost. */
export class ServerLink {
  readonly #options: ShellOptions;
  readonly #client: () => ClientInfo;
  readonly #events: LinkEvents;
  #connection: Connection | undefined;
  #own: OwnHost | undefined;
  #ownStarted = 0;
  #quickEnds = 0;
  #isClosed = false;
  /** Ends the waiting for a server that does not answer. */
  readonly #givenUp = new AbortController();
  #isFirst = true;
  #waiting: ((connection: Connection) => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShellOptions, client: () => ClientInfo, events: LinkEvents) {
    this.#options = options;
    this.#client = client;
    this.#events = events;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Whether the session is in a server that others use, too. */
  get isAttached(): boolean {
    return this.#own === undefined;
  }

  /** Connects for the first time. Rejects when that is not possible. */
  async start(server: EndpointRecord | undefined): Promise<void> {
    if (server && (await this.#attach(server))) return;
    if (!this.#isClosed) await this.#startOwn();
  }

  /** Connects to a server. False: it went away since it was looked up, as if it had not been there. */
  async #attach(server: EndpointRecord): Promise<boolean> {
    try {
      await this.#open(server);
      return true;
    } catch (error) {
      // It was there, and has ended before it answered, as one does that was held up for too long.
      const next = error instanceof ConnectionLost ? await this.#successorOf(server) : undefined;
      if (next) return this.#attach(next);
      if (error instanceof ConnectionRefused || (this.#options.attach === true && !this.#isClosed)) throw error;
      return false;
    }
  }

  /** The server that takes the place of one that has ended, if one does. */
  async #successorOf(ended: EndpointRecord): Promise<EndpointRecord | undefined> {
    for (const end = Date.now() + SUCCESSOR_MS; Date.now() < end && !this.#isClosed;) {
      const record = findServer(this.#options.subject);
      if (record && !isSameEndpoint(record, ended)) return record;
      await delay(RETRY_MS);
    }
    return undefined;
  }

  /** The session, as soon as there is one. */
  ready(): Promise<Connection> {
    if (this.#connection) return Promise.resolve(this.#connection);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #startOwn(): Promise<void> {
    this.#ownStarted = Date.now();
    const own = await this.#options.startHost();
    if (this.#isClosed) return void (await own.stop());
    this.#own = own;
    own.onOutput((_, text) => this.#events.output(text));
    void own.ended.then((code) => {
      if (this.#own === own && !this.#isClosed) this.#ownEnded(code);
    });
    await this.#open(own.record);
  }

  async #open(record: Pick<EndpointRecord, 'socket' | 'token'>): Promise<void> {
    let connection: Connection | undefined;
    const events: ConnectionEvents = {
      frame: (frame) => this.#events.frame(frame),
      lost: () => this.#lost(connection),
    };
    connection = await Connection.open(record, this.#client(), events, this.#givenUp.signal);
    if (this.#isClosed) return connection.destroy();
    this.#connection = connection;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    this.#events.connected(isFirst);
    for (const resolve of this.#waiting.splice(0)) resolve(connection);
  }

  #lost(connection: Connection | undefined): void {
    if (this.#isClosed || connection === undefined || connection !== this.#connection) return;
    this.#connection = undefined;
    // The end of an own application is told by its process.
    if (this.#own) return;
    this.#events.lost(undefined);
    this.#look();
  }

  /** Looks for the server until it is back. */
  #look(): void {
    this.#timer = setTimeout(() => void this.#attempt(), RETRY_MS);
  }

  async #attempt(): Promise<void> {
    if (this.#isClosed) return;
    try {
      const record = findServer(this.#options.subject);
      if (record) return await this.#open(record);
    } catch (error) {
      if (error instanceof ConnectionRefused) return this.#events.failed(error.message);
      // Nobody listens yet: the file of a server that is just starting, or just ending.
    }
    this.#look();
  }

  #ownEnded(code: number): void {
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#own = undefined;
    this.#quickEnds = Date.now() - this.#ownStarted < CRASH_MS ? this.#quickEnds + 1 : 0;
    if (this.#quickEnds > 1) return this.#events.failed(`the application ended again (code ${code})`);
    this.#events.lost(code);
    this.#startOwn().catch((error: unknown) =>
      this.#events.failed(error instanceof Error ? error.message : String(error)),
    );
  }

  /** Gives up a session that does not answer, and takes another one. */
  abandon(): void {
    const connection = this.#connection;
    if (!connection) return;
    this.#connection = undefined;
    connection.destroy();
    this.#events.lost(undefined);
    if (this.#own) void this.#own.stop();
    else this.#look();
  }

  /** Ends the session, and an own application with it: gives the code that this has ended with by itself. */
  async close(): Promise<number | undefined> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.#connection) await this.#connection.close();
    else this.#givenUp.abort();
    return this.#own?.stop();
  }
}
