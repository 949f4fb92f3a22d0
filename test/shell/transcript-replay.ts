import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compareLines, describeExpected } from './transcript-match.ts';
import { parseTranscript, type Action, type Expected, type Size, type Step } from './transcript-parse.ts';
import type { Answer, TranscriptProject, TranscriptWorkshop } from './transcript-project.ts';
import { echoLength, TranscriptTerminal, type Live, type View } from './transcript-terminal.ts';

/** How a transcript is replayed. */
export interface ReplayOptions {
  workshop: TranscriptWorkshop;
  /** The Node to run the programs on. Default: this one. */
  node?: string;
  /** Default: the transcript's own size, or 80x24. */
  size?: Size;
  /**
   * How long nothing may happen in a terminal that does not show what is expected, in milliseconds, before that is
   * reported; a quarter of it where something else is shown. Nothing that succeeds depends on it. Default: 20 s.
   */
  patience?: number;
}

/** Replays a transcript. Throws, with what is on the screen, where it shows anything else. */
export async function replay(file: string, options: ReplayOptions): Promise<void> {
  const transcript = parseTranscript(readFileSync(file, 'utf8'), basename(file));
  const project = options.workshop.project(options.node ?? process.execPath, transcript.env);
  const player = new Player(basename(file), project, options.size ?? transcript.size, options.patience ?? 20_000);
  try {
    if (transcript.hasServer) await project.serve();
    for (const step of transcript.steps) await player.play(step);
  } finally {
    player.close();
    await project.close();
  }
}

/** What of a step is waited for in one terminal. */
interface Wait {
  expected: readonly Expected[];
  line: number;
  /** Lines that were typed since the prompt, the last one now; nothing if nothing was, or keys were. */
  typed: readonly string[] | undefined;
  /** The entry is whole, or the program has ended. */
  hasToSettle: boolean;
}

/** One terminal of a transcript. */
interface Seat {
  terminal: TranscriptTerminal;
  /** Lines of the entry that is being typed. */
  typed: string[];
  /** Its program reads no lines. */
  isBackground: boolean;
}

class Player {
  readonly #name: string;
  readonly #project: TranscriptProject;
  readonly #size: Size;
  readonly #patience: number;
  readonly #seats = new Map<string, Seat>();
  #asked: Promise<Answer> | undefined;

  constructor(name: string, project: TranscriptProject, size: Size, patience: number) {
    this.#name = name;
    this.#project = project;
    this.#size = size;
    this.#patience = patience;
  }

  close(): void {
    for (const { terminal } of this.#seats.values()) terminal.dispose();
  }

  async play(step: Step): Promise<void> {
    const { action, line } = step;
    await this.#act(action, line);
    const own = 'terminal' in action ? action.terminal : undefined;
    for (const [name, expected] of step.expected)
      if (name !== own) await this.#wait(name, { ...NOTHING, expected, line });
    if (own === undefined) return;
    const expected = step.expected.get(own) ?? [];
    const seat = this.#seat(own, line);
    if (action.kind === 'start')
      return this.#wait(own, { ...NOTHING, expected, line, hasToSettle: !seat.isBackground });
    if (action.kind === 'type') {
      const typed = [...seat.typed, action.text];
      return this.#wait(own, { expected, line, typed, hasToSettle: true });
    }
    seat.typed = [];
    if (expected.length > 0) return this.#wait(own, { ...NOTHING, expected, line });
    if (action.kind === 'keys' && action.text !== '') return this.#shows(own, action.text, line);
  }

  #seat(name: string, line: number): Seat {
    const seat = this.#seats.get(name);
    if (!seat) throw new Error(`${this.#name}:${line}: nothing was started in ${name}`);
    return seat;
  }

  async #act(action: Action, line: number): Promise<void> {
    switch (action.kind) {
      case 'start':
        return this.#start(action.terminal, action.command, action.isBackground, line);
      case 'type':
        return this.#seat(action.terminal, line).terminal.write(`${action.text}\r`);
      case 'keys':
        return this.#seat(action.terminal, line).terminal.write(action.bytes);
      case 'paste':
        return this.#seat(action.terminal, line).terminal.write(
          `\u001b[200~${action.text.replaceAll('\n', '\r')}\u001b[201~`,
        );
      case 'resize':
        return this.#seat(action.terminal, line).terminal.resize(action.size);
      case 'kill':
        if (action.target === 'server') return this.#project.stopServer(action.signal as NodeJS.Signals);
        return this.#seat(action.target, line).terminal.kill(action.signal);
      case 'serve':
        return this.#project.serve();
      case 'log':
        return this.#within(this.#project.logs(action.regex), () =>
          this.#error(line, `the server never logged ${action.regex.source}`, this.#project.log),
        );
      case 'edit':
        return this.#edit(action.file, action.old, action.replacement, line);
      case 'write':
        mkdirSync(dirname(join(this.#project.folder, action.file)), { recursive: true });
        return writeFileSync(join(this.#project.folder, action.file), action.text);
      case 'curl':
        return this.#curl(action.args, action.isBackground, line);
      case 'answered':
        return this.#answered(action.args, line);
      default:
        return action satisfies never;
    }
  }

  #start(name: string, command: string, isBackground: boolean, line: number): void {
    const before = this.#seats.get(name);
    if (before?.terminal.exitCode === undefined && before !== undefined)
      throw new Error(`${this.#name}:${line}: the program before still runs in ${name}`);
    before?.terminal.dispose();
    const { folder: cwd, env } = this.#project;
    const terminal = new TranscriptTerminal(command, { cwd, env, size: this.#size });
    this.#seats.set(name, { terminal, typed: [], isBackground });
  }

  #edit(file: string, old: string, replacement: string, line: number): void {
    const path = join(this.#project.folder, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(old).length !== 2)
      throw new Error(`${this.#name}:${line}: ${file} has ${text.split(old).length - 1} times ${JSON.stringify(old)}`);
    writeFileSync(
      path,
      text.replace(old, () => replacement),
    );
  }

  async #curl(args: string, isBackground: boolean, line: number): Promise<void> {
    const { method, path, body, headers, rest } = readRequest(args);
    this.#asked = this.#project.request(method, path, body, headers);
    // Whoever waits for it hears of a failure; until then it is none of the process's business.
    this.#asked.catch(() => undefined);
    if (!isBackground) await this.#answered(rest, line);
  }

  async #answered(args: string, line: number): Promise<void> {
    const [, status = '200', source] = /^(\d+)?\s*(?:\/(.*)\/)?$/.exec(args.trim()) ?? [];
    if (!this.#asked) throw new Error(`${this.#name}:${line}: nothing was asked`);
    const answer = await this.#asked;
    if (String(answer.status) !== status || !new RegExp(source ?? '').test(answer.body))
      throw this.#error(
        line,
        `expected: ${status} ${source === undefined ? '' : `/${source}/`}\ngot: ${answer.status}`,
        answer.body,
      );
  }

  /** Waits until typed text stands at the prompt. */
  async #shows(name: string, text: string, line: number): Promise<void> {
    const { terminal } = this.#seat(name, line);
    const isThere = (): boolean => {
      const { live, fullScreen } = terminal.view();
      return fullScreen !== undefined || live?.lines.join('\n').includes(text.trimEnd()) === true;
    };
    await this.#until(terminal, isThere, () => this.#failure(name, { ...NOTHING, line }, `'${text}' is not shown`));
  }

  async #wait(name: string, wait: Wait): Promise<void> {
    const seat = this.#seat(name, wait.line);
    let problem: string | undefined;
    await this.#until(
      seat.terminal,
      () => {
        const outcome = this.#look(seat, wait);
        problem = typeof outcome === 'string' ? outcome : undefined;
        return outcome === true;
      },
      () => this.#failure(name, wait, problem ?? 'not all of it was printed'),
      () => (problem === undefined ? this.#patience : this.#patience / 4),
    );
    seat.terminal.advance();
  }

  /** Whether a terminal shows what is expected; a text tells why it never will. */
  #look(seat: Seat, wait: Wait): boolean | string {
    const { exitCode } = seat.terminal;
    const view = seat.terminal.view();
    if (view.fullScreen) return compareLines(wait.expected, view.fullScreen).kind === 'match';
    if (wait.typed && wait.expected.length === 0 && isContinuing(view, wait.typed.length)) {
      seat.typed = [...wait.typed];
      return true;
    }
    const lines = withoutEcho(view.lines, wait.typed);
    if (lines === undefined) return view.lines.length > 0 && view.live ? 'the entry is shown otherwise' : false;
    const { printed, entry, beneath, exit } = split(wait.expected);
    if (exitCode !== undefined) {
      if (compareLines(printed, lines).kind !== 'match')
        return 'the program has ended, and this is not what it printed';
      if (exitCode !== (exit ?? 0)) return `the program has ended with code ${exitCode}`;
      seat.typed = [];
      return true;
    }
    if (compareLines(printed, lines).kind === 'conflict') return 'other lines were printed';
    if (exit !== undefined) return false;
    if (entry !== undefined) {
      const { live } = view;
      if (!live || compareLines(printed, lines).kind !== 'match' || live.lines.join('\n') !== entry) return false;
      return compareLines(beneath, live.below).kind === 'match';
    }
    const isMatch = compareLines(printed, lines).kind === 'match' || endsInPrompt(printed, lines, view.live);
    if (!isMatch || (wait.hasToSettle && !isIdle(view.live))) return false;
    seat.typed = [];
    return true;
  }

  /** Waits for what terminals show, which ends when it is there, or when nothing has happened for too long. */
  #until(
    terminal: TranscriptTerminal,
    isReached: () => boolean,
    failure: () => Error,
    patience: () => number = () => this.#patience,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let seen: string | undefined;
      const check = (): void => {
        if (isReached()) {
          clearTimeout(timer);
          terminal.off('change', check);
          return resolve();
        }
        // What is beneath the entry may count seconds: nothing has happened by that.
        const { lines, live, fullScreen } = terminal.view();
        const now = JSON.stringify([lines, live?.lines, fullScreen]);
        if (now === seen) return;
        seen = now;
        clearTimeout(timer);
        timer = setTimeout(() => {
          terminal.off('change', check);
          reject(failure());
        }, patience());
      };
      terminal.on('change', check);
      check();
    });
  }

  async #within(work: Promise<void>, failure: () => Error): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(failure()), this.#patience);
    });
    try {
      await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #error(line: number, what: string, more: string): Error {
    return new Error(`${this.#name}:${line}: ${what}\n${more}`);
  }

  #failure(name: string, wait: Wait, problem: string): Error {
    const { terminal } = this.#seat(name, wait.line);
    const view = terminal.view();
    const got = view.fullScreen ?? withoutEcho(view.lines, wait.typed) ?? view.lines;
    const entry = view.live ? `\n= ${view.live.lines.join('\n= ')}\n${view.live.below.join('\n')}` : '';
    const server = this.#project.log === '' ? '' : `\nserver:\n${this.#project.log}`;
    return this.#error(
      wait.line,
      `${problem} (${name})`,
      `expected:\n${describeExpected(wait.expected)}\ngot:\n${got.join('\n')}${entry}\nscreen:\n${terminal.describe()}${server}`,
    );
  }
}

const NOTHING: Wait = { expected: [], line: 0, typed: undefined, hasToSettle: false };

/** `[-X METHOD] [-d BODY] [-H 'name: value'] PATH [STATUS] [/regex/]` */
function readRequest(args: string): {
  method: string;
  path: string;
  body: string | undefined;
  headers: Record<string, string>;
  rest: string;
} {
  const headers: Record<string, string> = {};
  let body: string | undefined;
  let method: string | undefined;
  let rest = args.trim();
  for (let found = OPTION.exec(rest); found; found = OPTION.exec(rest)) {
    const value = found[2] ?? found[3] ?? '';
    if (found[1] === 'X') method = value;
    else if (found[1] === 'd') body = value;
    else {
      const at = value.indexOf(':');
      headers[value.slice(0, at)] = value.slice(at + 1).trim();
    }
    rest = rest.slice(found[0].length);
  }
  const [path = '/'] = rest.split(' ');
  method ??= body === undefined ? 'GET' : 'POST';
  return { method, path, body, headers, rest: rest.slice(path.length) };
}

const OPTION = /^-([XdH]) (?:'([^']*)'|(\S+)) */;

/** Printed lines, the entry with what is beneath it, and the end. */
function split(expected: readonly Expected[]): {
  printed: Expected[];
  entry: string | undefined;
  beneath: Expected[];
  exit: number | undefined;
} {
  const exit = expected.find((one) => one.kind === 'exit')?.code;
  const others = expected.filter((one) => one.kind !== 'exit');
  const first = others.findIndex((one) => one.kind === 'entry');
  if (first < 0) return { printed: others, entry: undefined, beneath: [], exit };
  const entry = others.flatMap((one) => (one.kind === 'entry' ? [one.text] : []));
  const beneath = others.slice(first).filter((one) => one.kind !== 'entry');
  return { printed: others.slice(0, first), entry: entry.join('\n'), beneath, exit };
}

/** The lines after the entry that was typed; nothing while it is not shown as it should be. */
function withoutEcho(lines: readonly string[], typed: readonly string[] | undefined): readonly string[] | undefined {
  const length = echoLength(lines, typed);
  if (length === undefined) return typed ? undefined : lines;
  const rest = lines.slice(length);
  // Entries that keys have left or run, one after another.
  return typed ? rest : withoutEcho(rest, undefined);
}

/** The shell waits for another line of the entry. */
function isContinuing({ live }: View, count: number): boolean {
  return live !== undefined && live.lines.length > count && live.lines.at(-1)?.trim() === '';
}

function isIdle(live: Live | undefined): boolean {
  return live !== undefined && live.lines.join('') === '';
}

/** The last expected line may be the prompt. */
function endsInPrompt(expected: readonly Expected[], lines: readonly string[], live: Live | undefined): boolean {
  const last = expected.at(-1);
  return (
    last?.kind === 'text' &&
    live !== undefined &&
    last.text.trimEnd() === live.prompt.trimEnd() &&
    compareLines(expected.slice(0, -1), lines).kind === 'match'
  );
}
