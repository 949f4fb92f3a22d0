// Builds src/ to dist/. `--if-source`: only where sources and the compiler are (a clone, not an installed tarball).
// `--if-stale`: only when a source is newer than the last build; then over the old files, type errors not counting
// (the tests check the types by themselves).
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, statSync, cpSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
const mode = process.argv[2];
const projects = ['tsconfig.build.json', 'shell-plugins/tsconfig.json'].filter((file) => existsSync(join(root, file)));
const inputs = [...projects, 'package.json', 'scripts/build.js', 'src', 'shell-plugins'].map((file) => join(root, file));

function newest(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stats.mtimeMs);
}

function build() {
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  if (mode !== '--if-stale') rmSync(dist, { recursive: true, force: true });
  for (const project of projects) {
    const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, project)], {
      stdio: mode === '--if-stale' ? 'ignore' : 'inherit',
    });
    if (status !== 0 && mode !== '--if-stale') process.exit(status ?? 1);
  }
  for (const assets of ['dev/assets', 'debug/assets', 'cli/skeleton']) {
    if (existsSync(join(root, 'src', assets))) cpSync(join(root, 'src', assets), join(dist, assets), { recursive: true });
  }
  chmodSync(join(root, 'bin', 'app.js'), 0o755);
  writeFileSync(stamp, '');
}

if (mode === '--if-source' && !(existsSync(join(root, 'tsconfig.build.json')) && existsSync(join(root, 'src')))) {
  process.exit(0);
}
if (mode === '--if-stale' && existsSync(stamp) && inputs.every((path) => newest(path) <= statSync(stamp).mtimeMs)) {
  process.exit(0);
}
build();
