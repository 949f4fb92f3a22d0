import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import type { Flacon } from './app.ts';
import { parseAppSpec, type AppSpec } from './app-spec.ts';
import { AppLoadError, findApp } from './find-app.ts';
import { closestName } from './suggest.ts';
import type { MaybePromise } from './types.ts';
import { FlaconError } from './util/errors.ts';

/** Evaluates a module file and gives its exports: the one thing in which ways of loading an application differ. */
export type ModuleLoader = (file: string) => MaybePromise<Readonly<Record<string, unknown>>>;

/** Where an application is: plain data, so that it can be sent to another process. */
export interface AppLocation {
  /** Real path of the module. */
  file: string;
  /** The module as it was named, or its path from the working directory. */
  module: string;
  /** The export that was named. */
  name: string | undefined;
  /** Arguments for the factory, if the export was called. */
  args: unknown[] | undefined;
  /** The application as it was named; what a banner shows. */
  text: string;
  /** Who named it. */
  origin: 'option' | 'environment' | 'package.json' | 'default';
  /** The project's folder: the working directory if the module is in it, else that of the nearest package.json above the module. */
  root: string;
}

/** Options of {@link ScriptInfo}. */
export interface ScriptInfoOptions {
  /** What `--app` said. */
  app?: string | undefined;
  /** Where to look. Default: the working directory. */
  cwd?: string;
  /** Where `FLACON_APP` is looked up. Default: `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where the application is, if that is known already. */
  location?: AppLocation;
  /** How modules are loaded. */
  load: ModuleLoader;
}

/** Finds and loads the application that a command is about (flask.cli.ScriptInfo). The only way to load one. */
export class ScriptInfo {
  readonly #options: ScriptInfoOptions;
  #location: AppLocation | undefined;
  #app: Promise<Flacon> | undefined;

  constructor(options: ScriptInfoOptions) {
    this.#options = options;
    this.#location = options.location;
  }

  /** Where the application is, without loading it. Throws `AppLoadError`, saying what was tried. */
  locate(): AppLocation {
    return (this.#location ??= locateApp(this.#options));
  }

  /** The application, loaded once. Throws `AppLoadError`; an error of the application's own is its `cause`. */
  loadApp(): Promise<Flacon> {
    return (this.#app ??= this.#loadApp());
  }

  async #loadApp(): Promise<Flacon> {
    return loadAppAt(this.locate(), this.#options.load);
  }
}

/** The application at a place: at once, unless its module or its factory takes time. Throws `AppLoadError`. */
export function loadAppAt(location: AppLocation, load: ModuleLoader): MaybePromise<Flacon> {
  let namespace: ReturnType<ModuleLoader>;
  try {
    namespace = load(location.file);
  } catch (cause) {
    throw importFailed(location, cause);
  }
  if (!(namespace instanceof Promise)) return findApp(namespace, location);
  return namespace.then(
    (loaded) => findApp(loaded, location),
    (cause: unknown) => {
      throw importFailed(location, cause);
    },
  );
}

const NOT_FOUND = new Set([
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_UNSUPPORTED_DIR_IMPORT',
]);

function importFailed(location: AppLocation, cause: unknown): AppLoadError {
  const code = (cause as { code?: unknown } | null)?.code;
  const isImport =
    (typeof code === 'string' && NOT_FOUND.has(code)) ||
    (cause instanceof SyntaxError && cause.message.includes('does not provide an export named'));
  const name = cause instanceof Error ? cause.name : 'exception';
  const file = relative(process.cwd(), location.file);
  return new AppLoadError(`While importing '${file}', ${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name} was raised.`, {
    code: 'APP_IMPORT_FAILED',
    cause,
    exitCode: isImport ? 2 : 1,
  });
}

const EXTENSIONS = ['.ts', '.mts', '.tsx', '.js', '.mjs', '.cts', '.cjs', '.jsx'];
const DEFAULT_MODULES = ['app', 'src/app', 'wsgi', 'src/wsgi'];

/** Finds the module of the application: `--app`, `FLACON_APP`, package.json, or a file of the usual name. */
export function locateApp({
  app,
  cwd = process.cwd(),
  env = process.env,
}: Omit<ScriptInfoOptions, 'load'> = {}): AppLocation {
  if (app !== undefined && app !== '') return locate(app, cwd, 'option');
  if (env['FLACON_APP']) return locate(env['FLACON_APP'], cwd, 'environment');
  const configured = configuredApp(cwd);
  if (configured !== undefined) return locate(configured.app, configured.folder, 'package.json');
  return locate('', cwd, 'default');
}

function locate(text: string, base: string, origin: AppLocation['origin']): AppLocation {
  const spec = parseAppSpec(text);
  const file =
    spec.module === '' ? defaultModule(base) : (resolveModule(spec.module, base) ?? installedModule(spec.module, base));
  if (file === undefined) throw spec.module === '' ? nothingFound(base) : moduleNotFound(spec, base, origin);
  const real = realpathSync(file);
  return {
    file: real,
    module: spec.module === '' ? withoutExtension(relative(base, file)) : spec.module,
    name: spec.name,
    args: spec.args,
    text: text === '' ? withoutExtension(relative(base, file)) : spec.text,
    origin,
    root: projectRoot(real),
  };
}

const withoutExtension = (path: string): string => path.slice(0, path.length - extname(path).length);

function defaultModule(base: string): string | undefined {
  for (const name of DEFAULT_MODULES) {
    const file = firstFile(resolve(base, name));
    if (file !== undefined) return file;
  }
  return undefined;
}

/** `site`, `site.ts`, `./src/site`, `src.site` and the folder of an `index.ts` all name a module. */
function resolveModule(module: string, base: string): string | undefined {
  const dotted = /^[\w$-]+(\.[\w$-]+)+$/.test(module) ? [module.replaceAll('.', '/')] : [];
  for (const name of [module, ...dotted]) {
    const path = resolve(base, name);
    if (isFile(path)) return path;
    const file = firstFile(path) ?? firstFile(join(path, 'index')) ?? typescriptOf(path);
    if (file !== undefined) return file;
  }
  return undefined;
}

function firstFile(path: string): string | undefined {
  return EXTENSIONS.map((extension) => path + extension).find(isFile);
}

// `app.js` is what the module is called once it is compiled.
function typescriptOf(path: string): string | undefined {
  return /\.[cm]?jsx?$/.test(path) ? firstFile(withoutExtension(path)) : undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A module of an installed package. */
function installedModule(module: string, base: string): string | undefined {
  if (!/^(@[\w.-]+\/)?[\w-][\w./-]*$/.test(module)) return undefined;
  const require = createRequire(join(base, 'package.json'));
  try {
    const file = require.resolve(module);
    // `require` knows names of Node's own modules too.
    return isFile(file) ? file : undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined;
    throw error;
  }
}

function nothingFound(base: string): AppLoadError {
  return new AppLoadError(
    `Could not locate an application: there is no ${DEFAULT_MODULES.map((name) => `${name}.ts`).join(', ')} (or .js) in ${base}, and none was named.`,
    {
      code: 'APP_NOT_FOUND',
      fix: `name it: app --app module:name …, the environment variable FLACON_APP, or "flacon": { "app": "module" } in package.json`,
    },
  );
}

function moduleNotFound(spec: AppSpec, base: string, origin: AppLocation['origin']): AppLoadError {
  const namedBy = {
    option: '--app',
    environment: 'FLACON_APP',
    'package.json': '"flacon" in package.json',
    default: '',
  }[origin];
  const folder = dirname(resolve(base, spec.module));
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => EXTENSIONS.includes(extname(name)) && !name.endsWith('.d.ts'))
    : [];
  const near = closestName(basename(spec.module), files.map(withoutExtension));
  const stem = EXTENSIONS.includes(extname(spec.module))
    ? spec.module
    : `${spec.module}.ts, ${spec.module}.js, ${spec.module}/index.ts`;
  return new AppLoadError(
    `Could not find the module '${spec.module}' that ${namedBy} names: looked for ${stem} in ${base}.`,
    {
      code: 'APP_NOT_FOUND',
      fix:
        near === undefined
          ? 'name a module by its path from here: --app src/app'
          : `did you mean --app ${join(dirname(spec.module), near)}?`,
    },
  );
}

/** What the nearest package.json says under `"flacon": { "app": … }`. */
function configuredApp(cwd: string): { app: string; folder: string } | undefined {
  const folder = nearestPackage(cwd);
  if (folder === undefined) return undefined;
  const file = join(folder, 'package.json');
  const { flacon } = readJson(file) as { flacon?: { app?: unknown } };
  if (flacon?.app === undefined) return undefined;
  if (typeof flacon.app === 'string') return { app: flacon.app, folder };
  throw new AppLoadError(`"flacon.app" in ${file} is not a string.`, {
    code: 'APP_SPEC_INVALID',
    fix: '"flacon": { "app": "src/app" }',
  });
}

function readJson(file: string): object {
  try {
    return Object(JSON.parse(readFileSync(file, 'utf8'))) as object;
  } catch (cause) {
    throw new FlaconError(`${file} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'PACKAGE_JSON_INVALID',
      cause,
    });
  }
}

function nearestPackage(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (isFile(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The project that a module belongs to: the working directory if the module is in it, else the folder of its package. */
function projectRoot(file: string): string {
  const here = realpathSync(process.cwd());
  if (file.startsWith(here + sep)) return here;
  return nearestPackage(dirname(file)) ?? dirname(file);
}
