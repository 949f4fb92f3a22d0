import { ConnectionLost, type Connection } from './connection.ts';
import type { KeptState, Restored } from './kept-state.ts';
import type { HostFrame } from './protocol.ts';
import { MAX_ENTRIES, type LoggedEntry } from './logged-entry.ts';
import type { Span } from './spans.ts';

type EndingFrame = Extract<HostFrame, { op: 'ending' }>;

/** How many names are told. */
const NAMES = 12;
/** How many characters of the log are held: with the variables it has to fit into one frame. */
const MAX_LOG = 16 * 1024 * 1024;

/** What a client knows about a process that has ended, and what it takes to the next one. */
export class Recovery {
  readonly #isTied: boolean;
  #state: KeptState | undefined;
  /** The entries of the session, with their lengths. */
  readonly #log: { entry: LoggedEntry; length: number }[] = [];
  #logLength = 0;
  #ending: EndingFrame | undefined;

  /** `isTied`: there is no other server to wait for when this one is stopped. */
  constructor(isTied = false) {
    this.#isTied = isTied;
  }

  /** Takes what a host says for later; false for every other frame. */
  receive(frame: HostFrame): boolean {
    if (frame.op === 'kept') this.#state = frame.state;
    else if (frame.op === 'logged') this.#keep(frame.entries);
    else if (frame.op === 'ending') this.#ending = frame;
    else return false;
    return true;
  }

  #keep(entries: readonly LoggedEntry[]): void {
    for (const entry of entries) {
      const { length } = JSON.stringify(entry);
      this.#log.push({ entry, length });
      this.#logLength += length;
    }
    while (this.#log.length > MAX_ENTRIES || this.#logLength > MAX_LOG)
      this.#logLength -= this.#log.shift()?.length ?? 0;
  }

  /** The line about a session that is gone; nothing when the next one is on its way. `exitCode` is that of an own application. */
  lost(exitCode: number | undefined): Span[] {
    const ending = this.#ending;
    this.#ending = undefined;
    if (exitCode !== undefined) return [[`✗ application exited (code ${exitCode}) — starting it again`, 'red']];
    if (ending?.how === 'restart') return [];
    const how = ending?.exitCode !== undefined ? `exited (code ${ending.exitCode})` : ending ? 'stopped' : 'gone';
    const isOver = this.#isTied && ending?.how === 'stop';
    return [[`✗ server ${how}${isOver ? '' : ' — waiting'}`, 'red']];
  }

  /** Builds the session again in the next process; gives the line about it. */
  async restore(connection: Connection): Promise<Span[]> {
    const state = this.#state;
    if (!state) return restartedSpans({ kept: [], lost: [] });
    try {
      const answer = await connection.ask({ op: 'restore', state, log: this.#log.map(({ entry }) => entry) });
      if (answer.op === 'restored') return restartedSpans(answer);
      return [['↻ restarted · the variables could not be kept', 'cyan']];
    } catch (error) {
      // Gone again: the next one gets what there is.
      if (error instanceof ConnectionLost) return [];
      throw error;
    }
  }
}

function restartedSpans({ kept, lost }: Restored): Span[] {
  const parts = ['↻ restarted'];
  if (kept.length > 0) parts.push(`kept ${kept.length} (${listed(kept)})`);
  if (lost.length > 0) parts.push(`lost ${lost.length}: ${listed(lost.map(({ name, why }) => `${name} (${why})`))}`);
  const hint = lost.length > 0 ? ' — .rebuild to run their entries again' : '';
  return [
    [parts.join(' · '), 'cyan'],
    [hint, 'gray'],
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES;
  return more > 0 ? `${names.slice(0, NAMES).join(', ')}, and ${more} more` : names.join(', ');
}
