import { statSync } from 'node:fs';
import type { FSWatcher } from 'chokidar';

/** How long after an event in a folder its list is read anew, in ms. */
const PUT_OFF_MS = 150;

/** A folder into which nothing came for so long had the same time for no two of the files that came, in ms. */
const SETTLED_MS = 3000;

interface Internals {
  closed: boolean;
  _nodeFsHandler: FolderReader;
  _throttle(action: string, ...others: unknown[]): unknown;
}

interface FolderReader {
  _handleRead(folder: string, ...others: unknown[]): unknown;
}

/**
 * At each event in a folder chokidar reads the folder and asks for the properties of every file in it, to find out what came
 * and went. In a folder of a thousand modules that keeps one processor busy for longer than the saved one is evaluated. Where
 * nothing came or went, which the time of the folder tells, it is not read; if something did shortly before, it is, once the
 * save has been answered. What the events of single files mean to chokidar is not looked at: those of their folders say the same.
 */
export function putOffReading(watcher: FSWatcher): void {
  const internals = watcher as unknown as Internals;
  const handler = internals._nodeFsHandler;
  const read = handler._handleRead.bind(handler);
  const throttle = internals._throttle.bind(internals);
  internals._throttle = (action, ...others) => (action === 'watch' ? false : throttle(action, ...others));
  const waiting = new Map<string, Promise<unknown>>();
  // They have just been read.
  const times = new Map(Object.keys(watcher.getWatched()).map((folder) => [folder, timeOf(folder)]));
  handler._handleRead = (folder, ...others) => {
    const time = timeOf(folder);
    const hasOtherFiles = times.get(folder) !== time;
    times.set(folder, time);
    if (hasOtherFiles) return read(folder, ...others);
    if (time !== undefined && Date.now() - time > SETTLED_MS) return undefined;
    const known = waiting.get(folder);
    if (known) return known;
    const reading = new Promise((resolve) => setTimeout(resolve, PUT_OFF_MS).unref()).then(() => {
      waiting.delete(folder);
      return internals.closed ? undefined : read(folder, ...others);
    });
    waiting.set(folder, reading);
    return reading;
  };
}

/** When something last came to a folder or went from it. */
function timeOf(folder: string): number | undefined {
  try {
    return statSync(folder).mtimeMs;
  } catch {
    // It is gone, or a file has taken its place: the reading says what that means.
    return undefined;
  }
}
