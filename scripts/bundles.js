// Puts the compiled files of dist/ into few: see docs/decisions/013 and 028.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

// Extensions are written against the public names, as anybody's are: each is one file that imports those.
const extensions = [
  { entry: 'ext/login/index.js', rooms: ['ext'] },
  { entry: 'ext/session/index.js', rooms: ['ext'] },
];

/** Puts each extension into one file. */
export async function bundleExtensions(folder) {
  for (const each of extensions) await bundleExtension(folder, each);
}

async function bundleExtension(folder, { entry, rooms }) {
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
  'cli/open-shell.js',
  'shell/client.js',
  'shell/own-host.js',
  'shell/terminal-shell.js',
];
// What it loads later.
const clientLater = ['shell/session-types.js', 'shell/open-language-server.js', 'shell/lsp-server.js'];
const coreRooms = ['util', 'http', 'jinja', 'routing'];
// Small packages that nobody shares with us: to look for them takes longer than to read them.
const inlined = ['picocolors', 'mrmime', 'import-meta-resolve'];
const programRooms = ['cli', 'dev', 'debug', 'shell', 'shell-plugins'];

// Needed at once where an application is loaded for a shell, before everything else of the core.
const lazyCore = ['util/side-thread.js'];

// Processes begin with these: they do something when they are evaluated, and nobody imports anything from them.
const programEntries = ['cli/main.js', 'cli/shell-host.js', 'dev/worker.js', 'shell/classic-service-process.js'];

/** Those of them that are processes of their own, and what kind. */
const childProcesses = [
  ['cli/shell-host.js', 'host'],
  ['dev/worker.js', 'worker'],
  ['shell/classic-service-process.js', 'types'],
];

// They run the bundles, and so are in none.
const bootFiles = ['util/boot.js', 'util/code-cache.js'];

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

/** The files that `import 'flacon'` and its other names begin with, by name; extensions come by themselves. */
function exportedFiles() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .map(([name, target]) => [join('flacon', name), target.default?.replace(/^\.\/dist\//, '')])
    .filter(([, file]) => file !== undefined && existsSync(join(root, 'src', file.replace(/\.js$/, '.ts'))))
    .filter(([, file]) => !file.startsWith('ext/'));
}

// A module of its own costs half a millisecond when a process starts, and V8 can keep what it has compiled of a CommonJS
// file, not of others. So what is built is in four of them: `base.cjs` for processes that load no application either,
// `core.cjs` for those that do, and two for the rooms of the program, whose modules are evaluated when they are asked for:
// `client/index.cjs` with what a client of the shell needs, and `program/index.cjs`. Each of the files that went into them only names what it has from there, so that there is one of
// everything, whoever imports it.
export async function bundleParts(folder) {
  const isModule = (name) => name.endsWith('.js') && !bootFiles.includes(name);
  const filesIn = (rooms) =>
    rooms.flatMap((room) => readdirSync(join(folder, room)).map((name) => `${room}/${name}`)).filter(isModule);
  const core = [...filesIn(coreRooms), ...readdirSync(folder).filter(isModule)];
  // A part of the shell is public: whoever imports that need not have the whole program.
  const exported = importedBy(
    folder,
    exportedFiles().map(([, file]) => file),
  );
  const isCore = (file) => (core.includes(file) || exported.has(file)) && !lazyCore.includes(file);
  const program = [...filesIn(programRooms), ...lazyCore].filter((file) => !isCore(file));
  const forClients = importedBy(folder, [...clientEntries, ...clientLater, ...lazyCore]);
  const all = [...core, ...filesIn(programRooms)].filter(isCore).sort();
  const parts = [
    { name: 'base.cjs', files: all.filter((file) => forClients.has(file)) },
    { name: 'core.cjs', files: all.filter((file) => !forClients.has(file)) },
    { name: 'client/index.cjs', files: program.filter((file) => forClients.has(file)) },
    { name: 'program/index.cjs', files: program.filter((file) => !forClients.has(file)) },
  ];
  const modules = new Map();
  for (const file of [...all, ...program]) modules.set(file, await namesOf(folder, file));
  for (const part of parts) await bundlePart(folder, part, parts, modules);
  writeFileSync(join(folder, 'licenses.txt'), inlined.map(licenseOf).join('\n'));
  await bundleBoot(folder, parts, modules);
}

/** The terms of a package that is in our files. */
function licenseOf(name) {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8')}`;
}

/** Its modules are evaluated when they are asked for; those of the others, all at once. */
const isLazyPart = (name) => name.includes('/');

/** The exports of a module in a part that was loaded. */
const moduleIn = ({ name, files }, file, loaded) =>
  isLazyPart(name) ? `${loaded}.modules['${file}']()` : `${loaded}.m${files.indexOf(file)}`;

/** The exports of a file that was compiled. */
async function namesOf(folder, file) {
  // The plugins import the package that is being built.
  if (file.startsWith('shell-plugins/')) return file === 'shell-plugins/index.js' ? { default: [] } : {};
  return programEntries.includes(file) ? {} : import(pathToFileURL(join(folder, file)).href);
}

const urlOfFile = `const __url = require('node:url').pathToFileURL(__filename).href;`;

async function bundlePart(folder, { name, files }, parts, modules) {
  const { build: esbuild } = await import('esbuild');
  const isLazy = isLazyPart(name);
  const exported = new Map(exportedFiles());
  const partOf = (file) => parts.find((part) => part.files.includes(file));
  const otherParts = {
    name: 'other-parts',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^.]/ }, ({ path }) =>
        inlined.includes(path) ? { path: fileURLToPath(import.meta.resolve(path)) } : undefined,
      );
      onResolve({ filter: /\.cjs$/, namespace: 'other-part' }, ({ path }) => ({ path, external: true }));
      onResolve({ filter: /^flacon(?:\/|$)/ }, ({ path }) => ({ path: exported.get(path), namespace: 'other-part' }));
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const file = relative(folder, join(resolveDir, path)).replaceAll(sep, '/');
        if (file.startsWith('..')) return undefined;
        const part = partOf(file);
        if (part?.name === name) return { path: join(folder, file) };
        if (part) return { path: file, namespace: 'other-part' };
        return { path: `${isLazy ? '../' : './'}${file}`, external: true };
      });
      onLoad({ filter: /.*/, namespace: 'other-part' }, ({ path }) => {
        const part = partOf(path);
        const lines = Object.keys(modules.get(path)).map((each) => `export const ${each} = m.${each};`);
        const from = relative(dirname(name), part.name)
          .replaceAll(sep, '/')
          .replace(/^(?!\.)/, './');
        return { contents: [`const m = ${moduleIn(part, path, `require('${from}')`)};`, ...lines].join('\n') };
      });
    },
  };
  const entry = isLazy
    ? `exports.modules = {\n${files.map((file) => `'${file}': () => require('../${file}'),`).join('\n')}\n};`
    : files.map((file, index) => `export * as m${index} from './${file}';`).join('\n');
  await esbuild({
    stdin: { contents: entry, resolveDir: join(folder, dirname(name)) },
    outfile: join(folder, name),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    keepNames: isLazy,
    define: { 'import.meta.url': '__url' },
    banner: {
      js: `${urlOfFile} const __import = require.dynamicImport?.(__url) ?? ((specifier) => import(specifier));`,
    },
    logLevel: 'warning',
    plugins: [otherParts],
  });
  if (!isLazy)
    await keepNames(
      join(folder, name),
      files.map((file) => modules.get(file)),
    );
  const text = await passImports(readFileSync(join(folder, name), 'utf8'));
  // Read as one byte a character. What is left of others is in comments and in regular expressions.
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  writeFileSync(join(folder, name), text.replace(/[^\0-\x7f]/g, escaped));
}

// Code that V8 compiled earlier cannot import by itself: it asks a function that it was given.
async function passImports(text) {
  const { parseSync } = await import('oxc-parser');
  const { module, errors } = parseSync('part.cjs', text);
  if (errors.length > 0) throw new Error(errors[0].message);
  let passed = '';
  let at = 0;
  for (const { start } of module.dynamicImports.toSorted((a, b) => a.start - b.start)) {
    // The banner's own is what Node gives it.
    if (text.startsWith('import(specifier)', start)) continue;
    passed += `${text.slice(at, start)}__`;
    at = start;
  }
  return passed + text.slice(at);
}

// Two classes of one name in one file: the second has another name there, which must not be seen from outside.
async function keepNames(file, modules) {
  const { default: part } = await import(pathToFileURL(file).href);
  const text = readFileSync(file, 'utf8');
  const fixes = modules.flatMap((module, index) => {
    const variable = new RegExp(`\\bm${index}: \\(\\) => (\\w+)`).exec(text)?.[1];
    return Object.entries(module)
      .filter(([name, value]) => typeof value === 'function' && value.name !== part[`m${index}`][name].name)
      .map(
        ([name, value]) =>
          `Object.defineProperty(${variable}.${name}, 'name', { value: ${JSON.stringify(value.name)}, configurable: true });`,
      );
  });
  appendFileSync(file, `\n${[...new Set(fixes)].join('\n')}\n`);
}

/** How the names of a part are found: by who has evaluated it already, or by Node. */
const partsFile = (part) => part.name.replace(/(?:\/index)?\.cjs$/, '-parts.cjs');

// What stays where a file of the sources was: its names. Those who bundle an application can follow them.
function nameFrom(folder, part, file, module) {
  const up = file.includes('/') ? '../' : './';
  const from = moduleIn(part, file, 'parts');
  const lines = Object.keys(module).map(
    (each) => `export ${each === 'default' ? 'default' : `const ${each} =`} m.${each};`,
  );
  const text = [`import parts from '${up}${partsFile(part)}';`, `const m = ${from};`, ...lines, ''].join('\n');
  writeFileSync(join(folder, file), text);
  rmSync(join(folder, `${file}.map`), { force: true });
}

async function bundleBoot(folder, parts, modules) {
  const { build: esbuild } = await import('esbuild');
  const hash = createHash('sha256');
  for (const part of parts) {
    const text = `const load = globalThis[Symbol.for('flacon.bundle')];
const parts = load ? load('${part.name}') : require('./${part.name}');
module.exports = parts;
`;
    writeFileSync(join(folder, partsFile(part)), text);
    for (const file of part.files) nameFrom(folder, part, file, modules.get(file));
    hash.update(readFileSync(join(folder, part.name)));
  }
  await esbuild({
    entryPoints: [join(folder, bootFiles[0])],
    outfile: join(folder, 'boot.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { 'import.meta.url': '__url', __BUILD__: JSON.stringify(hash.digest('hex').slice(0, 16)) },
    banner: { js: urlOfFile },
    logLevel: 'warning',
  });
  for (const file of bootFiles) for (const end of ['', '.map']) rmSync(join(folder, file + end), { force: true });
  for (const [file, role] of childProcesses) {
    const { name } = parts.find(({ files }) => files.includes(file));
    const text = `require('../boot.cjs').run('${name}', '${file}', '${role}');\n`;
    writeFileSync(join(folder, file.replace(/\.js$/, '.cjs')), text);
  }
}
