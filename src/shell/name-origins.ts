import { resolve } from 'node:path';
import { types } from 'node:util';
import type { SessionContext } from './context.ts';
import type { ShellTarget } from './target.ts';

/** Where the type of a name of the session comes from; with none of it, nothing is known without running code. */
export interface NameOrigin {
  name: string;
  /** The type as TypeScript writes it. */
  type?: string;
  /** The value is this export of a module of the project, or an instance of that class. */
  module?: { file: string; export: string; isInstance: boolean };
  /** The processor that offers the name was registered there. */
  place?: { file: string; line: number };
}

type Export = Omit<NonNullable<NameOrigin['module']>, 'isInstance'>;

const CORE: Readonly<Record<string, string>> = {
  app: "import('flacon').Flacon",
  urlMap: "import('flacon').Flacon['urlMap']",
  blueprints: "import('flacon').Flacon['blueprints']",
  config: "import('flacon').Flacon['config']",
  g: "typeof import('flacon').g",
  request: "typeof import('flacon').request",
  session: "typeof import('flacon').session",
  urlFor: "typeof import('flacon').urlFor",
  client: "import('flacon/testing').FlaconClient",
};

/** Origins of all names of a session's context. No getter runs for it, no function, and no trap of a proxy. */
export function nameOrigins(context: SessionContext, target: ShellTarget): NameOrigin[] {
  const exported = exportsOf(target);
  return context.describe().map(({ name, from, isLazy }) => {
    if (from === 'core') return { name, type: CORE[name] ?? 'any', ...ownClass(name, target, exported) };
    const [, file, line] = /^(.+):(\d+)$/.exec(from) ?? [];
    const place = file === undefined ? {} : { place: { file: resolve(target.root, file), line: Number(line) } };
    if (isLazy) return { name, ...place };
    return { name, ...place, ...originOf(context.get(name), exported) };
  });
}

/** An application of a class of the project's own. */
function ownClass(name: string, target: ShellTarget, exported: Map<unknown, Export>): Partial<NameOrigin> {
  const { module } = name === 'app' ? originOf(target.app(), exported) : {};
  return module ? { module } : {};
}

/** What the modules of the project export, by value. A named export is preferred to the default. */
function exportsOf(target: ShellTarget): Map<unknown, Export> {
  const exported = new Map<unknown, Export>();
  for (const [file, namespace] of target.loadedModules?.() ?? []) {
    for (const name of Object.keys(namespace)) {
      const value = exportedValue(namespace, name);
      const isThing = (typeof value === 'object' && value !== null) || typeof value === 'function';
      if (!isThing || (exported.has(value) && name === 'default')) continue;
      exported.set(value, { file, export: name });
    }
  }
  return exported;
}

function exportedValue(namespace: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return namespace[name];
  } catch {
    // Its module has not got that far.
    return undefined;
  }
}

const PLAIN = new Set(['string', 'number', 'boolean', 'bigint', 'symbol', 'undefined']);

function originOf(value: unknown, exported: Map<unknown, Export>): Partial<NameOrigin> {
  if (value === null || PLAIN.has(typeof value)) return { type: value === null ? 'null' : typeof value };
  const own = exported.get(value);
  if (own) return { module: { ...own, isInstance: false } };
  if (types.isProxy(value)) return {};
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null || types.isProxy(prototype)) return {};
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const made = exported.get(constructor);
  return made ? { module: { ...made, isInstance: true } } : {};
}
