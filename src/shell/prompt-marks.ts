/** A word in the prompt: `inside` of the brackets after the environment, `after` them, or `instead` of all of it. */
export interface PromptMark {
  name: string;
  text: string;
  place: 'inside' | 'after' | 'instead';
}

/** The words that plugins have put into the prompt of a session. */
export class PromptMarks {
  readonly #marks = new Map<string, PromptMark>();
  readonly #onChange: (marks: PromptMark[]) => void;

  constructor(onChange: (marks: PromptMark[]) => void) {
    this.#onChange = onChange;
  }

  /** Puts a word there, or takes it away. */
  set(name: string, text: string | undefined, place: PromptMark['place'] = 'inside'): void {
    if (this.#marks.get(name)?.text === text) return;
    if (text === undefined) this.#marks.delete(name);
    else this.#marks.set(name, { name, text, place });
    this.#onChange(this.list());
  }

  list(): PromptMark[] {
    return [...this.#marks.values()];
  }
}

/** A prompt without its last blank: `blog(dev sandbox) GET /posts/4>`. */
export function promptText(app: string, environment: string, marks: readonly PromptMark[]): string {
  const alone = marks.find(({ place }) => place === 'instead');
  if (alone) return `${alone.text}>`;
  const at = (place: PromptMark['place']): string =>
    marks
      .filter((mark) => mark.place === place)
      .map(({ text }) => ` ${text}`)
      .join('');
  return `${app}(${environment}${at('inside')})${at('after')}>`;
}
