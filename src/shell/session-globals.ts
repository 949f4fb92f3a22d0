import { createRequire } from 'node:module';
import { join } from 'node:path';
import { consoleFor, type OutputOwner } from './output.ts';
import type { NameSource } from './scope.ts';

/** The globals that every session has of its own: a `require` of the project, and a `console` that writes to its client. */
export function sessionGlobals(root: string, owner: OutputOwner): NameSource {
  const require = createRequire(join(root, 'shell.ts'));
  let console: Console | undefined;
  const values: Record<string, () => unknown> = {
    require: () => require,
    console: () => (console ??= consoleFor(owner)),
  };
  return {
    has: (name) => Object.hasOwn(values, name),
    get: (name) => values[name]?.(),
    names: () => Object.keys(values),
  };
}
