import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Flacon } from '../../src/index.ts';
import { startShellHost, type ShellHost, type ShellHostOptions } from '../../src/shell/host.ts';
import {
  encodeFrame,
  FrameReader,
  PROTOCOL_VERSION,
  type ClientFrame,
  type HostFrame,
  type ResultFrame,
  type WelcomeFrame,
} from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import type { ReloadEvent, ShellTarget } from '../../src/shell/target.ts';

/** An application in a host, whose reloads the test decides. */
export class TestTarget implements ShellTarget {
  current: Flacon | undefined;
  readonly root: string;
  readonly modules: Record<string, Record<string, unknown>> = {};
  readonly #successors = new Map<unknown, () => unknown>();
  #generation = 1;
  readonly #listeners = new Set<(event: ReloadEvent) => void>();

  constructor(app: Flacon, root = '/project') {
    this.current = app;
    this.root = root;
  }

  app(): Flacon | undefined {
    return this.current;
  }

  generation(): number {
    return this.#generation;
  }

  async import(specifier: string): Promise<Record<string, unknown>> {
    return this.modules[specifier] ?? ((await import(specifier)) as Record<string, unknown>);
  }

  /** Gives a module another version. */
  evaluate(file: string, exports: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(this.modules[file] ?? {}))
      this.#successors.set(value, () => this.modules[file]?.[name]);
    this.modules[file] = exports;
  }

  successor(value: object): unknown {
    return this.#successors.get(value)?.();
  }

  onReload(fn: (event: ReloadEvent) => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  replace(app: Flacon): void {
    this.current = app;
    this.#generation += 1;
    this.tell({
      kind: 'reloaded',
      generation: this.#generation,
      files: [`${this.root}/app.ts`],
      modules: [`${this.root}/app.ts`],
      ms: 4,
    });
  }

  tell(event: ReloadEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** The codes that the server was to end with. */
  readonly stopped: number[] = [];

  stop(exitCode: number): void {
    this.stopped.push(exitCode);
  }

  info(): { address: string; pid: number } {
    return { address: '127.0.0.1:5000', pid: process.pid };
  }
}

type Distribute<F> = F extends { id: number } ? Omit<F, 'id'> : never;

/** The least that is a client: frames out, frames in. */
export class TestClient {
  readonly socket: Socket;
  readonly frames: HostFrame[] = [];
  welcome!: WelcomeFrame;
  #id = 0;
  readonly #waiting = new Set<{ wanted: (frame: HostFrame) => boolean; resolve: (frame: HostFrame) => void }>();

  constructor(path: string) {
    this.socket = connect(path);
    const reader = new FrameReader<HostFrame>();
    this.socket.setEncoding('utf8');
    this.socket.on('data', (chunk: string) => {
      for (const frame of reader.read(chunk)) this.#receive(frame);
    });
    this.socket.on('error', () => undefined);
  }

  #receive(frame: HostFrame): void {
    this.frames.push(frame);
    for (const waiting of this.#waiting) {
      if (!waiting.wanted(frame)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(frame);
    }
  }

  /** The number that the next question gets. */
  get nextId(): number {
    return this.#id + 1;
  }

  /** The next frame of a sort, also one that is already there. */
  next<F extends HostFrame>(wanted: (frame: HostFrame) => frame is F): Promise<F> {
    const here = this.frames.find(wanted);
    if (here) return Promise.resolve(here);
    return new Promise((resolve) => this.#waiting.add({ wanted, resolve: resolve as (frame: HostFrame) => void }));
  }

  closed(): Promise<void> {
    return new Promise((resolve) => (this.socket.destroyed ? resolve() : this.socket.once('close', () => resolve())));
  }

  send(frame: Distribute<ClientFrame>): number {
    this.#id += 1;
    this.socket.write(encodeFrame({ ...frame, id: this.#id } as ClientFrame));
    return this.#id;
  }

  ask(frame: Distribute<ClientFrame>): Promise<HostFrame> {
    const id = this.send(frame);
    return this.next((answer): answer is HostFrame => 'id' in answer && answer.id === id && answer.op !== 'echo');
  }

  async hello(token: string, mode: 'terminal' | 'script' = 'terminal'): Promise<HostFrame> {
    const client = { pid: 1, user: 'tester', mode, columns: 80, color: false };
    const answer = await this.ask({ op: 'hello', protocol: PROTOCOL_VERSION, token, client });
    if (answer.op === 'welcome') this.welcome = answer;
    return answer;
  }

  async eval(code: string, options: { json?: boolean; echo?: boolean } = {}): Promise<ResultFrame> {
    const answer = await this.ask({ op: 'eval', code, ...options });
    if (answer.op !== 'result') throw new Error(`no result: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** What an entry prints as its result. */
  async show(code: string): Promise<string> {
    return plainText((await this.eval(code)).printed);
  }

  /** What an entry writes, and then prints as its result. */
  async run(code: string): Promise<string> {
    const from = this.output.length;
    const shown = await this.show(code);
    return this.output.slice(from) + shown;
  }

  /** What the session's code has written. */
  get output(): string {
    return this.frames.map((frame) => (frame.op === 'out' ? frame.text : '')).join('');
  }
}

/** A host with clients that a test opens and closes with it. */
export class TestHost {
  readonly target: TestTarget;
  readonly host: ShellHost;
  readonly audit: string[];
  readonly #clients: TestClient[] = [];
  readonly #folder: string;
  readonly #runtime: string | undefined;

  private constructor(
    target: TestTarget,
    host: ShellHost,
    audit: string[],
    folder: string,
    runtime: string | undefined,
  ) {
    this.target = target;
    this.host = host;
    this.audit = audit;
    this.#folder = folder;
    this.#runtime = runtime;
  }

  static async start(app = new Flacon(undefined, { name: 'blog' }), options: ShellHostOptions = {}): Promise<TestHost> {
    const folder = mkdtempSync(join(tmpdir(), 'flacon-shell-'));
    const runtime = process.env['XDG_RUNTIME_DIR'];
    process.env['XDG_RUNTIME_DIR'] = folder;
    const target = new TestTarget(app);
    const audit: string[] = [];
    const host = await startShellHost(target, {
      subject: { file: join(folder, 'app.ts') },
      audit: (text) => audit.push(text),
      ...options,
    });
    return new TestHost(target, host, audit, folder, runtime);
  }

  connect(): TestClient {
    const client = new TestClient(this.host.record.socket);
    this.#clients.push(client);
    return client;
  }

  async open(mode: 'terminal' | 'script' = 'terminal'): Promise<TestClient> {
    const client = this.connect();
    await client.hello(this.host.record.token, mode);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    await this.host.close();
    if (this.#runtime === undefined) delete process.env['XDG_RUNTIME_DIR'];
    else process.env['XDG_RUNTIME_DIR'] = this.#runtime;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
