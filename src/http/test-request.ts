import { randomBytes } from 'node:crypto';
import { FlaconError } from '../util/errors.ts';
import type { Authorization } from './auth.ts';
import { latin1FromUtf8 } from './charset.ts';
import { getContentType } from './content.ts';
import { guessType } from './guess-type.ts';
import { Headers } from './headers.ts';
import type { HeadersInit } from './headers.ts';
import { encodeMultipart } from './multipart.ts';
import type { MultipartItem } from './multipart.ts';
import type { MultiDictInit } from './multidict.ts';
import { iterMultiItems, MultiDict } from './multidict.ts';
import type { RequestBodySource, RequestSource } from './request-source.ts';
import { iriToUri, unquote, urlencode, urlSplit } from './urls.ts';

/** A file to upload: content, name and type in one of two forms. */
export type TestFile =
  | { content: string | Uint8Array; filename?: string; contentType?: string }
  | readonly [content: string | Uint8Array, filename: string, contentType?: string];

/** A value of a form: text, or a file. */
export type TestFormValue = string | number | boolean | TestFile;

/** Fields of a form. An array of texts or files is several values; a pair of content and name is one file. */
export type TestForm = MultiDict | Readonly<Record<string, TestFormValue | readonly TestFormValue[]>>;

/** What a made-up request is like. */
export interface RequestSourceOptions {
  /** Default: GET. */
  method?: string | undefined;
  /** Query, if the path has none: text, or values to encode. */
  query?: string | MultiDictInit<unknown> | undefined;
  /** Body: an object is encoded as a form, text and bytes are sent as they are, a stream is sent without a length. */
  data?: TestForm | RequestBodySource | undefined;
  /** Files to add to the form. */
  files?: Readonly<Record<string, TestFile | readonly TestFile[]>> | undefined;
  /** Body: any value, encoded as JSON. */
  json?: unknown;
  headers?: HeadersInit | undefined;
  contentType?: string | undefined;
  /** Content type without charset, which is added for text. */
  mimetype?: string | undefined;
  /** User name and password for Basic authentication, or any other authorization. */
  auth?: readonly [username: string, password: string] | Authorization | undefined;
  /** Scheme, host and root path. Default: `http://localhost/`. */
  baseUrl?: string | undefined;
  /** Address of the client. Default: 127.0.0.1. */
  remoteAddr?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Makes the source of a request to `path` as a browser or a test would send it. `path` may be a whole URL, and an IRI. */
export function buildRequestSource(path = '/', options: RequestSourceOptions = {}): RequestSource {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(path) ? urlSplit(path) : undefined;
  // A browser puts an international host into the header in its ASCII form.
  const baseUrl =
    absolute === undefined ? (options.baseUrl ?? 'http://localhost/') : `${absolute.scheme}://${absolute.netloc}/`;
  const base = urlSplit(iriToUri(baseUrl));
  const withoutFragment = (
    absolute === undefined ? path : path.slice(path.indexOf(absolute.netloc) + absolute.netloc.length)
  ).split('#', 1)[0] as string;
  const headers = new Headers([['Host', base.netloc]]);
  headers.update(new Headers([['User-Agent', 'Flacon']]));
  if (options.headers !== undefined) headers.update(options.headers);
  if (options.auth !== undefined) headers.set('Authorization', authorizationText(options.auth));
  const body = setBody(headers, options);
  const port = /:(\d+)$/.exec(base.netloc)?.[1];
  return {
    method: options.method ?? 'GET',
    target: targetOf(withoutFragment, options.query),
    scheme: base.scheme,
    rawHeaders: headers.toFlat(),
    rootPath: unquote(base.path.replace(/\/+$/, '')),
    remoteAddr: options.remoteAddr ?? '127.0.0.1',
    server: [
      base.netloc.replace(/:\d+$/, ''),
      port === undefined ? (base.scheme === 'https' ? 443 : 80) : Number(port),
    ],
    body,
    signal: options.signal,
  };
}

function targetOf(path: string, query: RequestSourceOptions['query']): string {
  const target = encodeTarget(path.startsWith('/') || path === '' ? path : `/${path}`);
  if (query === undefined) return target;
  if (path.includes('?')) {
    throw new FlaconError('The query is in the path and in the options.', {
      code: 'TWO_QUERIES',
      fix: 'give one of them',
    });
  }
  const text = typeof query === 'string' ? encodeTarget(query) : urlencode(query);
  return text === '' ? target : `${target}?${text}`;
}

/** What may not stand in a request line is percent-encoded; everything else goes out as it was given. */
function encodeTarget(text: string): string {
  return latin1FromUtf8(text).replace(
    /[^\x21-\x7e]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function authorizationText(auth: NonNullable<RequestSourceOptions['auth']>): string {
  if (!Array.isArray(auth)) return String(auth);
  const [username, password] = auth as readonly [string, string];
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function setBody(headers: Headers, options: RequestSourceOptions): RequestBodySource | null {
  if (options.mimetype !== undefined) headers.set('Content-Type', getContentType(options.mimetype));
  if (options.contentType !== undefined) headers.set('Content-Type', options.contentType);
  const { bytes, stream } = encodeBody(headers, options);
  if (stream !== undefined) {
    if (!headers.has('Content-Length')) headers.setDefault('Transfer-Encoding', 'chunked');
    return stream;
  }
  if (bytes === undefined) return null;
  headers.setDefault('Content-Length', bytes.length);
  return bytes;
}

interface EncodedBody {
  bytes?: Buffer;
  stream?: RequestBodySource;
}

function encodeBody(headers: Headers, { data, json, files }: RequestSourceOptions): EncodedBody {
  if (json !== undefined) {
    if (data !== undefined || files !== undefined) {
      throw new FlaconError('A request has one body.', { code: 'TWO_BODIES', fix: 'give json, or data and files' });
    }
    headers.setDefault('Content-Type', 'application/json');
    return { bytes: Buffer.from(JSON.stringify(json)) };
  }
  if (typeof data === 'string') return { bytes: Buffer.from(data) };
  if (data instanceof Uint8Array) return { bytes: Buffer.from(data) };
  if (data !== undefined && !(data instanceof MultiDict) && (Symbol.iterator in data || Symbol.asyncIterator in data)) {
    return { stream: data as RequestBodySource };
  }
  if (data === undefined && files === undefined) return {};
  return { bytes: encodeForm(headers, formItems(data as TestForm | undefined, files)) };
}

function formItems(data: TestForm = {}, files: RequestSourceOptions['files'] = {}): MultipartItem[] {
  const items: MultipartItem[] = [];
  const add = (name: string, value: TestFormValue | readonly TestFormValue[]): void => {
    if (typeof value !== 'object') items.push({ name, value: String(value) });
    else if (isFilePair(value))
      items.push(fileItem(name, { content: value[0], filename: value[1], contentType: value[2] }));
    else if (Array.isArray(value)) for (const one of value as readonly TestFormValue[]) add(name, one);
    else items.push(fileItem(name, value as Exclude<TestFile, readonly unknown[]>));
  };
  if (data instanceof MultiDict) for (const [name, value] of iterMultiItems(data)) add(name, value);
  else for (const [name, value] of Object.entries(data)) add(name, value);
  for (const [name, value] of Object.entries(files)) add(name, value);
  return items;
}

/** Whether an array is one file, `[bytes, name]`, and not several texts. */
function isFilePair(value: unknown): value is readonly [string | Uint8Array, string, string?] {
  if (!Array.isArray(value)) return false;
  return value[0] instanceof Uint8Array && typeof value[1] === 'string';
}

function fileItem(
  name: string,
  file: { content: string | Uint8Array; filename?: string; contentType?: string | undefined },
): MultipartItem {
  const { content, filename = '' } = file;
  const contentType = file.contentType ?? guessType(filename).mimetype ?? 'application/octet-stream';
  return { name, value: content, filename, headers: [['Content-Type', contentType]] };
}

function encodeForm(headers: Headers, items: MultipartItem[]): Buffer {
  const given = headers.get('Content-Type');
  const isMultipart =
    items.some(({ filename }) => filename !== undefined) || given?.startsWith('multipart/form-data') === true;
  if (!isMultipart) {
    headers.setDefault('Content-Type', 'application/x-www-form-urlencoded');
    return Buffer.from(urlencode(items.map(({ name, value }): [string, unknown] => [name, value])));
  }
  const boundary = /boundary="?([^";]+)/.exec(given ?? '')?.[1] ?? `----flacon${randomBytes(16).toString('hex')}`;
  if (given === undefined || !given.includes('boundary'))
    headers.set('Content-Type', `multipart/form-data; boundary="${boundary}"`);
  return encodeMultipart(items, boundary);
}
