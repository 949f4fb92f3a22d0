import { pathToFileURL } from 'node:url';
import { resolve } from 'import-meta-resolve';
import { FlaconError } from './errors.ts';

/** The URL of the module that `import specifier` means in the module `parentUrl` (default: the working directory). */
export function resolveImport(specifier: string, parentUrl: string = workingDirectoryUrl()): string {
  return resolve(specifier, parentUrl);
}

function workingDirectoryUrl(): string {
  return pathToFileURL(`${process.cwd()}/`).href;
}

/** Options of {@link importString}. */
export interface ImportStringOptions {
  /** The module that relative specifiers start from, as a URL. Default: the working directory. */
  parentUrl?: string;
  /** How a resolved module is loaded. Default: `import()`. */
  load?: (url: string) => Promise<object>;
}

const ATTRIBUTES =
  /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)*$/u;
const SCHEMES = new Set(['node', 'file', 'data', 'http', 'https']);

/**
 * Imports something by name (Werkzeug's `import_string`): `./config.ts:Production` is an export of a module,
 * `./config.ts:settings.mail` a property of one, `./config.ts` the module itself.
 *
 * @throws FlaconError `IMPORT_STRING`, saying which part was not found; an error of the module is its `cause`.
 */
export async function importString(name: string, options: ImportStringOptions = {}): Promise<unknown> {
  const [specifier, attributes] = splitImportString(name);
  const { load = (url: string) => import(url) as Promise<object> } = options;
  let value: unknown;
  try {
    value = await load(resolveImport(specifier, options.parentUrl));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw importError(`Could not import '${name}': ${reason}`, `Check the module specifier '${specifier}'.`, cause);
  }
  let path = specifier;
  for (const attribute of attributes) {
    if (value === null || value === undefined || !(attribute in Object(value))) {
      throw importError(`Could not import '${name}': '${path}' has no '${attribute}'.`, suggestNames(path, value));
    }
    value = (value as Record<string, unknown>)[attribute];
    path += (path === specifier ? ':' : '.') + attribute;
  }
  return value;
}

// `node:fs` and `C:\app.ts` have a colon of their own: only identifiers after the last one are attributes.
function splitImportString(name: string): [specifier: string, attributes: string[]] {
  const colon = name.lastIndexOf(':');
  const specifier = name.slice(0, colon);
  const attributes = name.slice(colon + 1);
  if (colon <= 0 || !ATTRIBUTES.test(attributes) || SCHEMES.has(specifier)) return [name, []];
  return [specifier, attributes.split('.')];
}

function suggestNames(path: string, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const names = Object.keys(value);
  return names.length > 0 ? `'${path}' has: ${names.join(', ')}.` : undefined;
}

function importError(message: string, fix: string | undefined, cause?: unknown): FlaconError {
  return new FlaconError(message, { code: 'IMPORT_STRING', fix, cause });
}
