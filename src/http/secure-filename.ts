import { stripEnd } from './strip.ts';
import { isWindowsDevice } from './windows-devices.ts';

/** `secureFilename` for a given kind of file system. */
export function secureFilenameOn(windows: boolean, filename: string): string {
  const ascii = filename.normalize('NFKD').replace(/[^\x00-\x7f]/g, '');
  const words = ascii.replace(windows ? /[/\\]/g : /\//g, ' ').split(/[\s\x1c-\x1f]+/);
  const name = words
    .filter((word) => word !== '')
    .join('_')
    .replace(/[^A-Za-z0-9_.-]/g, '')
    .replace(/^[._]+/, '');
  const secured = stripEnd(name, '._');
  return windows && isWindowsDevice(secured) ? `_${secured}` : secured;
}

/**
 * A version of a file name that a visitor sent which is safe to store: ASCII, without a path, never hidden
 * (`../../etc/passwd` → `etc_passwd`). It may be empty: then make up a name. It is not unique: that is up to you.
 */
export function secureFilename(filename: string): string {
  return secureFilenameOn(process.platform === 'win32', filename);
}
