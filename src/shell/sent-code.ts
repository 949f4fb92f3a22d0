import type { InterruptSlot } from './interrupt.ts';
import type { SentCode, SentResult } from './neighbours.ts';
import type { Session } from './session.ts';
import { plainText, type Span } from './spans.ts';

/** What running sent code needs of the connection of its session. */
export interface SentCodeParts {
  session: Session;
  slot: InterruptSlot | undefined;
  /** Says which evaluation runs, as for one that was typed. */
  setRunning(id: number | undefined): void;
  /** Shows the person what came of it. */
  tell(printed: Span[]): void;
}

/** Evaluations that were sent have numbers that no client gives to its own. */
const FIRST_ID = 1_000_000_000;

/** Runs code that an editor has sent in the session of a person. */
export class SentCodeRunner {
  readonly #parts: SentCodeParts;
  #id = FIRST_ID;
  #output: string[] | undefined;
  #cut: (() => void) | undefined;

  constructor(parts: SentCodeParts) {
    this.#parts = parts;
  }

  /** Hears what the session prints. */
  hear(text: string): void {
    this.#output?.push(text);
  }

  /** The evaluation was terminated: it answers no more. */
  cut(): void {
    this.#cut?.();
  }

  async run({ code, filename = 'sent' }: SentCode, begin: (slot: number, target: number) => void): Promise<SentResult> {
    const { session, slot, setRunning, tell } = this.#parts;
    this.#id += 1;
    const output: string[] = [];
    this.#output = output;
    setRunning(this.#id);
    slot?.begin(this.#id);
    if (slot) begin(slot.number, this.#id);
    try {
      const wasCut = new Promise<undefined>((resolve) => (this.#cut = () => resolve(undefined)));
      const result = await Promise.race([session.submit(code, { json: true, filename }), wasCut]);
      const { status, printed, entry, ms, json } = result ?? { status: 'interrupted', printed: [], entry: 0, ms: 0 };
      tell([[`⇥ ${filename}`, 'cyan'], ...(printed.length > 0 ? ([['\n'], ...printed] satisfies Span[]) : [])]);
      const text = plainText(printed);
      return { status, entry, ms, text, output: output.join(''), ...(json !== undefined && { json }) };
    } finally {
      this.#output = undefined;
      setRunning(undefined);
      slot?.end();
    }
  }
}
