import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
  type FSWatcher,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endpointPaths, readEndpoint, type EndpointPaths } from '../../src/shell/endpoint.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** As a user's project has them: types of the package are those that were built. */
const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023'],
  module: 'NodeNext',
  strict: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  types: ['node'],
  noEmit: true,
};

/**
 * A copy of the sample application with its packages and a database of its own, made once; each transcript plays in a
 * copy of that.
 */
export class TranscriptWorkshop {
  readonly #top = realpathSync(mkdtempSync(join(tmpdir(), 'fl-')));
  #count = 0;

  constructor() {
    const packages = join(this.#top, 'node_modules');
    mkdirSync(packages);
    symlinkSync(root, join(packages, 'flacon'));
    for (const name of readdirSync(join(root, 'node_modules')).filter((entry) => !entry.startsWith('.')))
      symlinkSync(join(root, 'node_modules', name), join(packages, name));
    const project = this.#folderOf('base');
    cpSync(join(root, 'sample-app'), project, {
      recursive: true,
      filter: (path) => !['instance', 'test'].includes(basename(path)),
    });
    writeFileSync(join(project, 'package.json'), '{ "name": "portfolio", "version": "1.0.0", "type": "module" }\n');
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['.'] }),
    );
    const seed = [join(root, 'bin', 'app.js'), 'seed'];
    execFileSync(process.execPath, seed, { cwd: project, env: environment(this.#top), stdio: 'pipe' });
  }

  #folderOf(name: string): string {
    return join(this.#top, name, 'sample-app');
  }

  /** A fresh copy, for programs that run on this Node. */
  project(node: string, env: Readonly<Record<string, string>> = {}): TranscriptProject {
    this.#count += 1;
    const name = String(this.#count);
    cpSync(this.#folderOf('base'), this.#folderOf(name), { recursive: true });
    return new TranscriptProject(join(this.#top, name), node, env);
  }

  remove(): void {
    rmSync(this.#top, { recursive: true, force: true });
  }
}

/** Nothing of the person who runs the tests: no home, no settings, no history, no servers. */
function environment(top: string): Record<string, string> {
  return {
    PATH: `${join(top, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: join(top, 'home'),
    XDG_CONFIG_HOME: join(top, 'home', '.config'),
    XDG_STATE_HOME: join(top, 'home', '.state'),
    XDG_CACHE_HOME: join(top, 'home', '.cache'),
    XDG_RUNTIME_DIR: join(top, 'run'),
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    EDITOR: 'true',
  };
}

/** A project that a transcript plays in. */
export class TranscriptProject {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly #top: string;
  #server: ChildProcess | undefined;
  #url = '';
  #log = '';
  #wake: () => void = () => undefined;

  constructor(top: string, node: string, env: Readonly<Record<string, string>>) {
    this.#top = top;
    this.folder = join(top, 'sample-app');
    this.env = { ...environment(top), ...env };
    for (const name of ['bin', 'home', 'run']) mkdirSync(join(top, name), { mode: 0o700 });
    const program = join(root, 'bin', 'app.js');
    writeFileSync(join(top, 'bin', 'app'), `#!/bin/sh\nexec '${node}' '${program}' "$@"\n`, { mode: 0o755 });
    symlinkSync(node, join(top, 'bin', 'node'));
  }

  get #door(): EndpointPaths {
    return endpointPaths({ file: join(this.folder, 'app.ts') }, this.env);
  }

  /** The process that shells attach to; nothing while there is none. */
  get serverPid(): number | undefined {
    return readEndpoint(this.#door)?.pid;
  }

  /** Starts the development server; resolves when a shell can attach to it. */
  async serve(): Promise<void> {
    const server = spawn('app', ['run', '--port', '0'], { cwd: this.folder, env: this.env });
    this.#server = server;
    this.#log = '';
    let isOver = false;
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
        this.#wake();
      });
    void once(server, 'exit').then(() => {
      isOver = true;
      this.#wake();
    });
    const find = (): string | undefined => /Running on (http:\S+)/.exec(this.#log)?.[1]?.replace(/\/$/, '');
    // The shell's door opens a moment after the server answers.
    const door = this.#door;
    const stopWatching = watchFolder(door.folder, () => this.#wake());
    try {
      while (find() === undefined || readEndpoint(door) === undefined) {
        if (isOver) throw new Error(`the server ended:\n${this.#log}`);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      stopWatching();
    }
    this.#url = find() ?? '';
  }

  /** Waits until the server has logged a line like this, and forgets the log up to it. */
  async logs(regex: RegExp): Promise<void> {
    for (;;) {
      const found = regex.exec(this.#log);
      if (found) {
        this.#log = this.#log.slice(found.index + found[0].length);
        return;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  get log(): string {
    return this.#log;
  }

  /** Asks the server. */
  async request(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      redirect: 'manual',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: await response.text(), cookies: response.headers.getSetCookie() };
  }

  /** Waits for the end of the server; gives its exit code, null for a signal. */
  async serverEnded(): Promise<number | null> {
    const server = this.#server;
    if (!server) throw new Error('no server was started');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    return server.exitCode;
  }

  async stopServer(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill(signal);
    await exit;
  }

  async close(): Promise<void> {
    await this.stopServer('SIGINT');
    rmSync(this.#top, { recursive: true, force: true });
  }
}

/** Hears of everything that happens in a folder that may come, go and come again. Gives what ends it. */
function watchFolder(folder: string, changed: () => void): () => void {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  let inner: FSWatcher | undefined;
  const look = (): void => {
    inner?.close();
    inner = undefined;
    try {
      inner = watch(folder, changed).on('error', () => undefined);
    } catch (error) {
      // It may come later, and may go at any moment.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    changed();
  };
  const outer = watch(dirname(folder), look);
  look();
  return () => {
    outer.close();
    inner?.close();
  };
}

/** What the server has answered. */
export interface Answer {
  status: number;
  body: string;
  /** What the server sets. */
  cookies: string[];
}
