import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What V8 has compiled of one file, on the disk. */
export interface CodeCache {
  /** The file for what is called `name`; undefined when there is none, or it is not whole, not for `identity` or not safe. */
  read(name: string, identity: string): Buffer | undefined;
  /** Keeps it. Gives whether that was possible. */
  write(name: string, identity: string, data: Buffer): boolean;
}

/** Options of {@link openCodeCache}. */
export interface CodeCacheOptions {
  /** Folder of the package: the cache is in it, in `.cache`, where the package is this user's. */
  packageFolder: string;
  /** Whom the package belongs to: whoever can change its code may as well write what is compiled of it. */
  owner: number;
  env?: NodeJS.ProcessEnv;
}

const HASH_BYTES = 32;

/**
 * Opens the cache of a package: beside its code if that is this user's, else in `$XDG_CACHE_HOME/flacon`. Whoever writes it
 * decides what runs, so only what belongs to this user, to the package's or to root is read, and nothing that others can write.
 */
export function openCodeCache({ packageFolder, owner, env = process.env }: CodeCacheOptions): CodeCache {
  const uid = process.getuid?.();
  const beside = join(packageFolder, '.cache');
  // Files of another user in the package would be in the way of who removes it.
  const isOwn = uid === undefined || uid === owner;
  const own = (): string => join(userCacheFolder(env), hashOf(packageFolder).toString('hex', 0, 8));
  const isSafe = (stats: Stats): boolean =>
    uid === undefined || ([uid, owner, 0].includes(stats.uid) && (stats.mode & 0o022) === 0);
  const readIn = (folder: string, name: string, identity: string): Buffer | undefined => {
    try {
      const stats = lstatSync(folder);
      if (!stats.isDirectory() || !isSafe(stats)) return undefined;
      return whole(readSafely(join(folder, name), isSafe), identity);
    } catch {
      // Not there, or not for us to read.
      return undefined;
    }
  };
  const writeIn = (folder: string, name: string, content: Buffer): boolean => {
    try {
      makeFolder(folder);
      const stats = lstatSync(folder);
      if (!stats.isDirectory() || !isSafe(stats)) return false;
      replaceFile(join(folder, name), content);
      return true;
    } catch {
      // Read-only, full or not ours: compiling again is all that it costs.
      return false;
    }
  };
  return {
    read: (name, identity) => readIn(beside, name, identity) ?? readIn(own(), name, identity),
    write(name, identity, data) {
      const content = Buffer.concat([hashOf(identity, data), data]);
      return (isOwn && writeIn(beside, name, content)) || writeIn(own(), name, content);
    },
  };
}

function userCacheFolder(env: NodeJS.ProcessEnv): string {
  const cache = env['XDG_CACHE_HOME'];
  // The XDG specification: a relative path is to be ignored.
  return join(cache?.startsWith('/') ? cache : join(homedir(), '.cache'), 'flacon');
}

/** Node's `recursive` never comes back where a folder is there and nothing can be made in it, as in /proc. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

function readSafely(path: string, isSafe: (stats: Stats) => boolean): Buffer | undefined {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const stats = fstatSync(file);
    return stats.isFile() && isSafe(stats) ? readFileSync(file) : undefined;
  } finally {
    closeSync(file);
  }
}

/** V8 does not look whether what it is given is damaged. */
function whole(content: Buffer | undefined, identity: string): Buffer | undefined {
  if (content === undefined || content.length <= HASH_BYTES) return undefined;
  const data = content.subarray(HASH_BYTES);
  return hashOf(identity, data).equals(content.subarray(0, HASH_BYTES)) ? data : undefined;
}

function hashOf(text: string, data: Buffer = Buffer.alloc(0)): Buffer {
  return createHash('sha256').update(`${text}\0`).update(data).digest();
}

/** Other processes find the old file or the new one. */
function replaceFile(path: string, content: Buffer): void {
  const fresh = `${path}.${process.pid}`;
  try {
    writeFileSync(fresh, content, { mode: 0o600, flag: 'wx' });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
