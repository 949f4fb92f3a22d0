import type { EditorBuffer } from './editor-buffer.ts';
import type { Action } from './keys.ts';

/** What keys do that need nothing but the text. */
export const bufferActions: Readonly<Partial<Record<Action, (buffer: EditorBuffer) => void>>> = {
  newline: (buffer) => buffer.newline(),
  left: (buffer) => buffer.left(),
  right: (buffer) => buffer.right(),
  home: (buffer) => buffer.home(),
  end: (buffer) => buffer.end(),
  'text-start': (buffer) => buffer.textStart(),
  'text-end': (buffer) => buffer.textEnd(),
  'word-left': (buffer) => buffer.wordLeft(),
  'word-right': (buffer) => buffer.wordRight(),
  backspace: (buffer) => buffer.backspace(),
  delete: (buffer) => buffer.delete(),
  'delete-or-eof': (buffer) => buffer.delete(),
  'delete-word-left': (buffer) => buffer.killWordLeft(),
  'delete-word-right': (buffer) => buffer.killWordRight(),
  'delete-space-left': (buffer) => buffer.killSpaceLeft(),
  'kill-line': (buffer) => buffer.killLine(),
  'kill-line-left': (buffer) => buffer.killLineLeft(),
  yank: (buffer) => buffer.yank(),
  'yank-pop': (buffer) => buffer.yankPop(),
  undo: (buffer) => buffer.undo(),
  redo: (buffer) => buffer.redo(),
};
