/** A question to the person at the prompt, in place of the next entry. */
export interface PromptQuestion {
  prompt: string;
  /** Resolves when what the answer leads to is done: the next prompt comes after it. */
  answer(text: string): Promise<void>;
}

/** Questions that wait for the prompt, one after the other. */
export class Questions {
  readonly #waiting: PromptQuestion[] = [];

  /** What is to be asked next. */
  get next(): PromptQuestion | undefined {
    return this.#waiting[0];
  }

  /** Asks; resolves with what was typed, in lower case and without blanks around it. */
  ask(prompt: string): Promise<string> {
    return new Promise((resolve) =>
      this.askUntil(prompt, (text) => {
        resolve(text);
        return Promise.resolve(true);
      }),
    );
  }

  /** Asks until `take` is content with what was typed. */
  askUntil(prompt: string, take: (text: string) => Promise<boolean>): void {
    const question: PromptQuestion = {
      prompt,
      answer: async (text) => {
        if (await take(text.trim().toLowerCase())) this.#waiting.splice(this.#waiting.indexOf(question), 1);
      },
    };
    this.#waiting.push(question);
  }
}
