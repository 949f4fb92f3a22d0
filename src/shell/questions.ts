/** A question to the person at the prompt, in place of the next entry. */
export interface PromptQuestion {
  prompt: string;
  answer(text: string): void;
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
    return new Promise((resolve) => {
      const question: PromptQuestion = {
        prompt,
        answer: (text) => {
          this.#waiting.splice(this.#waiting.indexOf(question), 1);
          resolve(text.trim().toLowerCase());
        },
      };
      this.#waiting.push(question);
    });
  }
}
