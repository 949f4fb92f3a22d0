/** Who may show rows beneath the entry; in this order. */
export type HintSlot = 'signature' | 'preview';

const ORDER: readonly HintSlot[] = ['signature', 'preview'];

/** Rows of advice beneath an entry: each slot has its own, and Escape hides them all until the text changes. */
export class Hints {
  readonly #slots = new Map<HintSlot, readonly string[]>();
  #isHidden = false;

  /** The rows that are to be seen. */
  get rows(): readonly string[] {
    return this.#isHidden ? [] : ORDER.flatMap((slot) => this.#slots.get(slot) ?? []);
  }

  set(slot: HintSlot, rows: readonly string[]): void {
    this.#slots.set(slot, rows);
  }

  /** Escape: nobody wants to see them now. */
  hide(): void {
    this.#isHidden = true;
  }

  /** The text is another one. */
  show(): void {
    this.#isHidden = false;
  }

  /** The entry is over. */
  clear(): void {
    this.#slots.clear();
    this.#isHidden = false;
  }
}
