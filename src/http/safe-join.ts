import { posix, win32 } from 'node:path';
import { isWindowsDevice } from './windows-devices.ts';

/** `path` without `.`, `..` and doubled slashes, as Python's `normpath` has it: no slash at the end either. */
function normalize(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

function isUnsafe(path: string, windows: boolean): boolean {
  if (path.startsWith('/') || path === '..' || path.startsWith('../')) return true;
  if (!windows) return false;
  // A colon is a drive or an alternate stream of a file.
  return win32.isAbsolute(path) || path.includes('\\') || path.includes(':') || path.split('/').some(isWindowsDevice);
}

/** `safeJoin` for a given kind of file system. */
export function safeJoinOn(windows: boolean, directory: string, ...untrusted: string[]): string | undefined {
  // Without a directory the first untrusted part would become the trusted one.
  let joined = directory === '' ? '.' : directory;
  for (const part of untrusted) {
    if (part === '') continue;
    const path = normalize(part);
    if (isUnsafe(path, windows)) return undefined;
    joined += joined.endsWith('/') ? path : `/${path}`;
  }
  return joined;
}

/**
 * Joins a trusted directory and untrusted parts, by slashes. `undefined` if the result would leave the directory: an
 * absolute part, `..`, and on Windows a backslash, a drive or the name of a device (`NUL.txt`).
 */
export function safeJoin(directory: string, ...untrusted: string[]): string | undefined {
  return safeJoinOn(process.platform === 'win32', directory, ...untrusted);
}
