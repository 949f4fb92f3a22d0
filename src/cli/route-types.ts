import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Flacon } from '../app.ts';
import {
  AnyConverter,
  NumberConverter,
  PathConverter,
  UnicodeConverter,
  UUIDConverter,
} from '../routing/converters.ts';
import type { BaseConverter } from '../routing/converters.ts';
import type { Rule } from '../routing/rules.ts';
import { FlaconError } from '../util/errors.ts';

/**
 * Writes `describeEndpoints(app)` to a file and tells how many endpoints there are. A file that says so already is left
 * alone, so that no watcher wakes up. Throws a FlaconError `TYPES_NOT_WRITTEN`.
 */
export async function writeEndpointTypes(app: Flacon, file: string): Promise<{ count: number; isNew: boolean }> {
  if (!/\.[cm]?ts$/.test(file)) {
    throw new FlaconError(`The types of endpoints cannot go to '${file}', which is no TypeScript file.`, {
      code: 'TYPES_NOT_WRITTEN',
      fix: 'app routes --types endpoints.d.ts',
    });
  }
  const text = describeEndpoints(app);
  const count = rulesByEndpoint(app).size;
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return { count, isNew: false };
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw new FlaconError(`The types of endpoints cannot be written: ${(error as Error).message}`, {
      code: 'TYPES_NOT_WRITTEN',
    });
  }
  return { count, isNew: true };
}

/** A declaration of `Endpoints`: for each endpoint of the app, what `urlFor` needs to build its URL. */
export function describeEndpoints(app: Flacon): string {
  const lines = Array.from(rulesByEndpoint(app), ([endpoint, rules]) => {
    return `    ${propertyName(endpoint)}: ${describeValues(app, endpoint, rules)};\n`;
  });
  const body = lines.join('');
  const imports = body.includes('RuleArgs<') ? "import type { RuleArgs } from 'flacon';" : "import 'flacon';";
  return `// Written by \`app routes --types\`; run it again when routes have changed.\n${imports}\n\ndeclare module 'flacon' {\n  interface Endpoints {\n${body}  }\n}\n`;
}

function rulesByEndpoint(app: Flacon): Map<string, Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const rule of app.urlMap.iterRules()) {
    // A rule without an endpoint only redirects, and an alias is not what URLs are built from.
    if (rule.endpoint === '' || rule.alias) continue;
    const rules = found.get(rule.endpoint) ?? [];
    rules.push(rule);
    found.set(rule.endpoint, rules);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A value is required if every rule of the endpoint has it as a variable, and nothing else supplies it. */
function describeValues(app: Flacon, endpoint: string, rules: readonly Rule[]): string {
  const types = new Map<string, Set<string>>();
  for (const rule of rules) {
    for (const { name, converter } of rule.variables) {
      types.set(name, (types.get(name) ?? new Set()).add(valueType(app, converter)));
    }
  }
  const mayBeInjected = hasUrlDefaults(app, endpoint);
  const isRequired = (name: string): boolean => !mayBeInjected && rules.every((rule) => needs(rule, name));
  const members = Array.from(types, ([name, alternatives]) => {
    return `${propertyName(name)}${isRequired(name) ? '' : '?'}: ${[...alternatives].join(' | ')}`;
  });
  return members.length === 0 ? '{}' : `{ ${members.join('; ')} }`;
}

function needs(rule: Rule, name: string): boolean {
  return rule.arguments.has(name) && !(rule.defaults !== undefined && Object.hasOwn(rule.defaults, name));
}

/** Whether a function of `urlDefaults` sees the endpoint: it may supply any value. */
function hasUrlDefaults(app: Flacon, endpoint: string): boolean {
  const names = endpoint.split('.').slice(0, -1);
  const scopes = [null, ...names.map((_, index) => names.slice(0, index + 1).join('.'))];
  return scopes.some((scope) => (app.urlDefaultFunctions.get(scope)?.length ?? 0) > 0);
}

function valueType(app: Flacon, converter: BaseConverter): string {
  if (converter instanceof NumberConverter) return 'number';
  if (converter instanceof AnyConverter) return converter.items.map((item) => quote(item)).join(' | ');
  const isText = [UnicodeConverter, PathConverter, UUIDConverter].some((Class) => converter.constructor === Class);
  if (isText) return 'string';
  // One of the app's own: its type is in ConverterTypes, if the app says so.
  const name = Object.entries(app.urlMap.converters).find(([, Class]) => converter.constructor === Class)?.[0];
  return name === undefined ? 'unknown' : `RuleArgs<'<${name}:value>'>['value']`;
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

/** Text as a literal of TypeScript, in single quotes. */
function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}
