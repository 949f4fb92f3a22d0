import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { relative, resolve, sep } from 'node:path';
import type { LanguageServer, SourceRange } from './language-server.ts';
import type { NameOrigin } from './name-origins.ts';
import type { TypedName } from './virtual-document.ts';

/** Names that a session has besides those of the context. */
const SPECIAL: readonly TypedName[] = [
  { name: '_', type: 'any' },
  { name: '_error', type: 'any' },
  { name: 'Out', type: 'Record<number, any>' },
  { name: 'args', type: 'string[]' },
];

/** How an import in a file of `folder` names a file. */
export function specifierOf(file: string, folder: string): string {
  const path = relative(folder, file).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** The types of names, as far as they can be told without asking TypeScript; the others are `any`. */
export function typesOfOrigins(origins: readonly NameOrigin[], folder: string): TypedName[] {
  const names = origins.map(({ name, type = 'any', module }): TypedName => {
    if (!module) return { name, type };
    const of = `import(${JSON.stringify(specifierOf(module.file, folder))}).${module.export}`;
    return { name, type: module.isInstance ? of : `typeof ${of}` };
  });
  const own = new Set(names.map(({ name }) => name));
  return [...names, ...[...SPECIAL, ...nodeModules()].filter(({ name }) => !own.has(name))];
}

/** Node's modules are at hand under their names, unless something global has it. */
function nodeModules(): TypedName[] {
  return builtinModules
    .filter((name) => /^[a-z]+(?:_[a-z]+)?$/.test(name) && !(name in globalThis))
    .map((name) => ({ name, type: `typeof import('node:${name}')` }));
}

/**
 * The type of a name whose value nobody may ask for: what TypeScript says about the property of that name in the processor,
 * with the types in it as imports; undefined when that cannot be written down elsewhere.
 */
export async function typeAtPlace(
  { name, place }: NameOrigin,
  server: LanguageServer,
  folder: string,
): Promise<string | undefined> {
  const at = place && findProperty(name, place.file, place.line);
  if (!at) return undefined;
  const [description, declared] = await Promise.all([server.hover(at), server.typeDefinitions(at)]);
  const type = typeInSignature(name, description?.signature ?? '');
  return type && qualify(type, declared, folder);
}

/** The property `name` in the object that is written at or soon after a line. */
function findProperty(name: string, file: string, line: number): SourceRange | undefined {
  const lines = readFileSync(file, 'utf8').split('\n');
  const pattern = new RegExp(
    `(?:^|[\\s{,])(?:get\\s+|async\\s+)?(${name.replaceAll('$', '\\$')})\\s*(?=[(:,}<]|$)`,
    'd',
  );
  for (let index = line - 1; index < Math.min(lines.length, line + LINES_OF_A_PROCESSOR); index += 1) {
    const start = pattern.exec(lines[index] ?? '')?.indices?.[1]?.[0];
    if (start !== undefined) return { file, line: index + 1, column: start + 1, endLine: index + 1 };
  }
  return undefined;
}

const LINES_OF_A_PROCESSOR = 60;

/** `Database` of `(getter) database: Database`, `(at: Date) => number` of `(method) age(at: Date): number`. */
export function typeInSignature(name: string, signature: string): string | undefined {
  const text = signature.replace(/^\([a-z ]+\) /, '').replace(/\s+/g, ' ');
  const rest = text.slice(text.indexOf(name) + name.length);
  if (!text.includes(name) || text.includes('...;') || /\.\.\. \d+ more/.test(text)) return undefined;
  if (/^\??: /.test(rest)) return rest.replace(/^\??: /, '');
  if (!/^[(<]/.test(rest)) return undefined;
  const end = closingOf(rest, rest.indexOf('('));
  return end < 0 ? undefined : `${rest.slice(0, end + 1)} =>${rest.slice(end + 1).replace(/^:/, '')}`;
}

function closingOf(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if ('([{'.includes(text[at] ?? '')) depth += 1;
    if (')]}'.includes(text[at] ?? '')) depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** Types that are the same in every file. */
const EVERYWHERE = new Set(
  'Array ArrayBuffer Buffer Date Error Function Iterable Iterator AsyncIterable Map Omit Partial Pick Promise Readonly ReadonlyArray ReadonlyMap ReadonlySet Record RegExp Required Set URL Uint8Array WeakMap'.split(
    ' ',
  ),
);

/** A type in which the names of the project's own types are imports; undefined if one is not known. */
function qualify(type: string, declared: readonly SourceRange[], folder: string): string | undefined {
  const files = new Map(declared.map((range) => [wordAt(range), range.file]));
  let isKnown = true;
  const qualified = type.replace(/(?<![.\w$'"])[A-Z][\w$]*(?!\s*\??:)/g, (word) => {
    const file = files.get(word);
    if (file === undefined || EVERYWHERE.has(word)) {
      isKnown &&= EVERYWHERE.has(word);
      return word;
    }
    return `import(${JSON.stringify(specifierOf(file, folder))}).${word}`;
  });
  return isKnown ? qualified : undefined;
}

function wordAt({ file, line, column }: SourceRange): string {
  const text = readFileSync(file, 'utf8').split('\n')[line - 1] ?? '';
  return /^[\w$]+/.exec(text.slice(column - 1))?.[0] ?? '';
}

/** An import as a file of `folder` has to write it, when `root` is the folder that it was written for. */
export function relocate(specifier: string, root: string, folder: string): string {
  return /^\.{1,2}\//.test(specifier) && root !== folder ? specifierOf(resolve(root, specifier), folder) : specifier;
}
