import { promptText, type PromptMark } from './prompt-marks.ts';
import type { WelcomeFrame } from './protocol.ts';
import { paint } from './spans.ts';

/** The prompt of a terminal, with the words that its session has put there. */
export class TerminalPrompt {
  readonly #color: boolean;
  #marks: readonly PromptMark[] = [];
  #sandbox: boolean | undefined;
  /** Where the server is gone for a while, the prompt stays as it was. */
  #last: Pick<WelcomeFrame, 'app' | 'environment'> | undefined;

  constructor({ color, sandbox }: { color: boolean; sandbox: boolean | undefined }) {
    this.#color = color;
    this.#sandbox = sandbox;
  }

  /** What the next session is asked for: that of a server that has restarted is as this one was. */
  get sandbox(): boolean | undefined {
    return this.#sandbox;
  }

  setMarks(marks: readonly PromptMark[]): void {
    const wasSandboxed = this.#marks.some(({ name }) => name === 'sandbox');
    this.#marks = marks;
    const isSandboxed = marks.some(({ name }) => name === 'sandbox');
    if (isSandboxed !== wasSandboxed) this.#sandbox = isSandboxed;
  }

  /** The prompt in a session; `welcome` is missing while there is none. Before the first one, nothing is known to name. */
  text(welcome: Pick<WelcomeFrame, 'app' | 'environment'> | undefined, isKnown = true): string {
    if (!welcome && !isKnown) return this.#color ? paint('> ', 'bold') : '> ';
    this.#last = welcome ?? this.#last;
    const { app = 'shell', environment = 'dev' } = this.#last ?? {};
    const text = `${promptText(app, environment, this.#marks)} `;
    return this.#color ? paint(text, environment.startsWith('prod') ? 'bold red' : 'bold') : text;
  }
}
