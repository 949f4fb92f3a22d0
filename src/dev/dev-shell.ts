import { readTraceback } from '../debug/traceback.ts';
import type { ShellHost } from '../shell/host.ts';
import type { ReloadEvent, ShellTarget } from '../shell/target.ts';
import { stripAnsi } from '../util/terminal.ts';
import type { ChangeResult, DevApp } from './dev-app.ts';
import { formatUrl, formatExcerpt, isAnyAddress, note } from './report.ts';
import type { ModuleRuntime } from './runtime.ts';

/** Where the server of a shell listens. */
export interface DevShellAddress {
  host: string;
  port: number;
}

/** Lets `app shell` into this process, and tells those who are in it what became of each save. */
export class DevShell {
  readonly #runtime: ModuleRuntime;
  readonly #devApp: DevApp;
  readonly #address: DevShellAddress;
  readonly #listeners = new Set<(event: ReloadEvent) => void>();
  #host: Promise<ShellHost> | undefined;

  constructor(runtime: ModuleRuntime, devApp: DevApp, address: DevShellAddress) {
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
      });
      await this.#host;
    } catch (error) {
      note(`No shell can attach: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  announce(result: ChangeResult): void {
    const event = this.#eventOf(result);
    if (event !== undefined) for (const listener of this.#listeners) listener(event);
  }

  /** Ends all sessions and takes the endpoint away, so that the next process can have it. */
  async close(): Promise<void> {
    const host = await this.#host?.catch(() => undefined);
    await host?.close();
  }

  #target(): ShellTarget {
    const { host, port } = this.#address;
    const { hostname } = new URL(formatUrl(isAnyAddress(host) ? '127.0.0.1' : host, port));
    return {
      root: this.#devApp.location.root,
      app: () => this.#devApp.app,
      generation: () => this.#devApp.generation,
      import: (specifier, parent) => this.#runtime.importFrom(specifier, parent),
      onReload: (fn) => {
        this.#listeners.add(fn);
        return () => this.#listeners.delete(fn);
      },
      info: () => ({ address: `${hostname}:${port}`, pid: process.pid }),
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
