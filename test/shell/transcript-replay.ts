import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { lookAt, NOTHING, withoutEcho, type Seat, type Wait } from './transcript-look.ts';
import { describeExpected } from './transcript-match.ts';
import { Elsewhere } from './transcript-elsewhere.ts';
import { parseTranscript, type Action, type ElsewhereAction, type Size, type Step } from './transcript-parse.ts';
import type { TranscriptProject, TranscriptWorkshop } from './transcript-project.ts';
import { TranscriptTerminal } from './transcript-terminal.ts';

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
    const serve: Step = { action: { kind: 'serve' }, expected: new Map(), line: 1 };
    for (const step of transcript.hasServer ? [serve, ...transcript.steps] : transcript.steps) await player.play(step);
  } finally {
    player.close();
    await project.close();
  }
}

class Player {
  readonly #name: string;
  readonly #project: TranscriptProject;
  readonly #size: Size;
  readonly #patience: number;
  readonly #seats = new Map<string, Seat>();
  readonly #outside: Elsewhere;

  constructor(name: string, project: TranscriptProject, size: Size, patience: number) {
    this.#name = name;
    this.#project = project;
    this.#size = size;
    this.#patience = patience;
    this.#outside = new Elsewhere(project, patience);
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
    if (own === undefined || (action.kind === 'kill' && !step.expected.has(own))) return;
    const expected = step.expected.get(own) ?? [];
    const seat = this.#seat(own, line);
    if (action.kind === 'start')
      return this.#wait(own, { ...NOTHING, expected, line, hasToSettle: !seat.isBackground });
    if (action.kind === 'type') {
      const typed = [...seat.typed, action.text];
      await this.#wait(own, { expected, line, typed, hasToSettle: true });
      seat.isTouched = false;
      return;
    }
    seat.typed = [];
    seat.isTouched = true;
    if (expected.length > 0) return this.#wait(own, { ...NOTHING, expected, line });
    if (action.kind === 'keys' && action.text !== '') return this.#shows(own, action.text, line);
  }

  #seat(name: string, line: number): Seat {
    const seat = this.#seats.get(name);
    if (!seat) throw new Error(`${this.#name}:${line}: nothing was started in ${name}`);
    return seat;
  }

  async #act(action: Action, line: number): Promise<void> {
    if (!('terminal' in action)) return this.#elsewhere(action, line);
    if (action.kind === 'start') return this.#start(action.terminal, action.command, action.isBackground, line);
    const { terminal } = this.#seat(action.terminal, line);
    switch (action.kind) {
      case 'type':
        return terminal.write(`${action.text}\r`);
      case 'keys':
        return terminal.write(action.bytes);
      case 'paste':
        return terminal.write(`\u001b[200~${action.text.replaceAll('\n', '\r')}\u001b[201~`);
      case 'resize':
        return terminal.resize(action.size);
      case 'kill':
        return terminal.kill(action.signal);
      default:
        return action satisfies never;
    }
  }

  async #elsewhere(action: ElsewhereAction, line: number): Promise<void> {
    try {
      await this.#outside.act(action);
    } catch (error) {
      throw new Error(`${this.#name}:${line}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  #start(name: string, command: string, isBackground: boolean, line: number): void {
    const before = this.#seats.get(name);
    if (before?.terminal.exitCode === undefined && before !== undefined)
      throw new Error(`${this.#name}:${line}: the program before still runs in ${name}`);
    before?.terminal.dispose();
    const { folder: cwd, env } = this.#project;
    const terminal = new TranscriptTerminal(command, { cwd, env, size: this.#size });
    this.#seats.set(name, { terminal, typed: [], isTouched: false, isOpen: false, isBackground });
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
        const outcome = lookAt(seat, wait);
        problem = typeof outcome === 'string' ? outcome : undefined;
        return outcome === true;
      },
      () => this.#failure(name, wait, problem ?? 'not all of it was printed'),
      () => (problem === undefined ? this.#patience : this.#patience / 4),
    );
    seat.terminal.advance();
    seat.isOpen = wait.expected.at(-1)?.kind === 'any';
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
        const now = JSON.stringify([lines, live?.lines, fullScreen, terminal.exitCode]);
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

  #failure(name: string, wait: Wait, problem: string): Error {
    const { terminal } = this.#seat(name, wait.line);
    const view = terminal.view();
    const got = view.fullScreen ?? withoutEcho(view.lines, wait.typed, true) ?? view.lines;
    const entry = view.live ? `\n= ${view.live.lines.join('\n= ')}\n${view.live.below.join('\n')}` : '';
    const server = this.#project.log === '' ? '' : `\nserver:\n${this.#project.log}`;
    return new Error(
      `${this.#name}:${wait.line}: ${problem} (${name})\nexpected:\n${describeExpected(wait.expected)}\ngot:\n${got.join('\n')}${entry}\nscreen:\n${terminal.describe()}${server}`,
    );
  }
}
