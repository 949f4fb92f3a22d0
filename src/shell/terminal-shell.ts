import { dirname, join } from 'node:path';
import { bannerLines } from './banner.ts';
import { runAction } from './client-actions.ts';
import { runClientCommand } from './client-commands.ts';
import { ClientSettings } from './client-settings.ts';
import { CommandOutput } from './command-output.ts';
import { ConnectionLost, ConnectionRefused, type Connection, type Question } from './connection.ts';
import { Editor } from './editor.ts';
import type { EndpointRecord } from './endpoint.ts';
import { editOutside } from './external-editor.ts';
import { highlight } from './highlight.ts';
import { History, historyPath } from './history.ts';
import { HistorySnapshot } from './history-snapshot.ts';
import { keyList } from './key-list.ts';
import { ServerLink } from './link.ts';
import { Paging } from './paging.ts';
import { PreviewHint } from './preview-hint.ts';
import { promptText, type PromptMark } from './prompt-marks.ts';
import type { ClientAction, ClientInfo, HostFrame, ResultFrame } from './protocol.ts';
import { Questions, type PromptQuestion } from './questions.ts';
import { Recovery } from './recovery.ts';
import { ansiText, paint, plainText, type Span } from './spans.ts';
import { describeClient, isPlain, wantsColor, type ShellOptions } from './shell-options.ts';
import { StartUp } from './start-up.ts';
import { tipOfTheDay } from './tips.ts';
import { certainlyIncomplete } from './tokens.ts';
import { TypeAssistant } from './type-assistant.ts';
import { isTypeCommand } from './type-commands.ts';
import { FlaconError } from '../util/errors.ts';
import { stripAnsi } from '../util/terminal.ts';

/** How long an evaluation may take before the prompt comes back meanwhile. */
const PATIENCE_MS = 150;
/** The same where the prompt cannot make room for what is printed then. */
const PLAIN_PATIENCE_MS = 1000;
/** How long the host may take to say whether an entry is whole, before the text alone decides. */
const CHECK_MS = 150;

const COMMAND = /^\s*\.[A-Za-z]/;

/** A person's shell: runs until it is left. Gives the exit code. */
export async function runTerminalShell(options: ShellOptions, server: EndpointRecord | undefined): Promise<number> {
  return new TerminalShell(options).run(server);
}

/** What is running: one entry at a time. */
interface Running {
  /** The number of the question, once it is asked. */
  id: number | undefined;
  begin: number;
  interrupts: number;
  /** Stops waiting for it. */
  abandon(): void;
}

class TerminalShell {
  readonly #options: ShellOptions;
  readonly #stdout: NodeJS.WriteStream;
  readonly #color: boolean;
  readonly #history: History;
  readonly #snapshot: HistorySnapshot | undefined;
  readonly #editor: Editor;
  readonly #link: ServerLink;
  readonly #settings = new ClientSettings((keys) => this.#editor.setKeys(keys));
  readonly #preview: PreviewHint;
  readonly #assistant: TypeAssistant;
  readonly #questions = new Questions();
  /** What the prompt asks instead of being one. */
  #question: PromptQuestion | undefined;
  readonly #recovery = new Recovery();
  readonly #startUp: StartUp;
  #isReading = false;
  readonly #paging: Paging;
  readonly #commandOutput: CommandOutput;
  #running: Running | undefined;
  #pending: Promise<void> | undefined;
  /** What a command has asked of the terminal: its entry is over when that is done. */
  #acting: Promise<void> | undefined;
  #exitCode: number | undefined;
  #marks: readonly PromptMark[] = [];
  /** What the next session is asked for: that of a server that has restarted is as this one was. */
  #sandbox: boolean | undefined;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#sandbox = options.sandbox;
    this.#stdout = options.stdout ?? process.stdout;
    this.#color = wantsColor(options, this.#stdout);
    const journal = historyPath(options.root);
    this.#snapshot = loadSnapshot(HistorySnapshot.pathFor(journal));
    this.#history = History.open(journal, {
      older: this.#snapshot?.lines ?? [],
      // It may come before there is an editor to print above.
      onWarning: (message) => queueMicrotask(() => this.#print([[`! ${message}`, 'yellow']])),
    });
    this.#editor = this.#createEditor();
    options.onAbove?.((text) => this.#editor.printAbove(text));
    this.#editor.setKeys(this.#settings.keys);
    this.#preview = this.#createPreview();
    this.#commandOutput = new CommandOutput((text) => this.#editor.printAbove(text));
    this.#paging = new Paging({
      editor: this.#editor,
      color: this.#color,
      size: () => this.#editor.size,
      isWanted: () => this.#settings.pager && this.#stdout.isTTY === true && !isPlain(options),
    });
    this.#assistant = this.#createAssistant();
    this.#startUp = this.#createStartUp();
    this.#link = new ServerLink(options, () => this.#describe(), {
      frame: (frame) => this.#receive(frame),
      output: (text) => this.#editor.printAbove(text),
      connected: (isFirst) => this.#connected(isFirst),
      lost: (exitCode) => this.#lost(exitCode),
      failed: (message) => {
        this.#print([[message, 'red']]);
        this.#leave(1);
      },
    });
  }

  #createEditor(): Editor {
    const { stdin = process.stdin, plain } = this.#options;
    return new Editor({
      input: stdin,
      output: this.#stdout,
      prompt: '> ',
      color: this.#color,
      history: this.#history,
      highlight: (code, cursor) => highlight(code, { color: this.#color, cursor }),
      isComplete: (code) => this.#isComplete(code),
      complete: (code, cursor) => this.#assistant.complete(code, cursor),
      onInterrupt: () => this.#interrupt(),
      onHelp: () => this.#print(keyList(this.#settings.keys, this.#editor.size.columns)),
      onEdit: (text) => editOutside(text),
      onChange: (text, cursor) => {
        this.#preview.changed(text);
        this.#assistant.changed(text, cursor);
      },
      ...(plain === undefined ? {} : { plain }),
    });
  }

  #createAssistant(): TypeAssistant {
    const { root, subject } = this.#options;
    return new TypeAssistant({
      root,
      appFile: subject.file,
      color: this.#color,
      columns: () => this.#stdout.columns ?? 80,
      connection: () => this.#link.connection,
      print: (spans) => this.#print(spans),
      printLong: (spans) => this.#paging.show(this.#lines(spans)),
      setHint: (rows) => this.#editor.setHint('signature', rows),
      withTerminal: (body) => withoutEditor(this.#editor, body),
    });
  }

  #createPreview(): PreviewHint {
    return new PreviewHint({
      isWanted: () => this.#settings.preview && !this.#running && !isPlain(this.#options),
      ask: async (code) => {
        const answer = await askQuietly(this.#link.connection, { op: 'preview', code });
        return answer?.op === 'preview' ? answer.printed : undefined;
      },
      show: (printed) => {
        const text = plainText(printed);
        this.#editor.setHint('preview', text === '' ? [] : [this.#color ? paint(text, 'gray') : text]);
      },
    });
  }

  #createStartUp(): StartUp {
    const { root, rc = true, trust = false, audit } = this.#options;
    return new StartUp({
      root,
      isWanted: rc,
      isTrusted: trust,
      audit,
      connection: () => this.#link.connection,
      columns: () => this.#stdout.columns ?? 80,
      askUntil: (prompt, take) => {
        this.#questions.askUntil(prompt, take);
        this.#showQuestion();
      },
      print: (spans) => this.#print(spans),
      printLong: (spans) => this.#paging.show(this.#lines(spans)),
      evaluated: (code, result) => this.#assistant.evaluated(code, result),
      exit: (result) => void this.#show(result, 0),
    });
  }

  #describe(): ClientInfo {
    return describeClient('terminal', this.#stdout, {
      color: this.#color,
      plain: isPlain(this.#options),
      sandbox: this.#sandbox,
    });
  }

  async run(server: EndpointRecord | undefined): Promise<number> {
    const onTerm = (): void => this.#leave(143);
    const onHangUp = (): void => this.#leave(129);
    process.on('SIGTERM', onTerm);
    process.on('SIGHUP', onHangUp);
    try {
      await this.#link.start(server);
      while (this.#exitCode === undefined) await this.#turn();
    } catch (error) {
      if (!(error instanceof ConnectionRefused)) throw error;
      this.#print([[error.message, 'red']]);
      this.#exitCode = 1;
    } finally {
      this.#preview.stop();
      this.#editor.close();
      this.#assistant.close();
      await this.#link.close();
      process.off('SIGTERM', onTerm);
      process.off('SIGHUP', onHangUp);
    }
    // The very last thing: whatever went wrong before, the journal has it all.
    this.#history.refresh();
    this.#snapshot?.save(this.#history.lines);
    return this.#exitCode ?? 0;
  }

  /** Reads one entry and runs it. */
  async #turn(): Promise<void> {
    this.#question = this.#questions.next;
    this.#isReading = true;
    const entry = await this.#editor.readEntry({ prompt: this.#question?.prompt ?? this.#prompt() });
    this.#isReading = false;
    if (this.#question) return this.#question.answer(entry ?? '');
    if (entry === undefined) return this.#leave(0);
    if (this.#exitCode !== undefined || entry.trim() === '') return;
    this.#preview.stop();
    await this.#pending;
    const pending = this.#audited(entry);
    this.#pending = pending;
    // A quick answer stands where the next prompt comes; a slow one keeps nobody from typing.
    const patience = isPlain(this.#options) ? PLAIN_PATIENCE_MS : PATIENCE_MS;
    const isQuick = await Promise.race([pending.then(() => true), wait(patience).then(() => false)]);
    if (!isQuick) this.#showBusy(pending);
  }

  /** Runs an entry; without its line in the audit file it does not run. */
  async #audited(entry: string): Promise<void> {
    const { audit } = this.#options;
    if (!audit) return this.#runEntry(entry);
    try {
      await audit.around({ code: entry }, () => this.#runEntry(entry));
    } catch (error) {
      if (!(error instanceof FlaconError)) throw error;
      this.#print([[error.message, 'red']]);
    }
  }

  async #runEntry(entry: string): Promise<void> {
    // On the disk before it runs: an entry that ends the process is not lost.
    const id = this.#history.append(entry);
    const begin = performance.now();
    let ok = true;
    for (const code of this.#expand(entry)) {
      if (code !== entry) {
        this.#options.audit?.expanded(code);
        this.#print([[code, 'gray']]);
      }
      ok = (await this.#assistant.run(code)) ?? ((await this.#assistant.mayRun(code)) && (await this.#evaluate(code)));
      if (!ok) break;
    }
    if (ok) this.#options.audit?.done();
    if (id !== undefined) this.#history.settle(id, { ok, ms: performance.now() - begin });
  }

  /** Commands that this side does itself give the entries that run in their place. */
  #expand(entry: string): readonly string[] {
    const { columns = 80 } = this.#stdout;
    const answer = runClientCommand(entry, {
      history: this.#history,
      columns,
      settings: this.#settings,
      print: (spans) => this.#print(spans),
    });
    if (answer === undefined) return [entry];
    if (answer.kind === 'exit') this.#leave(0);
    if (answer.kind === 'clear') this.#stdout.write('\u001b[H\u001b[2J\u001b[3J');
    return answer.kind === 'run' ? answer.entries : [];
  }

  /** Runs code in the session and prints what comes of it. Gives whether it went well. */
  async #evaluate(code: string): Promise<boolean> {
    const begin = performance.now();
    let abandon = (): void => {};
    const abandoned = new Promise<undefined>((resolve) => (abandon = () => resolve(undefined)));
    const running: Running = { id: undefined, begin, interrupts: 0, abandon };
    this.#running = running;
    try {
      const connection = await Promise.race([this.#ready(), abandoned]);
      const { columns = 80 } = this.#stdout;
      if (COMMAND.test(code)) this.#commandOutput.begin();
      const asked = connection?.send({ op: 'eval', code, columns });
      running.id = asked?.id;
      const answer = asked && (await Promise.race([asked.answer, abandoned]));
      this.#running = undefined;
      await this.#paging.show(this.#commandOutput.end());
      await this.#acting;
      if (answer?.op === 'result') {
        this.#options.audit?.ended(answer.status);
        this.#assistant.evaluated(code, answer);
        return await this.#show(answer, performance.now() - begin);
      }
      if (answer?.op === 'failed') this.#print([[answer.message, 'red']]);
      return false;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      this.#print([['the server went away while this ran', 'red']]);
      return false;
    } finally {
      this.#editor.printAbove(this.#commandOutput.end());
      this.#running = undefined;
    }
  }

  /** The session, once its start-up files have run. */
  async #ready(): Promise<Connection> {
    for (;;) {
      const connection = await this.#link.ready();
      await this.#startUp.settled;
      if (connection === this.#link.connection) return connection;
    }
  }

  async #show(result: ResultFrame, ms: number): Promise<boolean> {
    const { status, printed } = result;
    if (status === 'interrupted') {
      const how = printed.length > 0 ? `(${plainText(printed)})` : `after ${(ms / 1000).toFixed(1)} s`;
      this.#print([['^C', 'yellow'], [` interrupted ${how}`]]);
    } else if (status === 'exit' && result.mustAsk) void this.#askToStop(result.exitCode ?? 0);
    else if (status === 'exit') this.#leave(result.exitCode ?? 0);
    else if (status === 'incomplete') this.#print([['SyntaxError: the code ends too early', 'red']]);
    else if (printed.length > 0) await this.#paging.show(this.#lines(printed));
    return status === 'value' || status === 'nothing' || status === 'exit';
  }

  /** `process.exit()` in a server that others use. */
  async #askToStop(exitCode: number): Promise<void> {
    if (!/^y(?:es)?$/.test(await this.#ask('this stops the dev server: y/N '))) return;
    this.#link.connection?.ask({ op: 'stop', exitCode }).catch(ignoreLost);
  }

  #ask(prompt: string): Promise<string> {
    const answer = this.#questions.ask(prompt);
    this.#showQuestion();
    return answer;
  }

  #showQuestion(): void {
    // A prompt that is there with nothing typed becomes the question; else it waits for the next one.
    if (this.#isReading && this.#editor.text === '') {
      this.#question = this.#questions.next;
      this.#editor.setPrompt(this.#question?.prompt ?? this.#prompt());
    }
  }

  /** Says every second for how long the server has been at it. */
  #showBusy(pending: Promise<void>): void {
    const show = (): void => {
      if (!this.#running) return;
      const seconds = Math.round((performance.now() - this.#running.begin) / 1000);
      const text = this.#link.connection
        ? `running for ${seconds} s — Ctrl-C stops it`
        : 'waiting for the server — Ctrl-C gives up';
      this.#editor.showBelow([this.#color ? paint(text, 'gray') : text]);
    };
    const timer = setInterval(show, 1000);
    void pending.finally(() => {
      clearInterval(timer);
      this.#editor.showBelow([]);
    });
  }

  #interrupt(): void {
    if (this.#startUp.interrupt()) return;
    const running = this.#running;
    if (!running) return;
    running.interrupts += 1;
    const connection = this.#link.connection;
    if (!connection || running.id === undefined) return running.abandon();
    if (running.interrupts > 3) {
      this.#print([['the server does not answer; leaving this session', 'red']]);
      running.abandon();
      return this.#link.abandon();
    }
    const force = running.interrupts > 2;
    void connection.interrupt(running.id, force).then((reply) => {
      if (reply.state !== 'busy' || this.#running !== running) return;
      this.#print([
        ['the server is busy with something else', 'yellow'],
        [reply.where === '' ? '' : ` (${reply.where})`, 'gray'],
        [' — Ctrl-C twice more stops that', 'yellow'],
      ]);
    });
  }

  async #isComplete(code: string): Promise<boolean> {
    if (this.#question || COMMAND.test(code) || isTypeCommand(code)) return true;
    if (certainlyIncomplete(code)) return false;
    const connection = this.#link.connection;
    if (!connection || this.#running) return true;
    const answer = await Promise.race([askQuietly(connection, { op: 'check', code }), wait(CHECK_MS)]);
    return answer?.op !== 'checked' || answer.status !== 'incomplete';
  }

  #receive(frame: HostFrame): void {
    if (this.#recovery.receive(frame)) return;
    if (frame.op === 'out') {
      const text = this.#color ? frame.text : stripAnsi(frame.text);
      if (!this.#commandOutput.take(text)) this.#editor.printAbove(text);
    } else if (frame.op === 'notice') {
      this.#print(frame.printed);
      if (frame.files) this.#assistant.reloaded(frame.files);
    } else if (frame.op === 'prompt') this.#setMarks(frame.marks);
    else if (frame.op === 'act') this.#act(frame.action);
    else if (frame.op === 'bye') this.#leave(frame.exitCode ?? 0);
  }

  #connected(isFirst: boolean): void {
    const { connection } = this.#link;
    if (!connection) return;
    const { welcome } = connection;
    const { columns = 80 } = this.#stdout;
    if (isFirst) for (const line of bannerLines(welcome, this.#link.isAttached, columns)) this.#print(line);
    for (const warning of welcome.warnings) this.#print(warning);
    if (isFirst) this.#showTip();
    this.#setMarks(welcome.marks);
    this.#assistant.connected(isFirst);
    this.#options.audit?.attached(welcome, this.#describe());
    const started = this.#startUp.begin();
    if (!isFirst) void this.#restore(connection, started);
  }

  async #restore(connection: Connection, started: Promise<void>): Promise<void> {
    await started;
    this.#print(await this.#recovery.restore(connection));
  }

  #showTip(): void {
    if (isPlain(this.#options) || !this.#stdout.isTTY) return;
    const tip = tipOfTheDay(join(dirname(historyPath(this.#options.root)), 'tip.json'));
    if (tip !== undefined) this.#print([[`tip: ${tip}`, 'gray']]);
  }

  #setMarks(marks: readonly PromptMark[]): void {
    const wasSandboxed = this.#marks.some(({ name }) => name === 'sandbox');
    this.#marks = marks;
    const isSandboxed = marks.some(({ name }) => name === 'sandbox');
    if (isSandboxed !== wasSandboxed) this.#sandbox = isSandboxed;
    this.#editor.setPrompt(this.#prompt());
  }

  #lost(exitCode: number | undefined): void {
    this.#print(this.#recovery.lost(exitCode));
  }

  #prompt(): string {
    const { app = 'shell', environment = 'dev' } = this.#link.connection?.welcome ?? {};
    const text = `${promptText(app, environment, this.#marks)} `;
    return this.#color ? paint(text, environment.startsWith('prod') ? 'bold red' : 'bold') : text;
  }

  #act(action: ClientAction): void {
    const connection = this.#link.connection;
    if (!connection) return;
    const acting = runAction(action, {
      editor: this.#editor,
      color: this.#color,
      isPlain: isPlain(this.#options),
      print: (spans) => this.#print(spans),
      write: (text) => this.#stdout.write(text),
      ask: (question) => connection.ask(question),
    });
    this.#acting = acting;
  }

  #lines(spans: readonly Span[]): string {
    return `${this.#color ? ansiText(spans) : plainText(spans)}\n`;
  }

  #print(spans: readonly Span[]): void {
    if (spans.length > 0) this.#editor.printAbove(this.#lines(spans));
  }

  #leave(code: number): void {
    this.#exitCode ??= code;
    this.#running?.abandon();
    this.#editor.close();
  }
}

function loadSnapshot(path: string): HistorySnapshot | undefined {
  try {
    return HistorySnapshot.load(path);
  } catch {
    // A folder that cannot be written: the journal says so, once.
    return undefined;
  }
}

function ignoreLost(error: unknown): void {
  if (!(error instanceof ConnectionLost)) throw error;
}

async function askQuietly(connection: Connection | undefined, question: Question): Promise<HostFrame | undefined> {
  try {
    return await connection?.ask(question);
  } catch (error) {
    if (error instanceof ConnectionLost) return undefined;
    throw error;
  }
}

/** Lets another program have the terminal. */
function withoutEditor<T>(editor: Editor, body: () => T): T {
  editor.suspend();
  try {
    return body();
  } finally {
    editor.resume();
  }
}

function wait(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}
