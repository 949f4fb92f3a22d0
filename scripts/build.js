// Builds src/ to dist/. `--if-source`: only where sources and the compiler are (a clone, not an installed tarball).
// `--if-stale`: only when a source is newer than the last build; then type errors do not count
// (the tests check the types by themselves).
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
const mode = process.argv[2];
const inputs = ['tsconfig.build.json', 'package.json', 'scripts/build.js', 'src', 'shell-plugins'].map((file) =>
  join(root, file),
);

function newest(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stats.mtimeMs);
}

// The plugins import the package by its name, as anybody's would: the one that is just being built.
function pluginsProject(fresh) {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const paths = {};
  for (const [name, target] of Object.entries(exports)) {
    if (typeof target === 'object' && target.types.startsWith('./dist/')) {
      paths[join('flacon', name)] = [target.types.replace('./dist', fresh)];
    }
  }
  const file = join(fresh, 'tsconfig.plugins.json');
  const folder = join(root, 'shell-plugins');
  const compilerOptions = { rootDir: folder, outDir: join(fresh, 'shell-plugins'), paths };
  writeFileSync(
    file,
    JSON.stringify({ extends: join(folder, 'tsconfig.json'), compilerOptions, include: [join(folder, '*.ts')] }),
  );
  return file;
}

function compile(compiler, fresh, project, options) {
  const stdio = mode === '--if-stale' ? 'ignore' : 'inherit';
  const { status } = spawnSync(process.execPath, [compiler, '-p', project, ...options], { stdio });
  if (status === 0 || mode === '--if-stale') return;
  rmSync(fresh, { recursive: true, force: true });
  process.exit(status ?? 1);
}

// A module of its own costs half a millisecond when a process starts. What only one entry uses is put into that entry;
// what can be shared by entries stays where it is, so that there is one of it.
const bundles = [
  { entry: 'ext/login/index.js', rooms: ['ext'] },
  { entry: 'ext/session/index.js', rooms: ['ext'] },
  { entry: 'cli/shell-host.js', rooms: ['cli', 'dev', 'debug', 'shell'] },
  { entry: 'dev/worker.js', rooms: ['dev', 'debug', 'shell'] },
  { entry: 'shell-plugins/index.js', rooms: ['shell-plugins'] },
];

async function bundle(folder, { entry, rooms }) {
  const { build: esbuild } = await import('esbuild');
  const outfile = join(folder, entry);
  const keepOutside = {
    name: 'keep-outside',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const target = join(resolveDir, path);
        const [room, ...rest] = relative(folder, target).split(sep);
        if (rest.length > 0 && rooms.includes(room)) return { path: target };
        return {
          path: `./${relative(dirname(outfile), target)}`.replace(/^\.\/\.\./, '..').replaceAll(sep, '/'),
          external: true,
        };
      });
    },
  };
  await esbuild({
    entryPoints: [outfile],
    outfile,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    keepNames: true,
    logLevel: 'warning',
    plugins: [keepOutside],
  });
}

// Files that a client of the shell starts with, before anything of an application is loaded.
const clientEntries = [
  'cli/main.js',
  'cli/program.js',
  'cli/shell.js',
  'cli/shell-start.js',
  'shell/client.js',
  'shell/own-host.js',
  'shell/terminal-shell.js',
];
const coreRooms = ['util', 'http', 'jinja', 'routing'];

// The files that these import at once, themselves included.
function importedBy(folder, entries) {
  const found = new Set(entries);
  for (const file of found) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, path] of text.matchAll(/^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"](\.\.?\/[^'"]+)['"];/gm)) {
      found.add(join(dirname(file), path).replaceAll(sep, '/'));
    }
  }
  return found;
}

// What every process has, in two files: `base.js` for those that load no application, `core.js` for the rest. Each of the
// files that went into them only names what it has from there, so that there is one of everything, whoever imports it.
async function bundleCore(folder) {
  const inRooms = coreRooms.flatMap((room) => readdirSync(join(folder, room)).map((name) => `${room}/${name}`));
  const files = [...inRooms, ...readdirSync(folder)].filter((name) => name.endsWith('.js')).sort();
  const forClients = importedBy(folder, clientEntries);
  const base = files.filter((file) => forClients.has(file));
  const modules = new Map();
  for (const file of files) modules.set(file, await import(pathToFileURL(join(folder, file)).href));
  await bundleFiles(folder, 'base.js', base, modules);
  await bundleFiles(
    folder,
    'core.js',
    files.filter((file) => !forClients.has(file)),
    modules,
  );
}

async function bundleFiles(folder, name, files, modules) {
  const { build: esbuild } = await import('esbuild');
  const own = new Set(files);
  const keepOthers = {
    name: 'keep-others',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const file = relative(folder, join(resolveDir, path)).replaceAll(sep, '/');
        return own.has(file) ? { path: join(folder, file) } : { path: `./${file}`, external: true };
      });
    },
  };
  await esbuild({
    stdin: {
      contents: files.map((file, index) => `export * as m${index} from './${file}';`).join('\n'),
      resolveDir: folder,
    },
    outfile: join(folder, name),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
    plugins: [keepOthers],
  });
  files.forEach((file, index) => {
    const lines = Object.keys(modules.get(file)).map((each) => `export const ${each} = m.${each};`);
    const path = file.includes('/') ? `../${name}` : `./${name}`;
    writeFileSync(join(folder, file), [`import { m${index} as m } from '${path}';`, ...lines, ''].join('\n'));
    rmSync(join(folder, `${file}.map`), { force: true });
  });
  await keepNames(
    join(folder, name),
    files.map((file) => modules.get(file)),
  );
}

// Two classes of one name in one file: the second has another name there, which must not be seen from outside.
async function keepNames(file, modules) {
  const core = await import(pathToFileURL(file).href);
  const text = readFileSync(file, 'utf8');
  const fixes = modules.flatMap((module, index) => {
    const variable = new RegExp(`(\\w+) as m${index}\\b`).exec(text)?.[1];
    return Object.entries(module)
      .filter(([name, value]) => typeof value === 'function' && value.name !== core[`m${index}`][name].name)
      .map(
        ([name, value]) =>
          `Object.defineProperty(${variable}.${name}, 'name', { value: ${JSON.stringify(value.name)}, configurable: true });`,
      );
  });
  appendFileSync(file, `\n${[...new Set(fixes)].join('\n')}\n`);
}

async function build() {
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  // Built beside and put in place at once: what runs meanwhile finds the old files or the new ones, no mixture.
  const fresh = join(root, `dist-${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  compile(compiler, fresh, join(root, 'tsconfig.build.json'), ['--outDir', fresh]);
  compile(compiler, fresh, pluginsProject(fresh), []);
  for (const assets of ['dev/assets', 'debug/assets', 'cli/skeleton']) {
    if (existsSync(join(root, 'src', assets)))
      cpSync(join(root, 'src', assets), join(fresh, assets), { recursive: true });
  }
  await bundleCore(fresh);
  for (const each of bundles) await bundle(fresh, each);
  chmodSync(join(root, 'bin', 'app.js'), 0o755);
  rmSync(join(fresh, 'tsconfig.plugins.json'));
  writeFileSync(join(fresh, '.built'), '');
  const old = `${fresh}-old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

if (mode === '--if-source' && !(existsSync(join(root, 'tsconfig.build.json')) && existsSync(join(root, 'src')))) {
  process.exit(0);
}
if (mode === '--if-stale' && existsSync(stamp) && inputs.every((path) => newest(path) <= statSync(stamp).mtimeMs)) {
  process.exit(0);
}
await build();
