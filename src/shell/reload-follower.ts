import type { NoticeFrame } from './protocol.ts';
import { failureSpans, reloadedSpans } from './reload-notice.ts';
import type { Session } from './session.ts';
import type { ReloadEvent } from './target.ts';

/** Has a session take saves over, one after the other, and tells its client of each. */
export class ReloadFollower {
  readonly #session: Session;
  readonly #root: string;
  readonly #tell: (notice: NoticeFrame) => void;
  #turn: Promise<void> = Promise.resolve();

  /** `root` is the folder that files are named from. */
  constructor(session: Session, root: string, tell: (notice: NoticeFrame) => void) {
    this.#session = session;
    this.#root = root;
    this.#tell = tell;
  }

  /** Resolves when the client was told. Rejects with what the session could not take over. */
  async follow(event: ReloadEvent): Promise<void> {
    if (event.kind === 'failed') {
      const { file } = event;
      const printed = failureSpans(event, this.#root);
      return this.#tell({ op: 'notice', kind: 'failed', printed, ...(file !== undefined && { files: [file] }) });
    }
    // Not in turn with the entries: one of them may wait for a long time.
    const turn = this.#turn.then(() => this.#takeOver(event));
    // What goes wrong with one save is not in the way of the next.
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  async #takeOver(event: Extract<ReloadEvent, { kind: 'reloaded' }>): Promise<void> {
    const upgrade = await this.#session.follow(event.modules);
    this.#tell({
      op: 'notice',
      kind: 'reloaded',
      names: this.#session.context.headlineNames(),
      files: event.files,
      printed: reloadedSpans(event, upgrade, this.#root),
    });
  }
}
