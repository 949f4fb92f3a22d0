import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInEditor } from './editor-command.ts';

/** Lets the person edit a text with `$VISUAL` or `$EDITOR`; undefined when the editor says that it failed. */
export async function editOutside(text: string, env = process.env): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'flacon-entry-'));
  const file = join(folder, 'entry.ts');
  try {
    writeFileSync(file, text === '' ? '' : `${text}\n`, { mode: 0o600 });
    return openInEditor(file, undefined, env) ? readFileSync(file, 'utf8').replace(/\n+$/, '') : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
