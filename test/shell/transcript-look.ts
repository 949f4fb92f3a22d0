import { compareLines } from './transcript-match.ts';
import type { Expected } from './transcript-parse.ts';
import { echoLength, type Live, type TranscriptTerminal, type View } from './transcript-terminal.ts';

/** What of a step is waited for in one terminal. */
export interface Wait {
  expected: readonly Expected[];
  line: number;
  /** Lines that were typed since the prompt, the last one now; nothing if nothing was, or keys were. */
  typed: readonly string[] | undefined;
  /** The entry is whole, or the program has ended. */
  hasToSettle: boolean;
}

/** One terminal of a transcript. */
export interface Seat {
  terminal: TranscriptTerminal;
  /** Lines of the entry that is being typed. */
  typed: string[];
  /** Keys were pressed since the last line that was typed: they may have left or run entries. */
  isTouched: boolean;
  /** The last step expected any number of lines at its end: some of them may come late. */
  isOpen: boolean;
  /** Its program reads no lines. */
  isBackground: boolean;
}

/** What is waited for after a step that expects nothing. */
export const NOTHING: Wait = { expected: [], line: 0, typed: undefined, hasToSettle: false };

/** Whether a terminal shows what is expected; a text tells why it never will. */
export function lookAt(seat: Seat, wait: Wait): boolean | string {
  const { exitCode } = seat.terminal;
  const view = seat.terminal.view();
  if (view.fullScreen) return compareLines(wait.expected, view.fullScreen).kind === 'match';
  if (wait.typed && wait.expected.length === 0 && isContinuing(view, wait.typed.length)) {
    seat.typed = [...wait.typed];
    return true;
  }
  const late = seat.isOpen && wait.typed ? lateLines(view.lines, wait.typed) : 0;
  const lines = withoutEcho(view.lines.slice(late), wait.typed, seat.isTouched);
  if (lines === undefined) return view.lines.length > 0 && view.live ? 'the entry is shown otherwise' : false;
  const { printed, entry, beneath, exit } = split(wait.expected);
  if (exitCode !== undefined) {
    if (compareLines(printed, lines).kind !== 'match') return 'the program has ended, and this is not what it printed';
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
  const entry = others.flatMap((one) => (one.kind === 'entry' ? [one.text.trimEnd()] : []));
  const beneath = others.slice(first).filter((one) => one.kind !== 'entry');
  return { printed: others.slice(0, first), entry: entry.join('\n'), beneath, exit };
}

/** The lines after the entry that was typed; nothing while it is not shown as it should be. */
export function withoutEcho(
  lines: readonly string[],
  typed: readonly string[] | undefined,
  isTouched: boolean,
): readonly string[] | undefined {
  const length = echoLength(lines, typed);
  if (length !== undefined && typed) return lines.slice(length);
  // Entries that keys have left or run, one after another.
  const other = typed && !isTouched ? undefined : echoLength(lines);
  if (other === undefined) return typed ? undefined : lines;
  return withoutEcho(lines.slice(other), typed, isTouched);
}

/** How many lines were still printed before the entry that was typed. */
function lateLines(lines: readonly string[], typed: readonly string[]): number {
  return Math.max(
    0,
    lines.findIndex((_, index) => echoLength(lines.slice(index), typed) !== undefined),
  );
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
