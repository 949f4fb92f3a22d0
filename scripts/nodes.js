// Installs the versions of Node that the shell is tested on, for this platform, into .nodes/ and prints their paths as
// FLACON_NODES has them: FLACON_NODES=$(node scripts/nodes.js) npm test
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The oldest that is supported, and the newest of every line since.
const versions = ['20.19.0', '22.23.5', '24.22.3', '26.12.1'];

const folder = fileURLToPath(new URL('../.nodes', import.meta.url));
const platform = process.platform === 'win32' ? 'win' : process.platform;
const program = process.platform === 'win32' ? 'node.exe' : 'node';
const paths = versions.map((version) => join(folder, 'node_modules', `node-${version}`, 'bin', program));

if (!paths.every((path) => existsSync(path))) {
  const aliases = versions.map((version) => [`node-${version}`, `npm:node-${platform}-${process.arch}@${version}`]);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: Object.fromEntries(aliases) }),
  );
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // What npm says is for people; the paths are what is printed.
  const { status } = spawnSync(npm, ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error(`Node for ${platform}-${process.arch} is not to be had from npm: name your own in FLACON_NODES.`);
    process.exit(1);
  }
}
console.log(paths.join(delimiter));
