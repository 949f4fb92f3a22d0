import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { rehearse } from './rehearsal.ts';

/** When the rehearsal of reloads begins after the start, in ms. */
const START_MS = 500;

/** How long after a save its garbage is collected, in ms: whoever waited for the new version has it by then. */
const SAVED_MS = 60;

/** How long to wait where somebody wants something, in ms. */
const REST_MS = 10;

/** Does what makes the next save faster, while nobody wants anything. */
export class SpareTime {
  readonly #isBusy: () => boolean;
  #isRehearsing = false;
  #collection: NodeJS.Timeout | undefined;

  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  /** The server has started. Rejects with what goes wrong in the rehearsal. */
  async started(): Promise<void> {
    this.#isRehearsing = true;
    await pause(START_MS);
    await rehearse(() => this.#isFree());
    // What lives on is moved twice before it is left in peace.
    collectYoung();
    collectYoung();
  }

  /** A save has come: that is practice enough. */
  saving(): void {
    this.#isRehearsing = false;
    clearTimeout(this.#collection);
  }

  /**
   * A save is dealt with. Its garbage goes now, and not when the young generation is full, which could be in the middle of the
   * next save; and the next one finds memory that was in use just before.
   */
  saved(): void {
    clearTimeout(this.#collection);
    this.#collection = setTimeout(() => {
      if (this.#isBusy()) this.saved();
      else collectYoung();
    }, SAVED_MS).unref();
  }

  close(): void {
    this.saving();
  }

  async #isFree(): Promise<boolean> {
    do await pause(REST_MS);
    while (this.#isRehearsing && this.#isBusy());
    return this.#isRehearsing;
  }
}

type Collector = (options: { type: 'minor' }) => void;

let collector: Collector | undefined;

/** Collects the garbage of the young generation: about a millisecond. */
function collectYoung(): void {
  collector ??= findCollector();
  collector({ type: 'minor' });
}

/** V8 has it only in contexts that are made while the flag is set. */
function findCollector(): Collector {
  setFlagsFromString('--expose-gc');
  const found = runInNewContext('gc') as Collector;
  setFlagsFromString('--no-expose-gc');
  return found;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
