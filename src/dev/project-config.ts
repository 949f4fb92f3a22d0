import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { FlaconError } from '../util/errors.ts';

/** What `"flacon"` in a project's package.json says about its development server. */
export interface ProjectConfig {
  /** Programs that run beside the server: command lines by name. */
  companions: ReadonlyMap<string, string>;
  /** What turns TypeScript into JavaScript. */
  transpiler: 'oxc' | 'ts-node';
}

/**
 * Reads `"flacon"` in the package.json of a folder.
 * @throws {FlaconError} `CONFIG_INVALID` for a value of another kind, `PACKAGE_JSON_INVALID` for what is no JSON.
 */
export function readProjectConfig(folder: string): ProjectConfig {
  const file = join(folder, 'package.json');
  const { with: companions, transpiler = 'oxc' } = readSection(file);
  if (transpiler !== 'oxc' && transpiler !== 'ts-node') {
    throw new FlaconError(`"flacon.transpiler" in ${file} is neither "oxc" nor "ts-node".`, {
      code: 'CONFIG_INVALID',
      fix: '"flacon": { "transpiler": "ts-node" }, or leave it out',
    });
  }
  return { companions: readCompanions(companions, file), transpiler };
}

function readSection(file: string): { with?: unknown; transpiler?: unknown } {
  if (!existsSync(file)) return {};
  try {
    const { flacon } = Object(JSON.parse(readFileSync(file, 'utf8'))) as { flacon?: unknown };
    return Object(flacon) as object;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FlaconError(`${file} is not valid JSON: ${why}`, { code: 'PACKAGE_JSON_INVALID', cause });
  }
}

function readCompanions(value: unknown, file: string): Map<string, string> {
  const isList = Array.isArray(value);
  const entries: Array<[string, unknown]> = isList
    ? value.map((command: unknown) => [nameOf(String(command)), command])
    : Object.entries(Object(value) as object);
  const companions = new Map<string, string>();
  for (const [name, command] of entries) {
    if (typeof command !== 'string' || command.trim() === '' || (typeof value === 'string' && !isList)) {
      throw new FlaconError(`"flacon.with" in ${file} is no list of command lines.`, {
        code: 'CONFIG_INVALID',
        fix: '"flacon": { "with": ["vite build --watch"] }, or { "with": { "css": "vite build --watch" } }',
      });
    }
    let unique = name;
    for (let number = 2; companions.has(unique); number += 1) unique = `${name}${number}`;
    companions.set(unique, command);
  }
  return companions;
}

/** Words that only start the program a command line is about. */
const STARTERS = /^(?:npx|node|tsx|bun|deno|npm|pnpm|yarn|run|exec|env|cross-env|-.*|\w+=.*)$/;

/** How output of a command line is told apart: `vite` for `npx vite build`, `css` for `npm run css`. */
function nameOf(command: string): string {
  const words = command.trim().split(/\s+/);
  const word = words.find((candidate) => !STARTERS.test(candidate)) ?? words[0] ?? command;
  return word.replace(/^.*[\\/]/, '').replace(/\.[cm]?[jt]s$/, '');
}
