import { isCommand } from './command-line.ts';
import { CommandOutput } from './command-output.ts';
import { ConnectionLost, type Connection } from './connection.ts';
import type { Editor } from './editor.ts';
import type { ServerLink } from './link.ts';
import type { Paging } from './paging.ts';
import type { ResultFrame } from './protocol.ts';
import { paint } from './spans.ts';
import type { TerminalOutput } from './terminal-output.ts';

/** What an evaluation is asked for, and shown, with. */
export interface TerminalEvaluationParts {
  link: ServerLink;
  /** The session, once it can be asked. */
  ready(): Promise<Connection>;
  editor: Editor;
  output: TerminalOutput;
  paging: Paging;
  color: boolean;
  columns(): number;
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

/** Runs code in the session, shows what it prints meanwhile and for how long it has run, and interrupts it. */
export class TerminalEvaluation {
  readonly #parts: TerminalEvaluationParts;
  readonly #commandOutput: CommandOutput;
  #running: Running | undefined;
  /** What a command has asked of the terminal: its entry is over when that is done. */
  #acting: Promise<void> | undefined;

  constructor(parts: TerminalEvaluationParts) {
    this.#parts = parts;
    this.#commandOutput = new CommandOutput((text) => parts.editor.printAbove(text));
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Output of the session. */
  print(text: string): void {
    if (!this.#commandOutput.take(text)) this.#parts.editor.printAbove(text);
  }

  /** A command does something in the terminal. */
  acts(acting: Promise<void>): void {
    this.#acting = acting;
  }

  /** Gives how the code ended, and after how many milliseconds; undefined for no end, which was told. */
  async run(code: string): Promise<{ result: ResultFrame; ms: number } | undefined> {
    const { ready, editor, output, paging, columns } = this.#parts;
    const begin = performance.now();
    let abandon = (): void => {};
    const abandoned = new Promise<undefined>((resolve) => (abandon = () => resolve(undefined)));
    const running: Running = { id: undefined, begin, interrupts: 0, abandon };
    this.#running = running;
    try {
      const connection = await Promise.race([ready(), abandoned]);
      if (isCommand(code)) this.#commandOutput.begin();
      const asked = connection?.send({ op: 'eval', code, columns: columns() });
      running.id = asked?.id;
      const answer = asked && (await Promise.race([asked.answer, abandoned]));
      this.#running = undefined;
      await paging.show(this.#commandOutput.end());
      await this.#acting;
      if (answer?.op === 'result') return { result: answer, ms: performance.now() - begin };
      if (answer?.op === 'failed') output.print([[answer.message, 'red']]);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      output.print([['the server went away while this ran', 'red']]);
      return undefined;
    } finally {
      editor.printAbove(this.#commandOutput.end());
      this.#running = undefined;
    }
  }

  /** Says every second, until `pending` is settled, for how long the server has been at it. */
  showBusy(pending: Promise<void>): void {
    const { link, editor, color } = this.#parts;
    const show = (): void => {
      if (!this.#running) return;
      const seconds = Math.round((performance.now() - this.#running.begin) / 1000);
      const text = link.connection
        ? `running for ${seconds} s — Ctrl-C stops it`
        : 'waiting for the server — Ctrl-C gives up';
      editor.showBelow([color ? paint(text, 'gray') : text]);
    };
    const timer = setInterval(show, 1000);
    void pending.finally(() => {
      clearInterval(timer);
      editor.showBelow([]);
    });
  }

  /** Interrupts what runs. Each further time is more forceful; the last one leaves the session. */
  interrupt(): void {
    const running = this.#running;
    if (!running) return;
    const { link, output } = this.#parts;
    running.interrupts += 1;
    const { connection } = link;
    if (!connection || running.id === undefined) return running.abandon();
    if (running.interrupts > 3) {
      output.print([['the server does not answer; leaving this session', 'red']]);
      running.abandon();
      return link.abandon();
    }
    const force = running.interrupts > 2;
    void connection.interrupt(running.id, force).then((reply) => {
      if (reply.state !== 'busy' || this.#running !== running) return;
      output.print([
        ['the server is busy with something else', 'yellow'],
        [reply.where === '' ? '' : ` (${reply.where})`, 'gray'],
        [' — Ctrl-C twice more stops that', 'yellow'],
      ]);
    });
  }

  /** Waits no longer for what runs. */
  abandon(): void {
    this.#running?.abandon();
  }
}
