// Builds src/ to dist/. `--if-source`: only where sources and the compiler are (a clone, not an installed tarball).
// `--if-stale`: only when a source is newer than the last build; then type errors do not count
// (the tests check the types by themselves).
import { spawnSync } from 'node:child_process';
import {
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
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleExtensions, bundleParts } from './bundles.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
const mode = process.argv[2];
const inputs = ['tsconfig.build.json', 'package.json', 'scripts', 'src', 'shell-plugins'].map((file) =>
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
  await bundleParts(fresh);
  await bundleExtensions(fresh);
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
