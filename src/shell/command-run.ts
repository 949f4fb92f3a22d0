/** How long a command that was interrupted gets to end by itself. */
const GRACE_MS = 50;

/** Runs a session's commands, one at a time, so that they can be interrupted. */
export class CommandRun {
  #interrupt: (() => void) | undefined;

  /** Interrupts what runs; false if nothing does. */
  interrupt(): boolean {
    this.#interrupt?.();
    return this.#interrupt !== undefined;
  }

  /** Runs a command. False: it was interrupted and has not ended by itself. Rejects with what the command throws. */
  async run(body: (signal: AbortSignal) => unknown): Promise<boolean> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const givenUp = new Promise<boolean>((resolve) => {
      this.#interrupt = () => {
        controller.abort();
        timer ??= setTimeout(resolve, GRACE_MS, false);
      };
    });
    try {
      return await Promise.race([Promise.resolve(body(controller.signal)).then(() => true), givenUp]);
    } finally {
      this.#interrupt = undefined;
      clearTimeout(timer);
    }
  }
}
