import { closeSync, openSync, readSync, statSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { openCodeCache, type CodeCache } from './code-cache.ts';

/**
 * The first file of every process of the `app` program, built to `dist/boot.cjs`: runs the built code from what V8 compiled
 * of it the last time. Without this, as in `import 'flacon'` elsewhere, the same files are plain CommonJS.
 */

/** A bundle of the build, by its path in `dist`, such as `core.cjs`. */
type BundleName = string;

/** Set by the build: what tells this build from others. */
declare const __BUILD__: string;

/** How long a process runs before what was compiled in it is kept. At its end it is kept in any case. */
const KEEP_AFTER_MS = 1000;

const dist = dirname(fileURLToPath(import.meta.url));
const scripts: { name: string; identity: string; script: Script }[] = [];
let kind = 'app';
let cache: CodeCache | undefined;

/** Where the files of the build look for each other, so that there is one of everything. */
const REGISTRY = Symbol.for('flacon.bundle');

/**
 * Runs a module of a bundle, such as `cli/main.js`. `role` names what kind of process this is: each kind keeps what
 * it needs compiled.
 */
export function run(bundle: BundleName, path: string, role: string): void {
  kind = role;
  Object.defineProperty(globalThis, REGISTRY, { value: load, configurable: true });
  const { modules } = load(bundle) as { modules: Record<string, () => unknown> };
  modules[path]?.();
}

/** Runs the program as its command line says. */
export function runProgram(): void {
  const command = process.argv.slice(2).find((arg) => !arg.startsWith('-'));
  const isForPerson = command === 'shell' && isatty(0);
  run('client/index.cjs', 'cli/main.js', isForPerson ? 'shell' : command === 'run' ? 'run' : 'command');
}

/** The exports of a bundle, loaded once. */
function load(name: BundleName): unknown {
  const file = join(dist, name);
  const loaded = Module.createRequire(file).cache[file];
  return loaded ? loaded.exports : evaluate(name, file);
}

function evaluate(name: BundleName, file: string): unknown {
  const requireThere = Module.createRequire(file);
  // Their maps and their counts are Node's business, with files that Node itself has read.
  if (process.sourceMapsEnabled || process.env['NODE_V8_COVERAGE'] !== undefined) return requireThere(file);
  const bundle = new Module(file);
  bundle.filename = file;
  requireThere.cache[file] = bundle;
  const require = (id: string): unknown =>
    id.startsWith('.') && id.endsWith('.cjs') ? load(join(dirname(name), id)) : requireThere(id);
  Object.assign(require, requireThere, { dynamicImport: importFrom });
  try {
    const body = compile(name, file).runInThisContext() as (...args: unknown[]) => void;
    body.call(bundle.exports, bundle.exports, require, bundle, file, dirname(file));
  } catch (error) {
    delete requireThere.cache[file];
    throw error;
  }
  bundle.loaded = true;
  return bundle.exports;
}

/** `import()` as in a file with this URL. */
function importFrom(url: string) {
  return (specifier: string): Promise<unknown> =>
    import(specifier.startsWith('.') ? new URL(specifier, url).href : specifier);
}

function compile(name: BundleName, file: string): Script {
  const stats = statSync(file);
  cache ??= openCodeCache({ packageFolder: dirname(dist), owner: stats.uid });
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  const identity = [__BUILD__, name, stats.size, stats.mtimeMs, process.version, process.arch, flags].join(' ');
  const place = `${name.replaceAll('/', '-')}-${kind}-${process.version}-${process.arch}`;
  const cachedData = cache.read(place, identity);
  const script = new Script(sourceOf(file, stats.size), { filename: file, ...(cachedData && { cachedData }) });
  if (!cachedData || script.cachedDataRejected) keepLater({ name: place, identity, script });
  return script;
}

const HEAD = '(function (exports, require, module, __filename, __dirname) {';
const TAIL = '\n})';

/** The text of a bundle as a function. The build writes nothing but ASCII: one byte a character, and copied only once. */
function sourceOf(file: string, size: number): string {
  const bytes = Buffer.allocUnsafeSlow(HEAD.length + size + TAIL.length);
  bytes.write(HEAD, 'latin1');
  const opened = openSync(file, 'r');
  try {
    let length = 0;
    while (length < size) {
      const count = readSync(opened, bytes, HEAD.length + length, size - length, length);
      if (count === 0) throw new Error(`${file} has become shorter while it was read.`);
      length += count;
    }
  } finally {
    closeSync(opened);
  }
  bytes.write(TAIL, HEAD.length + size, 'latin1');
  return bytes.toString('latin1');
}

function keepLater(missing: (typeof scripts)[number]): void {
  scripts.push(missing);
  if (scripts.length > 1) return;
  process.once('exit', keep);
  setTimeout(keep, KEEP_AFTER_MS).unref();
}

/** With what was run so far, V8 need not compile that either the next time. */
function keep(): void {
  for (const { name, identity, script } of scripts.splice(0)) cache?.write(name, identity, script.createCachedData());
}
