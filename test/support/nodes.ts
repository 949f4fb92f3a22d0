import { execFileSync } from 'node:child_process';
import { delimiter } from 'node:path';

/** A Node that tests run programs on. */
export interface OtherNode {
  path: string;
  /** Such as `v22.23.5`. */
  version: string;
}

/** The lines of Node that the shell has to work on. */
export const SUPPORTED = [20, 22, 24, 26];

/**
 * The Nodes named in FLACON_NODES, beside the one that runs the tests; `node scripts/nodes.js` installs and prints them.
 * Throws when one of them is none.
 */
export const otherNodes: readonly OtherNode[] = (process.env['FLACON_NODES'] ?? '')
  .split(delimiter)
  .filter((path) => path !== '')
  .map((path) => ({ path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() }));

/** The lines of Node that tests run on, this one among them. */
export function testedLines(): number[] {
  const lines = [process.version, ...otherNodes.map(({ version }) => version)].map((version) =>
    parseInt(version.slice(1)),
  );
  return [...new Set(lines)].toSorted((a, b) => a - b);
}
