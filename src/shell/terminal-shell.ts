import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bannerLines } from './banner.ts';
import { runAction } from './client-actions.ts';
import { ClientSettings } from './client-settings.ts';
import { ConnectionLost, ConnectionRefused, type Connection } from './connection.ts';
import { Editor } from './editor.ts';
import type { EndpointRecord } from './endpoint.ts';
import { EntryRunner } from './entry-runner.ts';
import { editOutside } from './external-editor.ts';
import { FirstSession } from './first-session.ts';
import { highlight } from './highlight.ts';
import { historyPath, type History } from './history.ts';
import { openKeptHistory, type KeptHistory } from './kept-history.ts';
import { keyList } from './key-list.ts';
import { ServerLink } from './link.ts';
import { Paging } from './paging.ts';
import type { PromptMark } from './prompt-marks.ts';
import { PromptReader } from './prompt-reader.ts';
import type { ClientAction, ClientInfo, HostFrame } from './protocol.ts';
import { Recovery } from './recovery.ts';
import { describeClient, isPlain, wantsColor, type ShellOptions } from './shell-options.ts';
import { StartUp } from './start-up.ts';
import { TerminalEvaluation } from './terminal-evaluation.ts';
import { TerminalOutput } from './terminal-output.ts';
import { TerminalPrompt } from './terminal-prompt.ts';
import { tipOfTheDay } from './tips.ts';
import { createTypingHelp, type TypingHelp } from './typing-help.ts';
import { stripAnsi } from '../util/terminal.ts';

/** How long an evaluation may take before the prompt comes back meanwhile. */
const PATIENCE_MS = 150;
/** The same where the prompt cannot make room for what is printed then. */
const PLAIN_PATIENCE_MS = 1000;

/** How long a server may take to answer before the prompt comes without it: longer than it takes for a wrong token. */
const ANSWER_MS = 2000;

/** A person's shell: runs until it is left. Gives the exit code. */
export async function runTerminalShell(options: ShellOptions, server: EndpointRecord | undefined): Promise<number> {
  return new TerminalShell(options).run(server);
}

class TerminalShell {
  readonly #options: ShellOptions;
  readonly #stdout: NodeJS.WriteStream;
  readonly #color: boolean;
  readonly #history: History;
  readonly #kept: KeptHistory;
  readonly #editor: Editor;
  readonly #link: ServerLink;
  readonly #settings = new ClientSettings((keys) => this.#editor.setKeys(keys));
  readonly #output: TerminalOutput;
  readonly #promptLine: TerminalPrompt;
  readonly #help: TypingHelp;
  readonly #evaluation: TerminalEvaluation;
  readonly #entries: EntryRunner;
  readonly #reader: PromptReader;
  readonly #recovery: Recovery;
  readonly #startUp: StartUp;
  readonly #first: FirstSession;
  readonly #paging: Paging;
  #pending: Promise<void> | undefined;
  /** Set when the shell is left; `own`: the code is that of its own application. */
  #exitCode: number | 'own' | undefined;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#stdout = options.stdout ?? process.stdout;
    this.#color = wantsColor(options, this.#stdout);
    // It may come before there is an editor to print above.
    const onWarning = (text: string): void => queueMicrotask(() => this.#output.print([[`! ${text}`, 'yellow']]));
    this.#recovery = new Recovery(options.serverClosed !== undefined);
    this.#kept = openKeptHistory(options.root, onWarning);
    this.#history = this.#kept.history;
    this.#promptLine = new TerminalPrompt({ color: this.#color, sandbox: options.sandbox });
    this.#editor = this.#createEditor();
    this.#first = new FirstSession(this.#editor);
    this.#output = new TerminalOutput(this.#editor, this.#color);
    this.#reader = new PromptReader(this.#editor, () => this.#prompt());
    options.onAbove?.((text) => this.#editor.printAbove(text));
    this.#editor.setKeys(this.#settings.keys);
    this.#paging = new Paging({
      editor: this.#editor,
      color: this.#color,
      size: () => this.#editor.size,
      isWanted: () => this.#settings.pager && this.#stdout.isTTY === true && !isPlain(options),
    });
    this.#link = new ServerLink(options, () => this.#describe(), {
      frame: (frame) => this.#receive(frame),
      output: (text) => this.#editor.printAbove(text),
      connected: (isFirst) => this.#connected(isFirst),
      lost: (exitCode) => this.#lost(exitCode),
      failed: (message) => {
        this.#output.print([[message, 'red']]);
        this.#leave(1);
      },
    });
    const parts = { editor: this.#editor, output: this.#output, paging: this.#paging, color: this.#color };
    this.#evaluation = new TerminalEvaluation({
      ...parts,
      link: this.#link,
      ready: () => this.#ready(),
      columns: () => this.#stdout.columns ?? 80,
    });
    this.#help = createTypingHelp({
      ...parts,
      options,
      settings: this.#settings,
      connection: () => this.#link.connection,
      isBusy: () => this.#evaluation.isRunning,
    });
    this.#entries = new EntryRunner({
      ...parts,
      audit: options.audit,
      history: this.#history,
      settings: this.#settings,
      assistant: this.#help.assistant,
      evaluation: this.#evaluation,
      columns: () => this.#stdout.columns ?? 80,
      clear: () => {
        if (!isPlain(options)) this.#stdout.write('\u001b[H\u001b[2J\u001b[3J');
      },
      ask: (question) => this.#reader.ask(question),
      stopServer: (exitCode) => void this.#link.connection?.ask({ op: 'stop', exitCode }).catch(ignoreLost),
      leave: (code) => this.#leave(code),
    });
    this.#startUp = this.#createStartUp();
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
      complete: async (code, cursor) => {
        await this.#first.awaited;
        return this.#help.assistant.complete(code, cursor);
      },
      onInterrupt: () => this.#interrupt(),
      onHelp: () => this.#output.print(keyList(this.#settings.keys, this.#editor.size.columns)),
      onEdit: (text) => editOutside(text),
      onChange: (text, cursor) => {
        this.#help.preview.changed(text);
        this.#help.assistant.changed(text, cursor);
      },
      ...(plain === undefined ? {} : { plain }),
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
      askUntil: (prompt, take) => this.#reader.askUntil(prompt, take),
      print: (spans) => this.#output.print(spans),
      printLong: (spans) => this.#paging.show(this.#output.lines(spans)),
      evaluated: (code, result) => this.#help.assistant.evaluated(code, result),
      exit: (result) => void this.#entries.show(result, 0),
    });
  }

  #describe(): ClientInfo {
    return describeClient('terminal', this.#stdout, {
      color: this.#color,
      plain: isPlain(this.#options),
      sandbox: this.#promptLine.sandbox,
      readOnly: this.#options.readOnly,
    });
  }

  async run(server: EndpointRecord | undefined): Promise<number> {
    const onTerm = (): void => this.#leave(143);
    const onHangUp = (): void => this.#leave(129);
    process.on('SIGTERM', onTerm);
    process.on('SIGHUP', onHangUp);
    void this.#options.serverClosed?.then(() => this.#leave(0));
    try {
      await this.#begin(server);
      while (this.#exitCode === undefined) await this.#turn();
      this.#first.check();
    } catch (error) {
      if (!(error instanceof ConnectionRefused)) throw error;
      this.#output.print([[error.message, 'red']]);
      this.#exitCode = 1;
    } finally {
      this.#help.preview.stop();
      this.#editor.close();
      this.#help.assistant.close();
      const own = await this.#link.close();
      if (this.#exitCode === 'own') this.#exitCode = own ?? 0;
      process.off('SIGTERM', onTerm);
      process.off('SIGHUP', onHangUp);
    }
    // The very last thing: whatever went wrong before, the journal has it all.
    this.#kept.save();
    return Number(this.#exitCode ?? 0);
  }

  /** Waits for the first session, or lets the person type meanwhile. Where lines stay as they are the prompt has to have its name. */
  async #begin(server: EndpointRecord | undefined): Promise<void> {
    const failed = (): void => void (this.#exitCode ??= 1);
    if (!server && !isPlain(this.#options)) return this.#first.await(() => this.#link.start(undefined), failed);
    const session = this.#link.start(server);
    if (!server || isPlain(this.#options)) await session;
    else if (!(await this.#answersSoon(session, server))) this.#first.await(() => session, failed);
  }

  /** Mostly a server answers at once; else the person is told what is waited for. */
  async #answersSoon(session: Promise<void>, { pid }: EndpointRecord): Promise<boolean> {
    const isThere = await Promise.race([session.then(() => true), delay(ANSWER_MS, false, { ref: false })]);
    if (!isThere)
      this.#output.print([
        [`the server (pid ${pid}) does not answer`, 'yellow'],
        [' — Ctrl-C gives up', 'gray'],
      ]);
    return isThere;
  }

  /** An entry stays where it is typed until there is a session that can tell. */
  async #isComplete(code: string): Promise<boolean> {
    await this.#first.awaited;
    return this.#reader.isAsking || this.#help.isComplete(code);
  }

  #interrupt(): void {
    // As before there was a prompt: the application may never come.
    if (this.#first.awaited) this.#leave(130);
    else if (!this.#startUp.interrupt()) this.#evaluation.interrupt();
  }

  /** Reads one entry and runs it. */
  async #turn(): Promise<void> {
    const { isAnswer, text: entry } = await this.#reader.read();
    if (isAnswer) return;
    if (entry === undefined) return this.#leave('own');
    if (this.#exitCode !== undefined || entry.trim() === '') return;
    this.#help.preview.stop();
    await this.#pending;
    const pending = this.#entries.run(entry);
    this.#pending = pending;
    // A quick answer stands where the next prompt comes; a slow one keeps nobody from typing.
    const patience = isPlain(this.#options) ? PLAIN_PATIENCE_MS : PATIENCE_MS;
    const isQuick = await Promise.race([pending.then(() => true), delay(patience, false, { ref: false })]);
    if (!isQuick) this.#evaluation.showBusy(pending);
  }

  /** The session, once its start-up files have run. */
  async #ready(): Promise<Connection> {
    for (;;) {
      const connection = await this.#link.ready();
      await this.#startUp.settled;
      if (connection === this.#link.connection) return connection;
    }
  }

  #receive(frame: HostFrame): void {
    if (this.#recovery.receive(frame)) return;
    if (frame.op === 'out') this.#evaluation.print(this.#color ? frame.text : stripAnsi(frame.text));
    else if (frame.op === 'notice') {
      this.#output.print(frame.printed);
      if (frame.files) this.#help.assistant.reloaded(frame.files);
    } else if (frame.op === 'prompt') this.#setMarks(frame.marks);
    else if (frame.op === 'act') this.#act(frame.action);
    else if (frame.op === 'bye') this.#leave(frame.exitCode ?? 0);
  }

  #connected(isFirst: boolean): void {
    const { connection } = this.#link;
    if (!connection) return;
    const { welcome } = connection;
    const { columns = 80 } = this.#stdout;
    this.#setMarks(welcome.marks);
    const banner = isFirst ? bannerLines(welcome, this.#link.isAttached, columns) : [];
    // At once: each time, a prompt that is there already is drawn anew.
    this.#editor.printAbove(
      [...banner, ...welcome.warnings].map((line) => (line.length > 0 ? this.#output.lines(line) : '')).join(''),
    );
    if (isFirst) this.#showTip();
    this.#help.assistant.connected(isFirst);
    this.#options.audit?.attached(welcome, this.#describe());
    const started = this.#startUp.begin();
    if (!isFirst) void this.#restore(connection, started);
  }

  async #restore(connection: Connection, started: Promise<void>): Promise<void> {
    await started;
    this.#output.print(await this.#recovery.restore(connection));
  }

  #showTip(): void {
    if (isPlain(this.#options) || !this.#stdout.isTTY) return;
    const tip = tipOfTheDay(join(dirname(historyPath(this.#options.root)), 'tip.json'));
    if (tip !== undefined) this.#output.print([[`tip: ${tip}`, 'gray']]);
  }

  #setMarks(marks: readonly PromptMark[]): void {
    this.#promptLine.setMarks(marks);
    this.#editor.setPrompt(this.#prompt());
  }

  #lost(exitCode: number | undefined): void {
    this.#output.print(this.#recovery.lost(exitCode));
  }

  #prompt(): string {
    return this.#promptLine.text(this.#link.connection?.welcome, this.#first.awaited === undefined);
  }

  #act(action: ClientAction): void {
    const connection = this.#link.connection;
    if (!connection) return;
    const acting = runAction(action, {
      editor: this.#editor,
      color: this.#color,
      isPlain: isPlain(this.#options),
      print: (spans) => this.#output.print(spans),
      write: (text) => this.#stdout.write(text),
      ask: (question) => connection.ask(question),
    });
    this.#evaluation.acts(acting);
  }

  #leave(code: number | 'own'): void {
    this.#exitCode ??= code;
    this.#evaluation.abandon();
    this.#editor.close();
  }
}

function ignoreLost(error: unknown): void {
  if (!(error instanceof ConnectionLost)) throw error;
}
