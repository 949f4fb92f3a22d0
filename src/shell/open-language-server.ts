import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findTypeScript } from './find-typescript.ts';
import type { LanguageServer } from './language-server.ts';

/** Where the document of a shell would be: in the folder of the application, under a name that no file has. */
export function documentPath(folder: string): string {
  for (let number = 1; ; number += 1) {
    const file = join(folder, `flacon-shell-session${number === 1 ? '' : number}.ts`);
    if (!existsSync(file)) return file;
  }
}

/** Starts the project's TypeScript; undefined when it has none. `file` is the path of the document. */
export async function openLanguageServer(root: string, file: string): Promise<LanguageServer | undefined> {
  const found = findTypeScript(root);
  if (!found) return undefined;
  const { version, path } = found;
  if (found.kind === 'library') {
    const { ClassicServer } = await import('./classic-server.ts');
    return new ClassicServer({ library: path, root, file, version });
  }
  const { LspServer } = await import('./lsp-server.ts');
  return new LspServer({ program: { command: path, args: ['--lsp', '--stdio'], cwd: root }, root, file, version });
}
