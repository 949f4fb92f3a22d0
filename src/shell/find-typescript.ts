import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A TypeScript that can be asked: from version 7 a program that is a language server, before that a library. */
export interface TypeScriptInstall {
  version: string;
  kind: 'program' | 'library';
  /** The program, or the file `typescript.js`. */
  path: string;
}

/**
 * The TypeScript of a project, as its own modules would find it; undefined when it has none. Ours is not used in its
 * place: types of another version are not the project's.
 */
export function findTypeScript(root: string): TypeScriptInstall | undefined {
  const manifest = resolveFrom(join(root, 'shell.ts'), 'typescript/package.json');
  if (manifest === undefined) return undefined;
  const { version = '' } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string };
  const library = join(dirname(manifest), 'lib', 'typescript.js');
  if (existsSync(library)) return { version, kind: 'library', path: library };
  // The launcher of the package would be a second process that only waits.
  const platform = resolveFrom(manifest, `@typescript/typescript-${process.platform}-${process.arch}/package.json`);
  if (platform === undefined) return undefined;
  const path = join(dirname(platform), 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc');
  return existsSync(path) ? { version, kind: 'program', path } : undefined;
}

function resolveFrom(file: string, specifier: string): string | undefined {
  try {
    return createRequire(file).resolve(specifier);
  } catch {
    // Not installed, or no package for this platform.
    return undefined;
  }
}
