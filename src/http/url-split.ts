import { FlaconError } from '../util/errors.ts';
import { isAscii } from './charset.ts';

/** The parts of a URL as they are written; absent ones are empty. */
export interface SplitUrl {
  scheme: string;
  netloc: string;
  path: string;
  query: string;
  fragment: string;
}

/** The parts of a `netloc`. `hostname` is in lower case and without brackets. */
export interface NetlocParts {
  username: string | undefined;
  password: string | undefined;
  hostname: string | undefined;
  port: number | undefined;
}

// The tables of Python's urllib.parse: which schemes have a host, and which resolve relative references.
const NETLOC_SCHEMES = new Set(
  (
    'ftp http gopher nntp telnet imap wais file mms https shttp snews prospero rtsp rtspu rsync svn svn+ssh sftp nfs ' +
    'git git+ssh ws wss itms-services'
  ).split(' '),
);
const RELATIVE_SCHEMES = new Set(
  ' ftp http gopher nntp imap wais file https shttp mms prospero rtsp rtspu sftp svn svn+ssh ws wss'.split(' '),
);

function invalidUrl(message: string): FlaconError {
  return new FlaconError(message, { code: 'INVALID_URL', fix: 'check the host and port of the URL' });
}

/** `[before, after]` of the first `separator`; `after` is undefined if there is none. */
function cut(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + separator.length)];
}

/**
 * Splits a URL as Python's `urlsplit` does: nothing is decoded, normalised or required. Line breaks and tabs are
 * dropped. Throws a FlaconError `INVALID_URL` for brackets without a partner and for hosts with disguised delimiters.
 */
export function urlSplit(url: string, defaultScheme = ''): SplitUrl {
  let rest = url.replace(/^[\0- ]+/, '').replace(/[\t\r\n]/g, '');
  let scheme = defaultScheme;
  let netloc = '';
  const match = /^([a-z][a-z0-9+.-]*):/i.exec(rest);
  if (match !== null) {
    scheme = (match[1] as string).toLowerCase();
    rest = rest.slice(match[0].length);
  }
  if (rest.startsWith('//')) {
    const end = rest.slice(2).search(/[/?#]/);
    netloc = end === -1 ? rest.slice(2) : rest.slice(2, end + 2);
    rest = rest.slice(2 + netloc.length);
    checkNetloc(netloc);
  }
  const [beforeFragment, fragment = ''] = cut(rest, '#');
  const [path, query = ''] = cut(beforeFragment, '?');
  return { scheme, netloc, path, query, fragment };
}

function checkNetloc(netloc: string): void {
  if (netloc.includes('[') !== netloc.includes(']')) throw invalidUrl('Invalid IPv6 URL');
  if (isAscii(netloc)) return;
  // Characters such as ℀ turn into a delimiter when a browser normalises the host.
  const bare = netloc.replace(/[@:#?]/g, '');
  const normal = bare.normalize('NFKC');
  if (normal !== bare && /[/?#@:]/.test(normal)) {
    throw invalidUrl(`netloc '${netloc}' contains invalid characters under NFKC normalization`);
  }
}

/** The parts of a `netloc`. Throws a FlaconError `INVALID_URL` if the port is not a number up to 65535. */
export function splitNetloc(netloc: string): NetlocParts {
  const at = netloc.lastIndexOf('@');
  const [username, password] = at === -1 ? [undefined, undefined] : cut(netloc.slice(0, at), ':');
  const hostAndPort = netloc.slice(at + 1);
  const [, bracketed] = cut(hostAndPort, '[');
  let host: string;
  let port: string | undefined;
  if (bracketed === undefined) {
    [host, port] = cut(hostAndPort, ':');
  } else {
    const [inside, behind = ''] = cut(bracketed, ']');
    host = inside;
    [, port] = cut(behind, ':');
  }
  const [name, zone] = cut(host, '%');
  const hostname = zone === undefined ? name.toLowerCase() : `${name.toLowerCase()}%${zone}`;
  return { username, password, hostname: hostname === '' ? undefined : hostname, port: parsePort(port) };
}

function parsePort(port: string | undefined): number | undefined {
  if (port === undefined || port === '') return undefined;
  if (!/^\d+$/.test(port)) throw invalidUrl(`Port could not be cast to integer value as '${port}'`);
  const number = Number(port);
  if (number > 65535) throw invalidUrl('Port out of range 0-65535');
  return number;
}

/** Puts a URL together again. The reverse of `urlSplit`. */
export function urlUnsplit({ scheme, netloc, path, query, fragment }: SplitUrl): string {
  let url = path;
  if (netloc !== '' || (NETLOC_SCHEMES.has(scheme) && !path.startsWith('//'))) {
    if (url !== '' && !url.startsWith('/')) url = `/${url}`;
    url = `//${netloc}${url}`;
  } else if (path.startsWith('//')) {
    // Without this the path `//evil.example` would be read as a host.
    url = `//${url}`;
  }
  if (scheme !== '') url = `${scheme}:${url}`;
  if (query !== '') url += `?${query}`;
  if (fragment !== '') url += `#${fragment}`;
  return url;
}

const PARAMS_SCHEMES = new Set(' ftp hdl prospero http imap https shttp rtsp rtspu sip sips mms sftp tel'.split(' '));

/** `[path, ;parameters]`: what is behind a semicolon in the last segment. A semicolon with nothing behind it is dropped. */
function cutParams(scheme: string, path: string): [string, string] {
  const semicolon = PARAMS_SCHEMES.has(scheme) ? path.indexOf(';', path.lastIndexOf('/') + 1) : -1;
  if (semicolon === -1) return [path, ''];
  return [path.slice(0, semicolon), semicolon === path.length - 1 ? '' : path.slice(semicolon)];
}

/** Resolves `url` against `base` (RFC 3986 section 5, as Python's `urljoin` does). */
export function urlJoin(base: string, url: string): string {
  if (base === '') return url;
  if (url === '') return base;
  const from = urlSplit(base);
  const to = urlSplit(url, from.scheme);
  if (to.scheme !== from.scheme || !RELATIVE_SCHEMES.has(to.scheme)) return url;
  const [path, params] = cutParams(to.scheme, to.path);
  if (to.netloc !== '' && (to.scheme === '' || NETLOC_SCHEMES.has(to.scheme))) {
    return urlUnsplit({ ...to, path: path + params });
  }
  const { netloc } = from;
  const [basePath, baseParams] = cutParams(from.scheme, from.path);
  if (path === '' && params === '') {
    return urlUnsplit({ ...to, netloc, path: basePath + baseParams, query: to.query === '' ? from.query : to.query });
  }
  return urlUnsplit({ ...to, netloc, path: resolvePath(basePath, path) + params });
}

function resolvePath(base: string, path: string): string {
  let segments = path.split('/');
  if (!path.startsWith('/')) {
    const parents = base.split('/');
    if (parents.at(-1) !== '') parents.pop();
    segments = [...parents, ...segments].filter((segment, i, all) => segment !== '' || i === 0 || i === all.length - 1);
  }
  const resolved: string[] = [];
  for (const segment of segments) {
    if (segment === '..') resolved.pop();
    else if (segment !== '.') resolved.push(segment);
  }
  if (segments.at(-1) === '.' || segments.at(-1) === '..') resolved.push('');
  return resolved.join('/') || '/';
}
