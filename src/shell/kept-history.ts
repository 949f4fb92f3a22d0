import { History, historyPath } from './history.ts';
import { HistorySnapshot } from './history-snapshot.ts';

/** The history of a project, with the snapshot that outlives a journal that was lost. */
export interface KeptHistory {
  history: History;
  /** Takes the snapshot anew: the last thing a shell does. */
  save(): void;
}

/** Opens the history of the project in `root`. `onWarning` hears what is wrong with its files. */
export function openKeptHistory(root: string, onWarning: (text: string) => void): KeptHistory {
  const journal = historyPath(root);
  const snapshot = loadSnapshot(HistorySnapshot.pathFor(journal));
  const history = History.open(journal, { older: snapshot?.lines ?? [], onWarning });
  return {
    history,
    save() {
      history.refresh();
      snapshot?.save(history.lines);
    },
  };
}

function loadSnapshot(path: string): HistorySnapshot | undefined {
  try {
    return HistorySnapshot.load(path);
  } catch {
    // A folder that cannot be written: the journal says so, once.
    return undefined;
  }
}
