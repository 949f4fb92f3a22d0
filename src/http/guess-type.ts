import { lookup } from 'mrmime';

/** What a file name says about its content. */
export interface GuessedType {
  /** Undefined if the extension is unknown. */
  mimetype: string | undefined;
  /** Compression that is put around the content, such as `gzip`. */
  encoding: string | undefined;
}

const ENCODINGS: Readonly<Record<string, string>> = { gz: 'gzip', z: 'compress', bz2: 'bzip2', xz: 'xz', br: 'br' };
const SHORT_FORMS: Readonly<Record<string, string>> = {
  tgz: 'tar.gz',
  taz: 'tar.gz',
  tz: 'tar.gz',
  tbz2: 'tar.bz2',
  txz: 'tar.xz',
  svgz: 'svg.gz',
};
/** Names on which everybody agrees and the table does not have. */
const EXTRA: Readonly<Record<string, string>> = { tar: 'application/x-tar', py: 'text/x-python' };

/** Type and encoding of a file by its name, as Python's `mimetypes.guess_type` tells them. */
export function guessType(filename: string): GuessedType {
  const base = filename.slice(filename.lastIndexOf('/') + 1).toLowerCase();
  // A leading dot hides a file and begins no extension.
  const parts = base.replace(/^\.+/, '').split('.');
  const extensions = parts.slice(1);
  const short = SHORT_FORMS[extensions.at(-1) ?? ''];
  if (short !== undefined) extensions.splice(-1, 1, ...short.split('.'));
  const encoding = ENCODINGS[extensions.at(-1) ?? ''];
  if (encoding !== undefined) extensions.pop();
  const extension = extensions.at(-1);
  const mimetype = extension === undefined ? undefined : (EXTRA[extension] ?? lookup(extension));
  return { mimetype, encoding };
}
