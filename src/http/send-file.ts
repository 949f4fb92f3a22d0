import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { FlaconError } from '../util/errors.ts';
import { NotFound } from './exceptions.ts';
import { FileBody } from './file-body.ts';
import { guessType } from './guess-type.ts';
import { Headers } from './headers.ts';
import type { Request } from './request.ts';
import type { StreamBody } from './response-body.ts';
import type { Moment } from './response-head.ts';
import { Response } from './response.ts';
import { safeJoin } from './safe-join.ts';
import { makeQuoter } from './urls.ts';

/** What can be sent: the path of a file, bytes, or a stream. */
export type SendFileSource = string | Uint8Array | StreamBody;

/** Options of `sendFile`. */
export interface SendFileOptions {
  /** Default: guessed from the name. */
  mimetype?: string | undefined;
  /** Offer to save the file instead of showing it. Default: false. */
  asAttachment?: boolean | undefined;
  /** Name to save it under. Default: the file's own. */
  downloadName?: string | undefined;
  /** Answer conditional and range requests. Default: true. */
  conditional?: boolean | undefined;
  /** Whether a file gets an ETag, or the ETag. Default: true. */
  etag?: boolean | string | undefined;
  /** Default: the file's own. */
  lastModified?: Moment | undefined;
  /** Seconds that the answer may be kept, or who knows it by the path. Default: it is asked for anew each time. */
  maxAge?: number | ((path: string | undefined) => number | null | undefined) | null | undefined;
  /** Asked for `maxAge` where that is not given. */
  getMaxAge?: ((path: string | undefined) => number | null | undefined) | undefined;
  /** Folder that relative paths start from. Default: the working directory. */
  rootPath?: string | undefined;
  /** Leave the file to the server in front, by an X-Sendfile header. Default: false. */
  useXSendfile?: boolean | undefined;
  /** Class of the response. Default: `Response`. */
  responseClass?: typeof Response | undefined;
}

interface File {
  path: string;
  size: number;
  /** Unix time in seconds, with its fraction. */
  mtime: number;
}

/**
 * Sends a file, bytes or a stream, with type, name, ETag and dates, and answers conditional and range requests
 * (werkzeug.utils.send_file). Never pass a path that came from a visitor: that is what `sendFromDirectory` is for.
 *
 * @throws the error of the file system if the file cannot be read; `NotFound` (404) for a path with NUL; `RequestedRangeNotSatisfiable` (416); a FlaconError
 *   `UNKNOWN_MIMETYPE` or `UNNAMED_ATTACHMENT` if bytes come without a name.
 */
export function sendFile(request: Request, source: SendFileSource, options: SendFileOptions = {}): Response {
  const { asAttachment = false, responseClass: ResponseClass = Response } = options;
  const file = typeof source === 'string' ? statFile(resolve(options.rootPath ?? '', source)) : undefined;
  const headers = new Headers();
  const name = options.downloadName ?? (file === undefined ? undefined : basename(file.path));
  const mimetype = options.mimetype ?? typeByName(name, asAttachment, headers);
  if (name !== undefined) setDisposition(headers, name, asAttachment);
  else if (asAttachment) {
    throw new FlaconError('An attachment needs a name to be saved under.', {
      code: 'UNNAMED_ATTACHMENT',
      fix: 'give downloadName, or a path',
    });
  }
  const size = file?.size ?? (source instanceof Uint8Array ? source.byteLength : undefined);
  const isOffloaded = options.useXSendfile === true && file !== undefined;
  if (isOffloaded) headers.set('X-Sendfile', file.path);
  const body = isOffloaded
    ? null
    : file === undefined
      ? (source as Uint8Array | StreamBody)
      : new FileBody(file.path, file.size);
  const response = new ResponseClass(body, { mimetype, headers, directPassthrough: true });
  if (size !== undefined) response.contentLength = size;
  const lastModified = options.lastModified ?? file?.mtime;
  if (lastModified !== undefined) response.lastModified = lastModified;
  setMaxAge(response, file?.path, options);
  setEtag(response, file, options.etag ?? true);
  if (options.conditional !== false) {
    response.makeConditional(request, { acceptRanges: true, completeLength: size });
    // Some servers would send the file although it is not modified.
    if (response.status === 304) response.headers.remove('X-Sendfile');
  }
  return response;
}

/**
 * Sends a file from below a folder, with the path as a visitor gave it (werkzeug.utils.send_from_directory). Throws
 * `NotFound` (404) for what is not a file in there, and whatever `sendFile` throws.
 */
export function sendFromDirectory(
  request: Request,
  directory: string,
  path: string,
  options: SendFileOptions = {},
): Response {
  const joined = safeJoin(directory, path);
  if (joined === undefined) throw new NotFound();
  const full = resolve(options.rootPath ?? '', joined);
  if (!isFile(full)) throw new NotFound();
  return sendFile(request, full, options);
}

function statFile(path: string): File {
  // No file has such a name, and only a visitor would ask for it.
  if (path.includes('\0')) throw new NotFound();
  // Nanoseconds: the ETag shows the fraction as Python does.
  const stat = statSync(path, { bigint: true });
  if (!stat.isFile())
    throw Object.assign(new Error(`EISDIR: not a regular file, open '${path}'`), { code: 'EISDIR', path });
  const second = 1_000_000_000n;
  return { path, size: Number(stat.size), mtime: Number(stat.mtimeNs / second) + 1e-9 * Number(stat.mtimeNs % second) };
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Missing, not permitted, a NUL in the name: none of it is the visitor's business.
    return false;
  }
}

function typeByName(name: string | undefined, asAttachment: boolean, headers: Headers): string {
  if (name === undefined) {
    throw new FlaconError('The type of what is sent cannot be told without a file name.', {
      code: 'UNKNOWN_MIMETYPE',
      fix: 'give mimetype or downloadName',
    });
  }
  const { mimetype, encoding } = guessType(name);
  // Browsers unpack what is encoded: an attachment would be saved under a wrong name.
  if (encoding !== undefined && !asAttachment) headers.set('Content-Encoding', encoding);
  return mimetype ?? 'application/octet-stream';
}

// RFC 8187 attr-char
const quoteName = makeQuoter('!#$&+-.^_`|~');

function setDisposition(headers: Headers, name: string, asAttachment: boolean): void {
  const ascii = name.normalize('NFKD').replace(/[^\x00-\x7f]/g, '');
  const isAscii = /^[\x00-\x7f]*$/.test(name);
  const names = isAscii ? { filename: name } : { filename: ascii, 'filename*': `UTF-8''${quoteName(name)}` };
  headers.set('Content-Disposition', asAttachment ? 'attachment' : 'inline', names);
}

function setMaxAge(response: Response, path: string | undefined, options: SendFileOptions): void {
  const given = options.maxAge ?? options.getMaxAge;
  const maxAge = typeof given === 'function' ? given(path) : given;
  const { cacheControl } = response;
  if (maxAge === undefined || maxAge === null) {
    cacheControl.noCache = true;
    return;
  }
  if (maxAge > 0) cacheControl.public = true;
  else cacheControl.noCache = true;
  cacheControl.maxAge = maxAge;
  response.expires = Math.trunc(Date.now() / 1000 + maxAge);
}

function setEtag(response: Response, file: File | undefined, etag: boolean | string): void {
  if (typeof etag === 'string') response.setEtag(etag);
  else if (etag && file !== undefined)
    response.setEtag(`${pythonFloat(file.mtime)}-${file.size}-${adler32(file.path)}`);
}

/** `1700000000.0`: a float as Python writes it. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** The Adler-32 checksum of text (RFC 1950). */
export function adler32(text: string): number {
  let a = 1;
  let b = 0;
  for (const byte of Buffer.from(text)) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}
