import { Previewer } from './preview.ts';
import type { Session } from './session.ts';
import type { Span } from './spans.ts';

/** What a client may ask of its session besides running entries. Made when it is first asked. */
export class SessionTools {
  readonly #session: Session;
  #previewer: Previewer | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  preview(code: string): Span[] {
    const { scope, context } = this.#session;
    this.#previewer ??= new Previewer({ scope, context, enter: (body) => context.enter(body) });
    return this.#previewer.preview(code);
  }

  close(): void {
    this.#previewer?.close();
    this.#previewer = undefined;
  }
}
