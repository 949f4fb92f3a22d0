import { stringWidth } from '../util/terminal.ts';
import type { SignatureHint } from './language-server.ts';
import { paint } from './spans.ts';

/** The call that is being typed on one row: the parameter at the cursor is bold, and in sight however long the rest is. */
export function signatureLine({ label, active, overload }: SignatureHint, columns: number, color: boolean): string {
  const [number, count] = overload;
  const note = count > 1 ? `  (${number} of ${count})` : '';
  const flat = label.replace(/\s/g, ' ');
  if (!active) return dim(cut(flat, columns - 1 - note.length) + note, color);
  let before = flat.slice(0, active[0]);
  const parameter = flat.slice(...active);
  let after = flat.slice(active[1]);
  const room = columns - 1 - note.length - stringWidth(parameter);
  const open = before.indexOf('(') + 1;
  // What has been typed already goes first, then what comes last: the result.
  if (stringWidth(before) + stringWidth(after) > room && open > 0 && open < before.length)
    before = `${before.slice(0, open)}…, `;
  after = cut(after, Math.max(1, room - stringWidth(before)));
  const bold = color ? paint(parameter, 'bold') : parameter;
  return `${dim(before, color)}${bold}${dim(after + note, color)}`;
}

function cut(text: string, width: number): string {
  return stringWidth(text) <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function dim(text: string, color: boolean): string {
  return color && text !== '' ? paint(text, 'gray') : text;
}

/** Whether the cursor is in the parentheses of a call, as far as brackets tell. */
export function isInCall(open: readonly { bracket: string; at: number }[], text: string): boolean {
  return open.some(({ bracket, at }) => bracket === '(' && /[\p{ID_Continue}$)\]>]\s*$/u.test(text.slice(0, at)));
}
