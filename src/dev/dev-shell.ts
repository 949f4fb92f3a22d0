import { AsyncLocalStorage } from 'node:async_hooks';
import type { Flacon } from '../app.ts';
import { readTraceback } from '../debug/traceback.ts';
import type { AppLocation } from '../script-info.ts';
import type { ShellHost } from '../shell/host.ts';
import { LogTail } from '../shell/log-tail.ts';
import { RequestLog } from '../shell/request-log.ts';
import type { ErrorSource, ReloadEvent, ShellTarget } from '../shell/target.ts';
import type { SideThread } from '../util/side-thread.ts';
import { stripAnsi } from '../util/terminal.ts';
import type { ChangeResult, DevApp } from './dev-app.ts';
import { formatUrl, formatExcerpt, isAnyAddress, note } from './report.ts';
import type { ModuleRuntime } from './runtime.ts';

/** Where the server of a shell listens. */
export interface DevShellAddress {
  host: string;
  port: number;
  /** URL of the module that runs the program's commands. */
  commands?: string | undefined;
}

/** What a shell can do to its server. */
export interface DevShellControl {
  /** Evaluates the application anew, and tells everybody. */
  reload(): Promise<ChangeResult>;
  /** The last errors of the server, where somebody records them. */
  readonly errors: ErrorSource | undefined;
  /** The thread that goes on while this one is held up. */
  readonly thread: SideThread;
  /** Ends the whole server. */
  stop(exitCode: number): void;
}

/** Lets `app shell` into this process, and tells those who are in it what became of each save. */
export class DevShell {
  readonly #runtime: ModuleRuntime;
  readonly #devApp: DevApp;
  readonly #address: DevShellAddress;
  readonly #control: DevShellControl;
  readonly #listeners = new Set<(event: ReloadEvent) => void | Promise<void>>();
  /** The sessions take the newest save over. */
  #following: Promise<unknown> = Promise.resolve();
  /** The last requests of the server. */
  readonly requests = new RequestLog();
  readonly #log = new LogTail();
  #host: Promise<ShellHost> | undefined;

  constructor(runtime: ModuleRuntime, devApp: DevApp, address: DevShellAddress, control: DevShellControl) {
    this.#control = control;
    this.#runtime = runtime;
    this.#devApp = devApp;
    this.#address = address;
  }

  /** Opens the endpoint. A server without a shell is still a server: what goes wrong is said, and that is all. */
  async start(): Promise<void> {
    const { location } = this.#devApp;
    const { host, port } = this.#address;
    try {
      // Loaded when requests are answered already.
      const { startShellHost } = await import('../shell/host.ts');
      this.#host = startShellHost(this.#target(), {
        subject: { file: location.file, name: location.name },
        app: location.text,
        host: isAnyAddress(host) ? '127.0.0.1' : host,
        port,
        audit: note,
        thread: this.#control.thread,
      });
      await this.#host;
    } catch (error) {
      note(`No shell can attach: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  announce(result: ChangeResult): void {
    const event = this.#eventOf(result);
    if (event !== undefined) this.#following = Promise.all([...this.#listeners].map((listener) => listener(event)));
  }

  /** Ends all sessions and takes the endpoint away, so that the next process can have it. */
  async close(how: 'restart' | 'stop'): Promise<void> {
    const host = await this.#host?.catch(() => undefined);
    await host?.close(how);
    this.requests.close();
    this.#log.close();
  }

  #target(): ShellTarget {
    const { host, port } = this.#address;
    // What the server says about it goes to the server's own log, not to the shell that asked.
    const reload = AsyncLocalStorage.bind(() => this.#control.reload());
    const { hostname } = new URL(formatUrl(isAnyAddress(host) ? '127.0.0.1' : host, port));
    return {
      root: this.#devApp.location.root,
      app: () => this.#devApp.app,
      generation: () => this.#devApp.generation,
      import: (specifier, parent) => this.#runtime.importFrom(specifier, parent),
      loadedModules: () => this.#runtime.exports(),
      successor: (value) => this.#runtime.successor(value),
      originalPlace: (file, line, column) => this.#runtime.originalPlace(file, line, column),
      onReload: (fn) => {
        this.#listeners.add(fn);
        return () => this.#listeners.delete(fn);
      },
      reload: async () => {
        const result = await reload();
        await this.#following;
        return this.#eventOf(result) ?? { kind: 'failed', message: refusalOf(result) };
      },
      stop: (exitCode) => this.#control.stop(exitCode),
      ...(this.#address.commands !== undefined && { runCommand: this.#runCommand(this.#address.commands) }),
      requests: this.requests,
      errors: this.#control.errors,
      log: this.#log,
      info: () => ({ address: `${hostname}:${port}`, pid: process.pid }),
    };
  }

  /** The program is above this layer: whoever started the server says where it is. */
  #runCommand(module: string): (args: readonly string[]) => Promise<number> {
    const { location } = this.#devApp;
    return async (args) => {
      const { runCommand } = (await import(module)) as {
        runCommand(args: readonly string[], app: { app(): Flacon | undefined; location: AppLocation }): Promise<number>;
      };
      return runCommand(args, { app: () => this.#devApp.app, location });
    };
  }

  #eventOf(result: ChangeResult): ReloadEvent | undefined {
    if (result.kind === 'reloaded') return result;
    if (result.kind === 'repaired') {
      return { kind: 'reloaded', generation: this.#devApp.generation, files: [], modules: [], ms: 0 };
    }
    if (result.kind !== 'failed') return undefined;
    const { message, place, excerpt } = readTraceback(result.error, {
      sourceText: (file) => this.#runtime.sourceText(file, result.error),
    });
    if (place === undefined) return { kind: 'failed', message };
    const { file, line, column } = place;
    return {
      kind: 'failed',
      message,
      file,
      line,
      column,
      excerpt: stripAnsi(formatExcerpt(excerpt, column, 80).join('\n')),
    };
  }
}

function refusalOf(result: ChangeResult): string {
  return result.kind === 'restart' ? `the server restarts: ${result.reason}` : 'there is nothing to load';
}
