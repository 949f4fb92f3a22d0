import { findServer, type OwnHost, type ShellOptions } from './shell-options.ts';
import { Connection, ConnectionRefused } from './connection.ts';
import type { EndpointRecord } from './endpoint.ts';
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
    if (server) {
      try {
        return await this.#open(server);
      } catch (error) {
        if (error instanceof ConnectionRefused || this.#options.attach === true) throw error;
        // It went away since it was looked up: as if it had not been there.
      }
    }
    await this.#startOwn();
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
    connection = await Connection.open(record, this.#client(), {
      frame: (frame) => this.#events.frame(frame),
      lost: () => this.#lost(connection),
    });
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
    await this.#connection?.close();
    return this.#own?.stop();
  }
}
