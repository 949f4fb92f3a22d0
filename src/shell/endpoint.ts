import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { FlaconError } from '../util/errors.ts';

/** Which application an endpoint is for. */
export interface EndpointSubject {
  /** The module of the application. */
  file: string;
  /** The export that was named. */
  name?: string | undefined;
}

/** Where the files of an endpoint are. */
export interface EndpointPaths {
  folder: string;
  /** The socket of the host. */
  socket: string;
  /** The socket of the thread that can interrupt. */
  control: string;
  /** What a client has to know. */
  record: string;
}

/** What a client has to know to connect. */
export interface EndpointRecord {
  socket: string;
  token: string;
  pid: number;
  /** The application as it was named. */
  app: string;
  host?: string | undefined;
  port?: number | undefined;
}

/** The files of an application's endpoint; nothing is made. */
export function endpointPaths(subject: EndpointSubject, env = process.env): EndpointPaths {
  const hash = createHash('sha256')
    .update(`${realPath(subject.file)}:${subject.name ?? ''}`)
    .digest('hex')
    .slice(0, 16);
  return pathsIn(join(endpointsFolder(env), hash));
}

/** The files of an endpoint that nobody else looks for: a shell's own app. */
export function privateEndpointPaths(env = process.env): EndpointPaths {
  return pathsIn(join(endpointsFolder(env), `own-${process.pid}-${randomBytes(4).toString('hex')}`));
}

function pathsIn(folder: string): EndpointPaths {
  const record = join(folder, 'shell.json');
  if (process.platform !== 'win32')
    return { folder, socket: join(folder, 'shell.sock'), control: join(folder, 'control.sock'), record };
  const pipe = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  return { folder, socket: `\\\\.\\pipe\\flacon-${pipe}`, control: `\\\\.\\pipe\\flacon-${pipe}-control`, record };
}

// The path of a socket has at most 103 bytes on macOS, 107 on Linux.
const LONGEST_FOLDER = 55;

function endpointsFolder(env: Readonly<Record<string, string | undefined>>): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime && runtime.length <= LONGEST_FOLDER) return join(runtime, 'flacon');
  const { uid, username } = userInfo();
  return join(tmpdir(), `flacon-${uid >= 0 ? uid : username}`);
}

function realPath(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    // A file that is not there yet has its own name.
    return file;
  }
}

/** A new secret of 256 bits. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Makes the folder of an endpoint, closed to everybody else, and removes what a dead server left in it.
 * Throws when the folder belongs to somebody else or is open to others.
 */
export function prepareEndpoint(paths: EndpointPaths): void {
  const parent = dirname(paths.folder);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
  for (const folder of [parent, paths.folder]) refuseForeign(folder);
  // The newest server is the one to attach to; what a dead one left is of no use.
  rmSync(paths.folder, { recursive: true, force: true });
  mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
  sweepEndpoints(parent);
}

/** How long an endpoint without a record may be in the making, in ms. */
const MAKING_MS = 60_000;

/** Removes what processes that were killed have left beside an endpoint. */
function sweepEndpoints(parent: string): void {
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    if (!entry.isDirectory() || !ENDPOINT.test(entry.name)) continue;
    const folder = join(parent, entry.name);
    try {
      if (isLeftBehind(folder, entry.name)) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another start sweeps at the same time, or the folder is not ours: nothing that this start needs.
    }
  }
}

const ENDPOINT = /^(?:own-(?<pid>\d+)-[\da-f]{8}|[\da-f]{16})$/;

function isLeftBehind(folder: string, name: string): boolean {
  const pid = Number(ENDPOINT.exec(name)?.groups?.['pid'] ?? readRecord(pathsIn(folder))?.pid);
  if (Number.isInteger(pid)) return !isAlive(pid);
  return Date.now() - lstatSync(folder).mtimeMs > MAKING_MS;
}

/** A folder or file that others can change or read is no place for a secret. */
function refuseForeign(path: string): void {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const stats = lstatSync(path);
  const problem = stats.isSymbolicLink()
    ? 'is a link'
    : stats.uid !== uid
      ? 'belongs to another user'
      : (stats.mode & 0o077) !== 0
        ? 'is open to other users'
        : undefined;
  if (problem === undefined) return;
  throw new FlaconError(`The shell's folder ${path} ${problem}.`, {
    code: 'SHELL_ENDPOINT_UNSAFE',
    fix: `rm -r ${path}, or set XDG_RUNTIME_DIR to a folder of yours`,
  });
}

/** Publishes an endpoint. */
export function writeEndpoint(paths: EndpointPaths, record: EndpointRecord): void {
  writeFileSync(paths.record, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  chmodSync(paths.record, 0o600);
}

/** Takes the files of a published endpoint away, unless another server has taken its place, or is about to. */
export function withdrawEndpoint(paths: EndpointPaths, own: Pick<EndpointRecord, 'token'>): void {
  const record = readRecord(paths);
  if (record && isSameEndpoint(record, own)) rmSync(paths.folder, { recursive: true, force: true });
}

/** Whether two endpoints are one: each server that publishes one has a token of its own. */
export function isSameEndpoint(a: Pick<EndpointRecord, 'token'>, b: Pick<EndpointRecord, 'token'>): boolean {
  const [one, other] = [Buffer.from(a.token), Buffer.from(b.token)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** What is published in an endpoint; undefined when there is nothing, or its process is gone. Throws when it is not safe to use. */
export function readEndpoint(paths: EndpointPaths): EndpointRecord | undefined {
  const record = readRecord(paths);
  if (record === undefined) return undefined;
  for (const path of [paths.folder, paths.record]) refuseForeign(path);
  return typeof record.pid === 'number' && isAlive(record.pid) ? record : undefined;
}

function readRecord(paths: EndpointPaths): EndpointRecord | undefined {
  try {
    return JSON.parse(readFileSync(paths.record, 'utf8')) as EndpointRecord;
  } catch (error) {
    // Not there, or half written: there is no server to attach to now.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
