import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Lets the person edit a text with `$VISUAL` or `$EDITOR`; undefined when the editor failed or there is none. */
export async function editOutside(text: string, env = process.env): Promise<string | undefined> {
  const command = env['VISUAL'] ?? env['EDITOR'] ?? 'vi';
  const folder = mkdtempSync(join(tmpdir(), 'flacon-entry-'));
  const file = join(folder, 'entry.ts');
  try {
    writeFileSync(file, text === '' ? '' : `${text}\n`, { mode: 0o600 });
    // The variables hold a command line, such as `code --wait`: a shell reads it.
    const { status } = spawnSync(`${command} "$FLACON_ENTRY"`, {
      shell: true,
      stdio: 'inherit',
      env: { ...env, FLACON_ENTRY: file },
    });
    return status === 0 ? readFileSync(file, 'utf8').replace(/\n+$/, '') : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
