import type { Editor } from './editor.ts';

/**
 * The time until an application has started and there is a session: the prompt is there already, without a name, and takes
 * an entry, which runs as soon as it can.
 */
export class FirstSession {
  readonly #editor: Editor;
  #session: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  /** Settled when there is a session or none can be had; undefined when that is so, or nobody waits at a prompt. */
  get awaited(): Promise<void> | undefined {
    return this.#session;
  }

  /**
   * Begins, once the prompt is there: to start a process takes as long as to show one. Without a session the prompt goes
   * away again; `failed` is called before.
   */
  await(begin: () => Promise<void>, failed: () => void): void {
    this.#session = Promise.resolve()
      .then(begin)
      .catch((error: unknown) => {
        this.#failure = { error };
        failed();
        this.#editor.withdraw();
      })
      .then(() => void (this.#session = undefined));
  }

  /** Throws why there is no session. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
