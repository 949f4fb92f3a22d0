import type { LiveFrame } from './frames.ts';
import type { TracebackFrame } from './traceback.ts';

/**
 * Which frame of a stack trace is which one that can be looked into. The trace is of where the error was made, the live
 * frames are of where it was thrown: mostly the same place, sometimes only the same function.
 */
export function matchFrames(
  frames: readonly TracebackFrame[],
  live: readonly LiveFrame[],
): Map<TracebackFrame, LiveFrame> {
  const found = new Map<TracebackFrame, LiveFrame>();
  const free = new Set(live);
  const take = (isSame: (frame: TracebackFrame, other: LiveFrame) => boolean): void => {
    for (const frame of frames) {
      if (found.has(frame)) continue;
      for (const other of free) {
        if (other.file !== frame.file || !isSame(frame, other)) continue;
        found.set(frame, other);
        free.delete(other);
        break;
      }
    }
  };
  take((frame, other) => other.line === frame.line && other.column === frame.column);
  take((frame, other) => other.line === frame.line);
  take((frame, other) => other.functionName !== '' && other.functionName === lastName(frame.functionName));
  return found;
}

/** Stack traces say `new Post`, `Blog.show [as view]`. */
function lastName(name = ''): string {
  const plain = name.replace(/ \[as .*\]$/, '').replace(/^(?:async |new )+/, '');
  return plain.slice(plain.lastIndexOf('.') + 1);
}
