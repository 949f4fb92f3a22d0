import { Previewer } from './preview.ts';
import type { InspectedFrame, RequestFrame } from './protocol.ts';
import type { Session } from './session.ts';
import type { Span } from './spans.ts';

type InspectQuestion = Omit<RequestFrame<'inspect'>, 'op' | 'id'>;

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

  /** Answers a question about a value that is looked into. */
  inspect({ handle, node, child, offset, limit, define }: InspectQuestion): Omit<InspectedFrame, 'op' | 'id'> {
    const { inspections, scope } = this.#session;
    return this.#session.enter(() => {
      const at = child === undefined ? node : inspections.open(handle, node, child);
      if (define !== undefined) scope.set(variableName(define), inspections.value(handle, at));
      return { node: at, ...inspections.list(handle, at, offset, limit) };
    });
  }

  close(): void {
    this.#previewer?.close();
    this.#previewer = undefined;
  }
}

function variableName(name: string): string {
  if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return name;
  throw new Error(`'${name}' is no name of a variable`);
}
