import type { Editor } from './editor.ts';
import { Questions, type PromptQuestion } from './questions.ts';

/** Reads entries, and asks the person at the prompt in place of the next one. */
export class PromptReader {
  readonly #editor: Editor;
  readonly #prompt: () => string;
  readonly #questions = new Questions();
  /** What the prompt asks instead of being one. */
  #question: PromptQuestion | undefined;
  #isReading = false;

  constructor(editor: Editor, prompt: () => string) {
    this.#editor = editor;
    this.#prompt = prompt;
  }

  /** What is typed is an answer. */
  get isAsking(): boolean {
    return this.#question !== undefined;
  }

  /** Reads once: an entry, which is undefined when the person leaves, or an answer, which goes to who has asked. */
  async read(): Promise<{ isAnswer: boolean; text: string | undefined }> {
    this.#question = this.#questions.next;
    this.#isReading = true;
    const text = await this.#editor.readEntry({ prompt: this.#question?.prompt ?? this.#prompt() });
    this.#isReading = false;
    await this.#question?.answer(text ?? '');
    return { isAnswer: this.isAsking, text };
  }

  /** Asks; resolves with the answer in lower case, without blanks around it. */
  ask(prompt: string): Promise<string> {
    const answer = this.#questions.ask(prompt);
    this.#showQuestion();
    return answer;
  }

  /** Asks until `take` is content with what was typed. */
  askUntil(prompt: string, take: (text: string) => Promise<boolean>): void {
    this.#questions.askUntil(prompt, take);
    this.#showQuestion();
  }

  #showQuestion(): void {
    // A prompt that is there with nothing typed becomes the question; else it waits for the next one.
    if (this.#isReading && this.#editor.text === '') {
      this.#question = this.#questions.next;
      this.#editor.setPrompt(this.#question?.prompt ?? this.#prompt());
    }
  }
}
