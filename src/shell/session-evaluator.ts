import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Evaluator } from './evaluator.ts';
import type { FrameMode } from './frame-mode.ts';
import type { InterruptSlot } from './interrupt.ts';
import type { SessionScope } from './scope.ts';
import type { ShellTarget } from './target.ts';

/** What entries are evaluated in. */
export interface SessionEvaluatorOptions {
  target: ShellTarget;
  scope: SessionScope;
  frames: FrameMode;
  /** Missing where nothing can stop an evaluation from outside. */
  interrupt: InterruptSlot | undefined;
}

/** The evaluator of a session: its entries are as if they stood in a module in the folder of the project. */
export function createSessionEvaluator({ target, scope, frames, interrupt }: SessionEvaluatorOptions): Evaluator {
  const { root } = target;
  const parent = join(root, 'shell.ts');
  return new Evaluator({
    scope,
    importModule: (specifier) => target.import(specifier, parent),
    meta: { url: pathToFileURL(parent).href, filename: parent, dirname: root },
    get thisValue() {
      return frames.thisValue;
    },
    ...(interrupt && {
      tick: () => interrupt.tick(),
      isStopped: () => interrupt.isStopped(),
      runSync: (body: () => void) => interrupt.runSync(body),
    }),
  });
}
