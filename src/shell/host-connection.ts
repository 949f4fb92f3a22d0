import type { Socket } from 'node:net';
import { FlaconError } from '../util/errors.ts';
import type { ConnectionHost } from './connection-host.ts';
import type { Door } from './hello.ts';
import { answerQuestion, type Asked } from './host-answers.ts';
import { HostWriter } from './host-writer.ts';
import type { InterruptSlot } from './interrupt.ts';
import { Keeper } from './keeper.ts';
import { neighbourCommands } from './neighbour-commands.ts';
import type { Neighbour, SentCode, SentResult } from './neighbours.ts';
import { messageOf } from './printer.ts';
import { FrameReader, type ClientFrame, type ClientInfo, type EndingKind, type RequestFrame } from './protocol.ts';
import { ReloadFollower } from './reload-follower.ts';
import { SentCodeRunner } from './sent-code.ts';
import { Session } from './session.ts';
import type { SubmitResult } from './session-options.ts';
import { SessionTools } from './session-tools.ts';
import type { Span } from './spans.ts';
import type { ReloadEvent } from './target.ts';
import { welcomeFrame } from './welcome.ts';

/** How long a client has to say who it is. */
const HELLO_MS = 5000;

/** How long an evaluation that was cut off gets to answer by itself. */
const CUT_MS = 100;

/** How long the client gets to show its prompt before a server that others use does anything else. */
const WARM_UP_MS = 30;

/** One client's end of a connection: one session, whose entries run one after the other. */
export class HostConnection {
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #reader = new FrameReader<ClientFrame>();
  readonly #writer: HostWriter;
  readonly #slot: InterruptSlot | undefined;
  #session: Session | undefined;
  #tools: SessionTools | undefined;
  #keeper: Keeper | undefined;
  #neighbour: Neighbour | undefined;
  #sentCode: SentCodeRunner | undefined;
  #follower: ReloadFollower | undefined;
  readonly #introduce: ReturnType<Door['visitor']>;
  #opening: Promise<void> | undefined;
  /** It has the token. */
  #isKnown = false;
  /** Entries wait for each other; everything else is answered at once. */
  #queue: Promise<unknown> = Promise.resolve();
  /** The question whose code runs. */
  #running: number | undefined;
  /** A start-up file runs: what the client has of an earlier session is still to come. */
  #isStartingUp = false;
  #closed = false;
  #ending: Promise<void> | undefined;
  #isGuarded = false;

  constructor(host: ConnectionHost, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    this.#writer = new HostWriter(socket);
    this.#slot = host.slot((target, wasCut) => this.#interrupted(target, wasCut));
    this.#introduce = host.door.visitor((text) => host.audit(text));
    const timer = setTimeout(() => {
      if (!this.#isKnown) socket.destroy();
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
      // One that comes while the one before is looked at waits for that.
      this.#opening = (this.#opening ?? Promise.resolve()).then(() => this.#hello(frame));
      return;
    }
    if (!this.#opening) return void this.#socket.destroy();
    const { id } = frame;
    const answer = (async () => {
      await this.#opening;
      if (this.#session) await this.#answer(frame, this.#session);
      else this.#socket.destroy();
    })();
    answer.catch((error: unknown) => this.#fail(id, error));
  }

  #fail(id: number, error: unknown): void {
    const fix = error instanceof FlaconError && error.fix !== undefined ? { fix: error.fix } : {};
    this.#writer.send({ op: 'failed', id, message: messageOf(error), ...fix });
  }

  async #hello(frame: RequestFrame<'hello'>): Promise<void> {
    if (this.#isKnown || !this.#socket.writable) return;
    const { id } = frame;
    const refusal = await this.#introduce(frame);
    if (refusal) {
      this.#writer.send({ op: 'failed', id, message: refusal.message });
      if (refusal.isFinal) this.#socket.end();
      return;
    }
    this.#isKnown = true;
    try {
      await this.#open(frame);
    } catch (error) {
      this.#writer.send({ op: 'failed', id, message: messageOf(error) });
      this.#socket.end();
    }
  }

  async #open(frame: RequestFrame<'hello'>): Promise<void> {
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
      start: { sandbox: client.sandbox, readOnly: client.readOnly },
      events: {
        output: (stream, text) => {
          this.#sentCode?.hear(text);
          this.#writer.output(stream, text);
        },
        uncaught: (printed) =>
          this.#writer.send({ op: 'notice', kind: 'uncaught', printed: [['Uncaught ', 'red'], ...printed] }),
        exit: (exitCode) => this.#writer.send({ op: 'bye', exitCode }),
        notice: (printed) => this.#session && this.#writer.send({ op: 'notice', kind: 'info', printed }),
        marks: (marks) => this.#session && this.#writer.send({ op: 'prompt', marks }),
        ...(client.mode === 'terminal' && { act: (action) => this.#writer.send({ op: 'act', action }) }),
      },
    });
    this.#session = session;
    this.#follower = new ReloadFollower(session, target.root, (notice) => this.#writer.send(notice));
    // A script has nothing to come back for.
    if (client.mode === 'terminal') this.#keeper = new Keeper(session, (frame) => this.#writer.send(frame));
    if (this.#closed) return void (await session.close());
    this.#host.audit(`shell ${number} attached: pid ${client.pid}, ${client.user}`);
    this.#join(session, client);
    this.#writer.send(welcomeFrame(frame.id, session, this.#host, this.#slot, this.#writer.takeEarly()));
    // Not before the prompt is there: what is needed for the first entry can be loaded while it is typed.
    setTimeout(() => this.#warmUp(session), this.#host.isAttached ? WARM_UP_MS : 0).unref();
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
      tell: (printed) => this.#writer.send({ op: 'notice', kind: 'info', printed }),
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
    if (!this.#isGuarded) this.#writer.send({ op: 'guarded' });
    this.#isGuarded = true;
  }

  async #answer(frame: ClientFrame, session: Session): Promise<void> {
    switch (frame.op) {
      case 'eval':
        return this.#inTurn(() => this.#evaluate(frame, session));
      case 'interrupt':
        if (this.#slot) this.#host.raise(this.#slot.number, frame.target);
        else this.#interrupted(frame.target, false);
        return this.#writer.send({ op: 'done', id: frame.id });
      case 'restore': {
        const restored = await session.restore(frame.state, frame.log);
        this.#keeper?.soon();
        return this.#writer.send({ op: 'restored', id: frame.id, ...restored });
      }
      case 'stop':
        this.#writer.send({ op: 'done', id: frame.id });
        this.#host.audit(`shell ${session.number} stops the server (code ${frame.exitCode})`);
        return this.#host.stop(frame.exitCode);
      case 'close':
        await this.#end();
        this.#writer.send({ op: 'done', id: frame.id });
        return void this.#socket.end();
      default:
        this.#writer.send(await answerQuestion(frame, this.#asked(session)));
    }
  }

  #asked(session: Session): Asked {
    const { target, neighbours } = this.#host;
    const tools = (this.#tools ??= new SessionTools(session));
    const sending = (slot: number, running: number): void =>
      this.#writer.send({ op: 'sending', slot, target: running });
    const isConnected = (): boolean => this.#ending === undefined;
    return { session, target, neighbours, tools, isBusy: this.#running !== undefined, isConnected, sending };
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(task);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #evaluate(frame: RequestFrame<'eval'>, session: Session): Promise<void> {
    await this.#guard();
    // Nobody waits for it any more.
    if (this.#ending) return;
    const { id, json, wait, filename, args, startUp } = frame;
    this.#keeper?.flush();
    this.#isStartingUp = startUp !== undefined;
    if (frame.columns !== undefined) session.resize(frame.columns);
    const echo = (printed: Span[], text: string | undefined): void =>
      this.#writer.send({ op: 'echo', id, printed, ...(text === undefined ? {} : { json: text }) });
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
      if (!this.#ending && sent.isWanted()) result = await this.#sentCode?.run(sent, begin);
    });
    this.#keeper?.soon();
    if (result) return result;
    throw new FlaconError(this.#ending ? 'the shell was left' : 'the sender has left', { code: 'NO_SHELL' });
  }

  #finish(id: number, result: SubmitResult): void {
    if (this.#running !== id) return;
    this.#running = undefined;
    this.#slot?.end();
    this.#writer.send({ op: 'result', id, ...result });
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
    if (this.#closed) return;
    await this.#follower?.follow(event);
  }

  /** Ends the session, once; what hangs is told. Resolves when it has ended, whoever has begun with it. */
  #end(): Promise<void> {
    return (this.#ending ??= this.#endNow());
  }

  async #endNow(): Promise<void> {
    this.#tools?.close();
    this.#keeper?.stop();
    if (this.#neighbour) this.#host.neighbours.leave(this.#neighbour);
    const session = this.#session;
    if (session) {
      for (const problem of await session.close())
        this.#writer.send({ op: 'out', stream: 'stderr', text: `${problem}\n` });
      this.#host.audit(`shell ${session.number} detached`);
    } else this.#slot?.release();
    this.#closed = true;
    this.#host.closed(this);
  }

  /** Says goodbye: the server makes room for the next one, or ends, with `exitCode` if a session has asked for that. */
  async shutDown(how: EndingKind, exitCode?: number): Promise<void> {
    if (this.#session && !this.#ending) {
      this.#keeper?.now();
      this.#writer.send({ op: 'ending', how, ...(exitCode !== undefined && { exitCode }) });
    }
    await this.#end();
    this.#socket.destroy();
  }

  /** The last word in a process that exits: only what is sent at once still goes out. */
  exiting(exitCode: number): void {
    if (this.#session && !this.#ending) this.#writer.send({ op: 'ending', how: 'exit', exitCode });
  }
}
