import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { ConnectionHost } from './connection-host.ts';
import {
  createToken,
  endpointPaths,
  prepareEndpoint,
  privateEndpointPaths,
  withdrawEndpoint,
  writeEndpoint,
  type EndpointRecord,
  type EndpointSubject,
} from './endpoint.ts';
import { Door } from './hello.ts';
import { HostConnection } from './host-connection.ts';
import { Interrupts, type InterruptHandler, type InterruptSlot } from './interrupt.ts';
import { Neighbours } from './neighbours.ts';
import { parseEntry } from './parse.ts';
import type { ShellPlugin } from './plugins.ts';
import type { EndingKind } from './protocol.ts';
import type { SideThread } from '../util/side-thread.ts';
import type { ReloadEvent, ShellTarget } from './target.ts';

/** What a wrong token costs. */
const DENIAL_MS = 1000;

/** Options of {@link startShellHost}. */
export interface ShellHostOptions {
  /** The application that clients look for; without it, only who is given the record can connect: a shell's own app. */
  subject?: EndpointSubject;
  /** The application as it was named. */
  app?: string;
  /** Host and port that the server listens on. */
  host?: string;
  port?: number;
  /** A server answers requests in this process. Default: whether there is a `subject`. */
  isAttached?: boolean;
  /** Plugins besides those of the application. Default: those of this package. */
  plugins?: readonly ShellPlugin[];
  /** Hears who attached and who left. */
  audit?: (text: string) => void;
  /** What a wrong token costs whoever guesses, in ms. Default: 1000. */
  denial?: number;
  /** A thread that goes on while this one is held up. Default: one of its own, with the first session. */
  thread?: SideThread;
}

/** A running host. */
export interface ShellHost {
  /** What a client has to know. */
  readonly record: EndpointRecord;
  /** How many clients are connected. */
  readonly clients: number;
  /** Ends all sessions and takes the endpoint away. `how` tells them whether there will be another one. Default: `stop`. */
  close(how?: EndingKind): Promise<void>;
}

/**
 * Lets shells connect to the application of this process: over a socket that only this user can open, with a token that
 * only this user can read. Each client has a session of its own.
 * Throws a FlaconError when the folder of the endpoint is not safe.
 */
export async function startShellHost(target: ShellTarget, options: ShellHostOptions = {}): Promise<ShellHost> {
  const { subject } = options;
  const paths = subject ? endpointPaths(subject) : privateEndpointPaths();
  prepareEndpoint(paths);
  const token = createToken();
  const host = new Host(target, options, token, paths.control);
  const server = createServer((socket) => host.connect(socket));
  await listen(server, paths.socket);
  const record: EndpointRecord = {
    socket: paths.socket,
    token,
    pid: process.pid,
    app: options.app ?? '',
    host: options.host,
    port: options.port,
  };
  writeEndpoint(paths, record);
  // Its client has to connect first; nobody else waits for this process.
  if (!host.isAttached) setImmediate(() => host.warmUp());
  return {
    record,
    get clients() {
      return host.connections.size;
    },
    async close(how = 'stop') {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await host.close(how);
      await closed;
      withdrawEndpoint(paths, record);
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      resolve();
    });
  });
}

class Host implements ConnectionHost {
  readonly target: ShellTarget;
  readonly door: Door;
  readonly controlPath: string;
  readonly isAttached: boolean;
  readonly neighbours = new Neighbours();
  readonly connections = new Set<HostConnection>();
  readonly #token: string;
  readonly #denial: number;
  readonly #options: ShellHostOptions;
  readonly #interrupts: Interrupts;
  readonly #stopListening: () => void;
  #plugins: Promise<readonly ShellPlugin[]> | undefined;
  #number = 0;
  /** The code that a session's code has asked the server to end with. */
  #exitCode: number | undefined;

  constructor(target: ShellTarget, options: ShellHostOptions, token: string, controlPath: string) {
    this.target = target;
    this.#token = token;
    this.#denial = options.denial ?? DENIAL_MS;
    this.door = new Door(token, this.#denial);
    this.controlPath = controlPath;
    this.isAttached = options.isAttached ?? options.subject !== undefined;
    this.#options = options;
    this.#interrupts = new Interrupts(options.thread);
    const stopListening = target.onReload((event) => this.#reloaded(event));
    const onExit = (code: number): void => {
      for (const connection of this.connections) connection.exiting(code);
    };
    process.on('exit', onExit);
    this.#stopListening = () => {
      stopListening();
      process.off('exit', onExit);
    };
  }

  connect(socket: ConstructorParameters<typeof HostConnection>[1]): void {
    this.connections.add(new HostConnection(this, socket));
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  slot(onInterrupt: InterruptHandler): InterruptSlot | undefined {
    return this.#interrupts.slot(onInterrupt);
  }

  async readyToInterrupt(): Promise<void> {
    try {
      await this.#interrupts.start({
        socketPath: this.controlPath,
        token: this.#token,
        denial: this.#denial,
        isOwn: !this.isAttached,
      });
    } catch (error) {
      this.audit(`shell: Ctrl-C cannot stop what blocks the server: ${String(error)}`);
    }
  }

  raise(slot: number, target: number): void {
    this.#interrupts.raise(slot, target);
  }

  plugins(): Promise<readonly ShellPlugin[]> {
    const { plugins } = this.#options;
    return (this.#plugins ??= plugins
      ? Promise.resolve(plugins)
      : import('./own-plugins.ts').then(({ loadOwnPlugins }) => loadOwnPlugins()));
  }

  /** Loads what the first session and its first entry need. */
  warmUp(): void {
    void this.plugins();
    parseEntry('0');
  }

  stop(exitCode: number): void {
    this.#exitCode = exitCode;
    if (this.target.stop) this.target.stop(exitCode);
    else process.exit(exitCode);
  }

  audit(text: string): void {
    this.#options.audit?.(text);
  }

  closed(connection: HostConnection): void {
    this.connections.delete(connection);
  }

  /** Resolves when every session has taken the save over. */
  async #reloaded(event: ReloadEvent): Promise<void> {
    await Promise.all(
      [...this.connections].map((connection) =>
        connection.reloaded(event).catch((error: unknown) => this.audit(`shell: ${String(error)}`)),
      ),
    );
  }

  async close(how: EndingKind): Promise<void> {
    this.#stopListening();
    await Promise.all([...this.connections].map((connection) => connection.shutDown(how, this.#exitCode)));
    await this.#interrupts.close();
  }
}
