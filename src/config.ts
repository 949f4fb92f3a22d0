import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { inspect } from 'node:util';
import { FlaconError } from './util/errors.ts';

/** A span of time: milliseconds, or the sum of the parts. */
export type Duration =
  number | { days?: number; hours?: number; minutes?: number; seconds?: number; milliseconds?: number };

/** The settings that Flacon itself knows. Add your own with `declare module 'flacon'`. */
export interface ConfigData {
  DEBUG: boolean;
  TESTING: boolean;
  PROPAGATE_EXCEPTIONS: boolean | null;
  SECRET_KEY: string | Uint8Array | null;
  SECRET_KEY_FALLBACKS: readonly (string | Uint8Array)[] | null;
  PERMANENT_SESSION_LIFETIME: Duration;
  USE_X_SENDFILE: boolean;
  TRUSTED_HOSTS: readonly string[] | null;
  SERVER_NAME: string | null;
  APPLICATION_ROOT: string;
  SESSION_COOKIE_NAME: string;
  SESSION_COOKIE_DOMAIN: string | null;
  SESSION_COOKIE_PATH: string | null;
  SESSION_COOKIE_HTTPONLY: boolean;
  SESSION_COOKIE_SECURE: boolean;
  SESSION_COOKIE_PARTITIONED: boolean;
  SESSION_COOKIE_SAMESITE: 'Strict' | 'Lax' | 'None' | null;
  SESSION_REFRESH_EACH_REQUEST: boolean;
  /** Bytes; a larger body is answered with 413. */
  MAX_CONTENT_LENGTH: number | null;
  /** Bytes of one form field that is not a file. */
  MAX_FORM_MEMORY_SIZE: number | null;
  MAX_FORM_PARTS: number | null;
  /** Seconds that browsers may keep a file that `sendFile` sent. */
  SEND_FILE_MAX_AGE_DEFAULT: number | null;
  TRAP_BAD_REQUEST_ERRORS: boolean | null;
  TRAP_HTTP_EXCEPTIONS: boolean;
  EXPLAIN_TEMPLATE_LOADING: boolean;
  PREFERRED_URL_SCHEME: string;
  TEMPLATES_AUTO_RELOAD: boolean | null;
  /** Bytes of a cookie above which browsers drop it. */
  MAX_COOKIE_SIZE: number;
  PROVIDE_AUTOMATIC_OPTIONS: boolean;
  /** Where uploads of the application go. */
  UPLOAD_FOLDER: string;
}

/** Flask's defaults (flask.app.Flask.default_config). */
export const defaultConfig: Readonly<Partial<ConfigData>> = Object.freeze({
  DEBUG: false,
  TESTING: false,
  PROPAGATE_EXCEPTIONS: null,
  SECRET_KEY: null,
  SECRET_KEY_FALLBACKS: null,
  PERMANENT_SESSION_LIFETIME: { days: 31 },
  USE_X_SENDFILE: false,
  TRUSTED_HOSTS: null,
  SERVER_NAME: null,
  APPLICATION_ROOT: '/',
  SESSION_COOKIE_NAME: 'session',
  SESSION_COOKIE_DOMAIN: null,
  SESSION_COOKIE_PATH: null,
  SESSION_COOKIE_HTTPONLY: true,
  SESSION_COOKIE_SECURE: false,
  SESSION_COOKIE_PARTITIONED: false,
  SESSION_COOKIE_SAMESITE: null,
  SESSION_REFRESH_EACH_REQUEST: true,
  MAX_CONTENT_LENGTH: null,
  MAX_FORM_MEMORY_SIZE: 500_000,
  MAX_FORM_PARTS: 1000,
  SEND_FILE_MAX_AGE_DEFAULT: null,
  TRAP_BAD_REQUEST_ERRORS: null,
  TRAP_HTTP_EXCEPTIONS: false,
  EXPLAIN_TEMPLATE_LOADING: false,
  PREFERRED_URL_SCHEME: 'http',
  TEMPLATES_AUTO_RELOAD: null,
  MAX_COOKIE_SIZE: 4093,
  PROVIDE_AUTOMATIC_OPTIONS: true,
});

const isSetting = (name: string): boolean => /^[A-Z][A-Z0-9_]*$/.test(name);
const secretName = /SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE|CREDENTIAL|DATABASE_URL|REDIS_URL|DSN/;

/** Whether a setting of this name is not for showing: panels, logs and histories mask it. */
function isSecretSetting(name: string): boolean {
  return secretName.test(name.toUpperCase());
}

/** The settings of an app as properties, and ways to load them (flask.config.Config). Only UPPER_CASE names count. */
export class Config {
  [name: string]: unknown;
  readonly #rootPath: string;

  constructor(rootPath: string, defaults: Readonly<Record<string, unknown>> = {}) {
    this.#rootPath = rootPath;
    Object.assign(this, defaults);
  }

  /** A setting by name, or `fallback`: what templates write as `config.get('NAME')`. */
  get(name: string, fallback?: unknown): unknown {
    return Object.hasOwn(this, name) ? this[name] : fallback;
  }

  /** Names and values: what templates loop over as `config.items()`. */
  items(): [name: string, value: unknown][] {
    return Object.entries(this);
  }

  /** Takes the UPPER_CASE properties of an object or a module. */
  fromObject(object: object): boolean {
    for (const name in object) if (isSetting(name)) this[name] = (object as Record<string, unknown>)[name];
    return true;
  }

  /** Takes the UPPER_CASE keys of a mapping. */
  fromMapping(mapping: Readonly<Record<string, unknown>>): boolean {
    return this.fromObject(mapping);
  }

  /**
   * Loads a file, JSON unless `load` says otherwise, relative to the app's folder. `silent`: a
   * missing file gives `false` instead of an error.
   */
  fromFile(filename: string, options: { load?: (text: string) => object; silent?: boolean } = {}): boolean {
    const path = isAbsolute(filename) ? filename : join(this.#rootPath, filename);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (options.silent && (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR')) return false;
      throw new FlaconError(`Unable to load configuration file (${message})`, {
        code: 'CONFIG_FILE',
        fix: 'check the path, or pass { silent: true }',
        cause,
      });
    }
    return this.fromObject((options.load ?? (JSON.parse as (text: string) => object))(text));
  }

  /** Loads the file that an environment variable names. */
  fromEnvvar(variable: string, options: { load?: (text: string) => object; silent?: boolean } = {}): boolean {
    const filename = process.env[variable];
    if (filename !== undefined && filename !== '') return this.fromFile(filename, options);
    if (options.silent) return false;
    throw new FlaconError(`The environment variable '${variable}' is not set, so that no configuration was loaded.`, {
      code: 'CONFIG_ENVVAR',
      fix: `set ${variable} to the path of a configuration file`,
    });
  }

  /**
   * Takes environment variables that begin with the prefix: `FLACON_A__B=1` sets `A.B` to 1. A
   * value that `load` (JSON) does not understand stays text.
   */
  fromPrefixedEnv(prefix = 'FLACON', load: (text: string) => unknown = JSON.parse): boolean {
    for (const variable of Object.keys(process.env).toSorted()) {
      if (!variable.startsWith(`${prefix}_`)) continue;
      const text = process.env[variable] ?? '';
      let value: unknown = text;
      try {
        value = load(text);
      } catch {
        // not JSON: the text itself is the value
      }
      setNested(this, variable.slice(prefix.length + 1).split('__'), value);
    }
    return true;
  }

  /** The settings whose names begin with `namespace`, as their own object. */
  getNamespace(
    namespace: string,
    options: { lowercase?: boolean; trimNamespace?: boolean } = {},
  ): Record<string, unknown> {
    const { lowercase = true, trimNamespace = true } = options;
    const entries = Object.entries(this).filter(([name]) => name.startsWith(namespace));
    return Object.fromEntries(
      entries.map(([name, value]) => {
        const key = trimNamespace ? name.slice(namespace.length) : name;
        return [lowercase ? key.toLowerCase() : key, value];
      }),
    );
  }

  [inspect.custom](_depth: number, options: object): string {
    const masked = Object.entries(this).map(([name, value]) => [
      name,
      isSecretSetting(name) && value ? '«masked»' : value,
    ]);
    return `Config ${inspect(Object.fromEntries(masked), options)}`;
  }
}

function setNested(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  if (typeof target[name] !== 'object' || target[name] === null) target[name] = {};
  setNested(target[name] as Record<string, unknown>, rest, value);
}

/** Milliseconds of a duration. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds: rest = 0 } = duration;
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + rest;
}
