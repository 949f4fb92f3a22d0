import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type * as Pty from '@lydell/node-pty';
import type * as Xterm from '@xterm/headless';
import type { Size } from './transcript-parse.ts';

const require = createRequire(import.meta.url);
const { spawn } = require('@lydell/node-pty') as typeof Pty;
const { Terminal } = require('@xterm/headless') as typeof Xterm;

// The last output of a program is lost now and then when its terminal ends with it: something stays behind, and tells
// when it has ended. What runs is the command itself, by `exec`, so that signals reach it.
const WRAPPER = `trap : INT QUIT
bash -c 'printf "\\e]777;pid;$$\\a"; exec bash -o pipefail -c "$0"' "$0"
printf '\\e]777;end;%d\\a' $?
exec sleep 2147483647`;

/** `portfolio(dev)> `, `portfolio(dev sandbox)> `, `portfolio(dev) GET /posts/4> `, `show#0> `. */
const PROMPT = /^[\w$.@#-]+(?:\([^()]*\))?(?: ?#\d+)?(?: [A-Z]+ \/\S*)?> /;
const CONTINUATION = /^ *\.{1,3} /;

/** One row of the terminal. */
interface Row {
  text: string;
  /** The terminal broke the line that this row goes on with. */
  isWrapped: boolean;
}

/** The entry that is being typed. */
export interface Live {
  prompt: string;
  /** Without the prompt and the marks of further lines. */
  lines: string[];
  /** Rows beneath it. */
  below: string[];
}

/** What a terminal shows from a place on. */
export interface View {
  /** Lines that are whole, with what the terminal has broken put together again. */
  lines: string[];
  /** The entry, if there is one. */
  live: Live | undefined;
  /** The full-screen program's rows, if one is running. */
  fullScreen: string[] | undefined;
}

/** A program in a terminal: what it has shown is looked at as rows, as a person does. */
export class TranscriptTerminal extends EventEmitter<{ change: [] }> {
  readonly #screen: Xterm.Terminal;
  readonly #pty: Pty.IPty;
  /** The row where that begins which has not been looked at yet; rows are never taken off at the top. */
  #from = 0;
  #pid: number | undefined;
  /** Code of the program's end. */
  exitCode: number | undefined;

  constructor(command: string, options: { cwd: string; env: Record<string, string>; size: Size }) {
    super();
    const { columns: cols, rows } = options.size;
    this.#screen = new Terminal({ cols, rows, scrollback: 100_000, allowProposedApi: true });
    this.#screen.parser.registerOscHandler(777, (text) => this.#hear(text));
    this.#pty = spawn('bash', ['-c', WRAPPER, command], { cols, rows, cwd: options.cwd, env: options.env });
    this.#pty.onData((data) => this.#screen.write(data, () => this.#changed()));
    // Questions of the program to its terminal are answered.
    this.#screen.onData((data) => this.#pty.write(data));
  }

  #changed(): void {
    // The screen was cleared: what is there is new.
    if (this.#buffer.type === 'normal') this.#from = Math.min(this.#from, this.#cursorRow);
    this.emit('change');
  }

  /** What the wrapper tells: the program's id, and how it has ended. */
  #hear(text: string): boolean {
    const [what, number] = text.split(';');
    if (what === 'pid') this.#pid = Number(number);
    else this.exitCode = Number(number);
    return true;
  }

  write(bytes: string): void {
    this.#pty.write(bytes);
  }

  resize({ columns, rows }: Size): void {
    this.#screen.resize(columns, rows);
    // Rows are broken anew: what is looked at goes on with the entry.
    this.#from = this.#entryStart(0) ?? this.#cursorRow;
    this.#pty.resize(columns, rows);
  }

  /** Signals the program; the terminal stays to be looked at. */
  kill(signal: NodeJS.Signals): void {
    if (this.exitCode === undefined && this.#pid !== undefined) process.kill(this.#pid, signal);
  }

  dispose(): void {
    this.kill('SIGKILL');
    this.#pty.kill('SIGKILL');
    this.#screen.dispose();
  }

  get #buffer(): Xterm.IBuffer {
    return this.#screen.buffer.active;
  }

  get #cursorRow(): number {
    return this.#buffer.baseY + this.#buffer.cursorY;
  }

  #row(index: number): Row {
    const line = this.#buffer.getLine(index);
    return { text: line?.translateToString(false) ?? '', isWrapped: line?.isWrapped ?? false };
  }

  /** The row where the entry with the cursor begins. */
  #entryStart(from: number): number | undefined {
    for (let index = this.#cursorRow; index >= from; index -= 1) {
      const { text } = this.#row(index);
      if (PROMPT.test(text)) return index;
      const isBroken = index > from && isFull(this.#row(index - 1).text);
      if (!CONTINUATION.test(text) && !isBroken) return undefined;
    }
    return undefined;
  }

  /** What is shown since {@link TranscriptTerminal.advance}. */
  view(): View {
    if (this.#buffer.type === 'alternate') {
      const rows = Array.from({ length: this.#screen.rows }, (_, index) => this.#row(index).text.trimEnd());
      while (rows.at(-1) === '') rows.pop();
      return { lines: [], live: undefined, fullScreen: rows };
    }
    const from = this.#from;
    const start = this.exitCode === undefined ? this.#entryStart(from) : undefined;
    const end = start ?? this.#cursorRow + (this.#row(this.#cursorRow).text.trim() === '' ? 0 : 1);
    const lines: string[] = [];
    for (let index = from; index < end; index += 1) {
      const { text, isWrapped } = this.#row(index);
      if (isWrapped && lines.length > 0) lines.push((lines.pop() ?? '') + text);
      else lines.push(text);
    }
    return {
      lines: lines.map((line) => line.trimEnd()),
      live: start === undefined ? undefined : this.#live(start),
      fullScreen: undefined,
    };
  }

  #live(start: number): Live {
    const [prompt = ''] = PROMPT.exec(this.#row(start).text) ?? [];
    const lines = [this.#row(start).text.slice(prompt.length)];
    const last = this.#screen.rows + this.#buffer.baseY;
    let index = start + 1;
    for (; index < last; index += 1) {
      const { text } = this.#row(index);
      const mark = CONTINUATION.exec(text)?.[0];
      if (isFull(this.#row(index - 1).text)) lines.push((lines.pop() ?? '') + text);
      else if (mark !== undefined) lines.push(text.slice(mark.length));
      else if (index > this.#cursorRow) break;
    }
    const below: string[] = [];
    for (; index < last; index += 1) below.push(this.#row(index).text.trimEnd());
    while (below.at(-1) === '') below.pop();
    return { prompt, lines: lines.map((line) => line.trimEnd()), below };
  }

  /** What is shown now has been looked at, up to the entry that is being typed. */
  advance(): void {
    if (this.#buffer.type === 'alternate') return;
    this.#from = this.#entryStart(this.#from) ?? this.#cursorRow;
  }

  /** The screen as it is, in a frame. */
  describe(): string {
    const { columns, rows } = { columns: this.#screen.cols, rows: this.#screen.rows };
    const lines = Array.from({ length: rows }, (_, index) => this.#row(this.#buffer.baseY + index).text);
    while (lines.length > 1 && lines.at(-1)?.trim() === '') lines.pop();
    const edge = `+${'-'.repeat(columns)}+`;
    return [edge, ...lines.map((line) => `|${line}|`), edge].join('\n');
  }
}

function isFull(text: string): boolean {
  return text !== '' && !text.endsWith(' ');
}

/** How many of the lines are the entry that was typed: `typed` is what was put into each of its lines, if that is known. */
export function echoLength(lines: readonly string[], typed?: readonly string[]): number | undefined {
  const [first = ''] = lines;
  const prompt = PROMPT.exec(`${first} `)?.[0];
  if (prompt === undefined) return undefined;
  if (typed === undefined) {
    let length = 1;
    while (CONTINUATION.test(lines[length] ?? '')) length += 1;
    return length;
  }
  let at = 0;
  for (const [number, text] of typed.entries()) {
    const line = `${lines[at] ?? ''} `;
    const mark = number === 0 ? prompt : CONTINUATION.exec(line)?.[0];
    if (mark === undefined) return undefined;
    // Long lines are broken into rows by the editor, which also indents.
    const wanted = withoutBlanks(text);
    let got = withoutBlanks(line.slice(mark.length));
    for (at += 1; got.length < wanted.length && at < lines.length; at += 1) got += withoutBlanks(lines[at] ?? '');
    if (got !== wanted) return undefined;
  }
  return at;
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s/g, '');
}
