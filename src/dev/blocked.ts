import { shortPath } from '../debug/traceback.ts';
import { note } from './report.ts';
import type { BlockedPlace, WatchdogMessage } from './watchdog-thread.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Options of {@link BlockedWorkers}. */
export interface BlockedWorkersOptions {
  /** Real path of the project. */
  root: string;
  /** Milliseconds after which `onGiveUp` is called; 0 for never. */
  patience: number;
  /** A worker has been held up for too long. */
  onGiveUp(worker: WorkerProcess, seconds: number): void;
}

/** Says which workers are held up and where, and when it has been too long. */
export class BlockedWorkers {
  readonly #options: BlockedWorkersOptions;
  readonly #timers = new Map<WorkerProcess, NodeJS.Timeout>();

  constructor(options: BlockedWorkersOptions) {
    this.#options = options;
  }

  async handle(worker: WorkerProcess, message: WatchdogMessage): Promise<void> {
    if (message.type === 'free') {
      this.forget(worker);
      return note(`It goes on, after ${seconds(message.ms)} s.`);
    }
    const { ms, place, isDebugged } = message;
    if (isDebugged) return;
    const { patience, onGiveUp } = this.#options;
    // Before the app is loaded a new process would do the same.
    const isLimited = patience > 0 && worker.readySince > 0;
    if (isLimited) {
      const timer = setTimeout(() => onGiveUp(worker, patience / 1000), Math.max(0, patience - ms));
      this.#timers.set(worker, timer);
    }
    const where = place === undefined ? 'a call that does not come back' : await this.#describe(place);
    if (!worker.isBlocked) return;
    note(`No answer for ${seconds(ms)} s: it is busy in ${where}.`);
    const limit = isLimited ? `, or after ${patience / 1000} s` : '';
    note(`It starts anew when a file is saved${limit}.`);
  }

  /** The worker goes on, or has ended. */
  forget(worker: WorkerProcess): void {
    clearTimeout(this.#timers.get(worker));
    this.#timers.delete(worker);
  }

  async #describe({ file, line, column, functionName }: BlockedPlace): Promise<string> {
    // What runs has other lines than the text; the compiler is not needed in this process otherwise.
    const [{ ModuleRuntime }, { originalPosition }] = await Promise.all([
      import('./runtime.ts'),
      import('./source-maps.ts'),
    ]);
    let position = { line, column };
    try {
      position = originalPosition(new ModuleRuntime({ root: this.#options.root }).readSource(file), line, column);
    } catch {
      // It was removed, or is half-written by now.
    }
    const at = `${shortPath(file)}:${position.line}:${position.column}`;
    return functionName === '' ? at : `${functionName} (${at})`;
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
