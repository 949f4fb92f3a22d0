/** More than this, and a menu comes too late to be of use. In milliseconds. */
const SLOW_MS = 150;
/** How many answers are looked at. */
const SAMPLES = 3;

/** How long the session takes to answer: the quickest of the last few tells of the way to it, and not of what it was doing. */
export class LinkSpeed {
  #times: number[] = [];

  add(ms: number): void {
    this.#times = [...this.#times, ms].slice(-SAMPLES);
  }

  /** Whether even the quickest answers were slow; not before there were a few. */
  get isSlow(): boolean {
    return this.#times.length === SAMPLES && Math.min(...this.#times) > SLOW_MS;
  }

  /** Another connection. */
  reset(): void {
    this.#times = [];
  }
}
