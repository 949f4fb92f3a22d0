import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { FlaconError } from '../util/errors.ts';
import { complete } from './completion.ts';
import type { InterruptHandler, InterruptSlot } from './interrupt.ts';
import { Keeper } from './keeper.ts';
import { neighbourCommands } from './neighbour-commands.ts';
import type { Neighbour, Neighbours, SentCode, SentResult } from './neighbours.ts';
import type { StreamName } from './output.ts';
import { nameOrigins } from './name-origins.ts';
import { messageOf } from './printer.ts';
import {
  encodeFrame,
  FrameReader,
  PROTOCOL_VERSION,
  type ClientFrame,
  type ClientInfo,
  type EndingKind,
  type HostFrame,
} from './protocol.ts';
import { failureSpans, reloadedSpans } from './reload-notice.ts';
import { SentCodeRunner } from './sent-code.ts';
import { Session, type SubmitResult } from './session.ts';
import { SessionTools } from './session-tools.ts';
import { parseAnsi, type Span } from './spans.ts';
import type { ShellPlugin } from './plugins.ts';
import type { ReloadEvent, ShellTarget } from './target.ts';
import { welcomeFrame } from './welcome.ts';

/** What a connection needs from its host. */
export interface ConnectionHost {
  readonly target: ShellTarget;
  readonly token: string;
  readonly isAttached: boolean;
  /** The number of the next session. */
  nextNumber(): number;
  /** A slot of the thread that interrupts; undefined when there is none left. */
  slot(onInterrupt: InterruptHandler): InterruptSlot | undefined;
  /** Starts the thread that interrupts; resolves when it can be reached. */
  readyToInterrupt(): Promise<void>;
  raise(slot: number, target: number): void;
  readonly controlPath: string;
  plugins(): Promise<readonly ShellPlugin[]>;
  /** Ends the server. */
  stop(exitCode: number): void;
  readonly neighbours: Neighbours;
  /** Somebody was let in, or went. */
  audit(text: string): void;
  closed(connection: HostConnection): void;
}

type Request<Op extends ClientFrame['op']> = Extract<ClientFrame, { op: Op }>;

/** How long a client has to say who it is. */
const HELLO_MS = 5000;

/** How long an evaluation that was cut off gets to answer by itself. */
const CUT_MS = 100;

/** How many characters of output may wait for the client. */
const MAX_WAITING = 16 * 1024 * 1024;

/** How long the client gets to show its prompt before the host does anything else. */
const WARM_UP_MS = 30;

/** One client's end of a connection: one session, whose entries run one after the other. */
export class HostConnection {
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #reader = new FrameReader<ClientFrame>();
  readonly #slot: InterruptSlot | undefined;
  #session: Session | undefined;
  #tools: SessionTools | undefined;
  #keeper: Keeper | undefined;
  #neighbour: Neighbour | undefined;
  #sentCode: SentCodeRunner | undefined;
  #opening: Promise<void> | undefined;
  /** Entries wait for each other; everything else is answered at once. */
  #queue: Promise<unknown> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  /** Characters of output that were left out because the client does not read fast enough. */
  #leftOut = 0;
  /** What was printed while the session was opened: it is shown with the banner. */
  #early: string | undefined = '';
  /** The question whose code runs. */
  #running: number | undefined;
  /** A start-up file runs: what the client has of an earlier session is still to come. */
  #isStartingUp = false;
  #closed = false;
  #isEnding = false;
  #isGuarded = false;

  constructor(host: ConnectionHost, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    this.#slot = host.slot((target, wasCut) => this.#interrupted(target, wasCut));
    const timer = setTimeout(() => {
      if (!this.#session && !this.#opening) socket.destroy();
    }, HELLO_MS);
    timer.unref();
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      void this.#end();
    });
  }

  #receive(chunk: string): void {
    try {
      for (const frame of this.#reader.read(chunk)) this.#handle(frame);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // Whoever sends this is no client of ours.
      this.#socket.destroy();
    }
  }

  #handle(frame: ClientFrame): void {
    if (frame.op === 'hello') {
      this.#opening ??= this.#open(frame).catch((error: unknown) => this.#refuse(frame.id, messageOf(error)));
      return;
    }
    if (!this.#opening) return void this.#socket.destroy();
    const { id } = frame;
    const answer = (async () => {
      await this.#opening;
      if (this.#session) await this.#answer(frame, this.#session);
    })();
    answer.catch((error: unknown) => this.#fail(id, error));
  }

  #fail(id: number, error: unknown): void {
    const fix = error instanceof FlaconError && error.fix !== undefined ? { fix: error.fix } : {};
    this.#send({ op: 'failed', id, message: messageOf(error), ...fix });
  }

  async #open(frame: Request<'hello'>): Promise<void> {
    if (typeof frame.token !== 'string' || !isSame(frame.token, this.#host.token)) {
      this.#host.audit('shell refused: wrong token');
      return this.#refuse(frame.id, 'denied: wrong token');
    }
    if (frame.protocol !== PROTOCOL_VERSION) {
      return this.#refuse(
        frame.id,
        `the server speaks version ${PROTOCOL_VERSION} of the shell's protocol, this shell ${frame.protocol}`,
      );
    }
    const { target, isAttached } = this.#host;
    const { client } = frame;
    const number = this.#host.nextNumber();
    const session = await Session.open(target, {
      number,
      isAttached,
      mode: client.mode,
      columns: client.columns,
      color: client.color,
      plain: client.plain,
      cwd: client.cwd,
      interrupt: this.#slot,
      shared: this.#host.neighbours.shared,
      plugins: await this.#host.plugins(),
      start: { sandbox: client.sandbox },
      events: {
        output: (stream, text) => this.#output(stream, text),
        uncaught: (printed) =>
          this.#send({ op: 'notice', kind: 'uncaught', printed: [['Uncaught ', 'red'], ...printed] }),
        exit: (exitCode) => this.#send({ op: 'bye', exitCode }),
        notice: (printed) => this.#session && this.#send({ op: 'notice', kind: 'info', printed }),
        marks: (marks) => this.#session && this.#send({ op: 'prompt', marks }),
        ...(client.mode === 'terminal' && { act: (action) => this.#send({ op: 'act', action }) }),
      },
    });
    this.#session = session;
    // A script has nothing to come back for.
    if (client.mode === 'terminal')
      this.#keeper = new Keeper(
        () => session.snapshot(),
        (state) => this.#send({ op: 'kept', state }),
      );
    if (this.#closed) return void (await session.close());
    this.#host.audit(`shell ${number} attached: pid ${client.pid}, ${client.user}`);
    this.#join(session, client);
    this.#send(welcomeFrame(frame.id, session, this.#host, this.#slot, this.#takeEarly()));
    // Not before the prompt is there: what is needed for the first entry can be loaded while it is typed.
    setTimeout(() => this.#warmUp(session), WARM_UP_MS).unref();
  }

  #join(session: Session, { mode, pid, user }: ClientInfo): void {
    const { neighbours } = this.#host;
    const me: Neighbour = {
      session,
      mode,
      pid,
      user,
      since: Date.now(),
      isBusy: () => this.#running !== undefined,
      evaluate: (sent, begin) => this.#evaluateSent(sent, begin),
      tell: (printed) => this.#send({ op: 'notice', kind: 'info', printed }),
    };
    this.#neighbour = me;
    const setRunning = (id: number | undefined): void => void (this.#running = id);
    this.#sentCode = new SentCodeRunner({ session, slot: this.#slot, setRunning, tell: me.tell });
    if (this.#host.isAttached) session.commands.add(neighbourCommands(neighbours, me), 'session');
    neighbours.join(me);
  }

  #warmUp(session: Session): void {
    if (this.#closed) return;
    session.check('0');
    void this.#guard();
  }

  /** Starts the thread that interrupts, and tells the client that it is there. */
  async #guard(): Promise<void> {
    await this.#host.readyToInterrupt();
    if (!this.#isGuarded) this.#send({ op: 'guarded' });
    this.#isGuarded = true;
  }

  #refuse(id: number, message: string): void {
    this.#send({ op: 'failed', id, message });
    this.#socket.end();
  }

  #takeEarly(): Span[][] {
    const text = (this.#early ?? '').trimEnd();
    this.#early = undefined;
    return text === '' ? [] : [[...parseAnsi(text)]];
  }

  async #answer(frame: ClientFrame, session: Session): Promise<void> {
    switch (frame.op) {
      case 'eval':
        return this.#inTurn(() => this.#evaluate(frame, session));
      case 'check':
        return this.#send({ op: 'checked', id: frame.id, status: session.check(frame.code) });
      case 'complete':
        return this.#send({ op: 'completions', id: frame.id, ...(await complete(session, frame.code, frame.cursor)) });
      case 'types':
        return this.#send({ op: 'types', id: frame.id, names: nameOrigins(session.context, this.#host.target) });
      case 'locate': {
        const { locate } = await import('./locate.ts');
        const range = locate(session, this.#host.target, frame);
        return this.#send({ op: 'located', id: frame.id, ...(range && { range }) });
      }
      case 'interrupt':
        if (this.#slot) this.#host.raise(this.#slot.number, frame.target);
        else this.#interrupted(frame.target, false);
        return this.#send({ op: 'done', id: frame.id });
      case 'reload':
        await session.reload();
        return this.#send({ op: 'done', id: frame.id });
      case 'resize':
        session.resize(frame.columns);
        return this.#send({ op: 'done', id: frame.id });
      case 'restore': {
        const restored = await session.restore(frame.state);
        this.#keeper?.soon();
        return this.#send({ op: 'restored', id: frame.id, ...restored });
      }
      case 'stop':
        this.#send({ op: 'done', id: frame.id });
        this.#host.audit(`shell ${session.number} stops the server (code ${frame.exitCode})`);
        return this.#host.stop(frame.exitCode);
      case 'send': {
        const { neighbours } = this.#host;
        const target = neighbours.find(frame.session);
        const { code, filename } = frame;
        const begin = (slot: number, running: number): void => this.#send({ op: 'sending', slot, target: running });
        const result = await target.evaluate({ code, filename }, begin);
        return this.#send({ op: 'sent', id: frame.id, session: target.session.number, ...result });
      }
      case 'sessions':
        return this.#send({ op: 'sessions', id: frame.id, sessions: this.#host.neighbours.describe() });
      case 'subscribe':
        return this.#send({ op: 'done', id: frame.id });
      case 'close':
        await this.#end();
        this.#send({ op: 'done', id: frame.id });
        return void this.#socket.end();
      case 'preview':
        // What runs may be waiting for something: its variables are for it alone.
        return this.#send({
          op: 'preview',
          id: frame.id,
          printed: this.#running === undefined ? this.#toolsFor(session).preview(frame.code) : [],
        });
      case 'inspect':
        return this.#send({ op: 'inspected', id: frame.id, ...this.#toolsFor(session).inspect(frame) });
      case 'inspect-end':
        session.inspections.end(frame.handle);
        return this.#send({ op: 'done', id: frame.id });
      case 'frames':
        throw new FlaconError(`this server does not answer '${frame.op}'`, { code: 'SHELL_OP_MISSING' });
      default:
        throw new FlaconError(`unknown operation '${String((frame as { op: unknown }).op)}'`, {
          code: 'SHELL_OP_UNKNOWN',
        });
    }
  }

  #toolsFor(session: Session): SessionTools {
    return (this.#tools ??= new SessionTools(session));
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(task);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #evaluate(frame: Request<'eval'>, session: Session): Promise<void> {
    await this.#guard();
    // Nobody waits for it any more.
    if (this.#isEnding) return;
    const { id, json, wait, filename, args, startUp } = frame;
    this.#keeper?.flush();
    this.#isStartingUp = startUp !== undefined;
    if (frame.columns !== undefined) session.resize(frame.columns);
    const echo = (printed: Span[], text: string | undefined): void =>
      this.#send({ op: 'echo', id, printed, ...(text === undefined ? {} : { json: text }) });
    this.#running = id;
    this.#slot?.begin(id);
    // Ctrl-C may have been quicker than the code.
    const result: SubmitResult = this.#slot?.isStopped()
      ? { status: 'interrupted', printed: [], entry: 0, ms: 0 }
      : await session.submit(frame.code, { json, wait, filename, args, startUp, echo: frame.echo ? echo : undefined });
    this.#finish(id, result);
  }

  /** Runs what an editor has sent, in turn with what is typed; the person sees what came of it. */
  async #evaluateSent(sent: SentCode, begin: (slot: number, target: number) => void): Promise<SentResult> {
    let result: SentResult | undefined;
    await this.#inTurn(async () => {
      await this.#guard();
      if (!this.#isEnding) result = await this.#sentCode?.run(sent, begin);
    });
    this.#keeper?.soon();
    if (result) return result;
    throw new FlaconError('the shell was left', { code: 'NO_SHELL' });
  }

  #finish(id: number, result: SubmitResult): void {
    if (this.#running !== id) return;
    this.#running = undefined;
    this.#slot?.end();
    this.#send({ op: 'result', id, ...result });
    if (!this.#isStartingUp) this.#keeper?.soon();
  }

  #interrupted(target: number, wasCut: boolean): void {
    if (this.#running !== target) return;
    this.#session?.interrupt();
    if (!wasCut) return;
    // What was to answer may be among the microtasks that are gone.
    setTimeout(() => {
      if (this.#running !== target) return;
      this.#sentCode?.cut();
      this.#finish(target, { status: 'interrupted', printed: [], entry: 0, ms: 0 });
      this.#queue = Promise.resolve();
    }, CUT_MS);
  }

  /** Tells the client about a save, and takes it over. */
  async reloaded(event: ReloadEvent): Promise<void> {
    await this.#opening;
    const session = this.#session;
    if (!session || this.#closed) return;
    if (event.kind === 'failed')
      return this.#send({
        op: 'notice',
        kind: 'failed',
        printed: failureSpans(event, this.#host.target.root),
        ...(event.file !== undefined && { files: [event.file] }),
      });
    // Not in turn with the entries: one of them may wait for a long time.
    this.#following = this.#following.then(() => this.#follow(event, session));
    await this.#following;
  }

  async #follow(event: Extract<ReloadEvent, { kind: 'reloaded' }>, session: Session): Promise<void> {
    const upgrade = await session.follow(event.modules);
    const printed = reloadedSpans(event, upgrade, this.#host.target.root);
    this.#send({ op: 'notice', kind: 'reloaded', names: session.context.headlineNames(), files: event.files, printed });
  }

  /** Ends the session, once; what hangs is told. */
  async #end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#tools?.close();
    this.#keeper?.stop();
    if (this.#neighbour) this.#host.neighbours.leave(this.#neighbour);
    const session = this.#session;
    if (session) {
      for (const problem of await session.close()) this.#send({ op: 'out', stream: 'stderr', text: `${problem}\n` });
      this.#host.audit(`shell ${session.number} detached`);
    } else this.#slot?.release();
    this.#closed = true;
    this.#host.closed(this);
  }

  /** Says goodbye: the server makes room for the next one, or ends. */
  async shutDown(how: EndingKind): Promise<void> {
    if (this.#session && !this.#isEnding) {
      this.#keeper?.now();
      this.#send({ op: 'ending', how });
    }
    await this.#end();
    this.#socket.destroy();
  }

  /** The last word in a process that exits: only what is sent at once still goes out. */
  exiting(exitCode: number): void {
    if (this.#session && !this.#isEnding) this.#send({ op: 'ending', how: 'exit', exitCode });
  }

  /** A loop that prints must not fill the server's memory with what nobody can read. */
  #output(stream: StreamName, text: string): void {
    this.#sentCode?.hear(text);
    if (this.#early !== undefined) {
      this.#early += text;
      return;
    }
    if (this.#socket.writableLength > MAX_WAITING) {
      this.#leftOut += text.length;
      return;
    }
    if (this.#leftOut > 0)
      this.#send({ op: 'out', stream: 'stderr', text: `\n… ${this.#leftOut} characters were left out …\n` });
    this.#leftOut = 0;
    this.#send({ op: 'out', stream, text });
  }

  #send(frame: HostFrame): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(encodeFrame(frame));
  }
}

/** Compares in a time that tells nothing about the contents. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
