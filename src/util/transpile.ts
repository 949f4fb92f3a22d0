import { moduleRunnerTransformSync, transformSync } from 'oxc-transform';
import type { HelperMode, JsxOptions, OxcError, TransformOptions } from 'oxc-transform';
import vm from 'node:vm';

/** How one file is turned from TypeScript into JavaScript. */
export interface TranspileOptions {
  /** Language of the text; by default from the file's extension. */
  lang?: 'js' | 'jsx' | 'ts' | 'tsx';
  /** `module` (default), `commonjs`, or `unambiguous`: a module where import/export are used, else a script. */
  sourceType?: 'module' | 'commonjs' | 'script' | 'unambiguous';
  /** Also return `mappings`. Default true. */
  sourceMap?: boolean;
  /** Legacy TypeScript decorators, with or without `design:*` metadata. Default `none`: left as they are. */
  decorators?: 'none' | 'legacy' | 'metadata';
  /** JSX, as in tsconfig.json; `preserve` leaves it. Default: the automatic runtime of `react`. */
  jsx?: 'preserve' | JsxOptions;
  /** Keep imports that are used as types only unless they say `type` (tsconfig's verbatimModuleSyntax). Default false. */
  verbatimImports?: boolean;
  /** Assign fields instead of defining them (tsconfig's useDefineForClassFields: false). Default false. */
  assignClassFields?: boolean;
}

/** JavaScript, with the `mappings` of its source map back to the text it was made from. */
export interface Transpiled {
  code: string;
  mappings: string | undefined;
}

/** A module turned into the text of a function; see {@link toModuleFunction}. */
export interface ModuleFunction {
  /** Body for `vm.compileFunction` with the parameters {@link MODULE_PARAMETERS}; returns a generator object. */
  code: string;
  /** From `code` back to the JavaScript given; its line 1 is line 2 of `code`. */
  mappings: string | undefined;
  /** Static imports and re-exports, in order, with repetitions. `code` has only their numbers. */
  imports: string[];
  /** The names that each of the imports asks for. */
  importedNames: string[][];
  /** Exports that keep their first value. There may be more. */
  constants: string[];
  /** Literal specifiers of `import()`. */
  dynamicImports: string[];
  /** The generator is an async one, because of a top-level `await`. */
  isAsync: boolean;
  /** It exports, imports or uses `import.meta`: it cannot be a CommonJS file. */
  hasModuleSyntax: boolean;
}

/** Names by which a module function reaches the runtime; oxc's module runner transform fixes the first five. */
export const MODULE_PARAMETERS = [
  '__vite_ssr_import__',
  '__vite_ssr_dynamic_import__',
  '__vite_ssr_exports__',
  '__vite_ssr_exportAll__',
  '__vite_ssr_import_meta__',
  'babelHelpers',
] as const;

/** What `export default function () {}` is called inside a module function; in ESM its name is `default`. */
export const ANONYMOUS_DEFAULT = '__vite_ssr_export_default__';

/** What the language needs on the oldest supported Node: newer syntax (`using`) is lowered. */
const TARGET = 'es2022';

/** A text that does not parse: the position is 1-based, in the original text. */
export class SourceSyntaxError extends SyntaxError {
  readonly code = 'SYNTAX_ERROR';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The text that did not parse: on disk there may be another one by now. */
  declare readonly sourceText: string;

  constructor(message: string, file: string, line: number, column: number, sourceText: string) {
    super(message);
    this.name = 'SyntaxError';
    this.file = file;
    this.line = line;
    this.column = column;
    // Whole files are noise when an error is printed.
    Object.defineProperty(this, 'sourceText', { value: sourceText });
    // The frames of the compiler are of no use to the reader; the place in the text is.
    this.stack = `SyntaxError: ${message}\n    at ${file}:${line}:${column}`;
  }
}

/**
 * Turns TypeScript, TSX or JavaScript into JavaScript for Node: types, enums, namespaces, parameter properties, JSX and
 * `using` are gone, `import`, `export` and `await` stay. Types are not checked.
 * @throws {SourceSyntaxError} for the first error in the text.
 */
export function transpile(source: string, filename: string, options: TranspileOptions = {}): Transpiled {
  const { sourceMap = true, decorators = 'none', assignClassFields = false } = options;
  const settings: TransformOptions = {
    target: TARGET,
    sourcemap: sourceMap,
    sourceType: options.sourceType ?? 'module',
    helpers: { mode: 'External' as HelperMode },
    typescript: {
      onlyRemoveTypeImports: options.verbatimImports ?? false,
      removeClassFieldsWithoutInitializer: assignClassFields,
    },
    ...(options.lang && { lang: options.lang }),
    ...(options.jsx && { jsx: options.jsx }),
    ...(assignClassFields && { assumptions: { setPublicClassFields: true } }),
    ...(decorators !== 'none' && { decorator: { legacy: true, emitDecoratorMetadata: decorators === 'metadata' } }),
  };
  const result = transformSync(filename, source, settings);
  const error = result.errors.find(({ severity }) => severity === 'Error');
  if (error) throw syntaxError(error, source, filename);
  return { code: result.code, mappings: result.map?.mappings };
}

/**
 * Rewrites a JavaScript module as the text of a function, so that it can be evaluated again and again, each time with
 * other imports. ESM semantics are kept: imports are live bindings, exports are getters, `import()` and `import.meta`
 * go to the runtime, top-level `await` stays.
 *
 * The function returns a generator. Its first step stops after the exports are defined and before the first import is
 * used: that is how a function can be imported from a module that is still waiting for its own imports (a cycle).
 * A module without imports runs in one step.
 * @throws {SourceSyntaxError} when `code` does not parse.
 */
export function toModuleFunction(code: string, filename: string, { sourceMap = true } = {}): ModuleFunction {
  const result = moduleRunnerTransformSync('module.js', code, { sourcemap: sourceMap });
  const error = result.errors.find(({ severity }) => severity === 'Error');
  if (error) throw syntaxError(error, code, filename);
  const { body, imports, importedNames } = splitImports(result.code, result.deps.length > 0);
  const isAsync = hasTopLevelAwait(body);
  return {
    // The prefix has a line of its own, so that columns stay those of the map.
    code: `"use strict";return (${isAsync ? 'async ' : ''}function*(){\n${body}\n}).call()`,
    mappings: result.map?.mappings,
    imports,
    importedNames,
    constants: constantExports(code),
    dynamicImports: result.dynamicDeps,
    isAsync,
    hasModuleSyntax:
      imports.length > 0 || result.code.startsWith(EXPORT_PREFIX) || result.code.includes('__vite_ssr_import_meta__'),
  };
}

/** Those that are declared as such, in a text of which no line can be inside of something else. */
function constantExports(code: string): string[] {
  if (/`|\/\*|\\$/m.test(code)) return [];
  return Array.from(code.matchAll(/^export const ([\w$]+) = /gm), ([, name = '']) => name);
}

/** A module that exports starts with the definition of its exports. */
const EXPORT_PREFIX = 'Object.defineProperty(__vite_ssr_exports__,';

/**
 * The imports of a module function stand in a row below the exports. Takes their `await` away (the runtime evaluates
 * what is imported before it resumes) and puts the stop of the first step before them. In a cycle their variables are set once
 * before it too, for functions that are called from within it, and again after it, when packages are loaded. They are asked
 * for all at once, and the text tells them apart by their numbers: a list of a thousand modules runs again whenever one of
 * them was saved.
 */
function splitImports(
  code: string,
  hasImports: boolean,
): { body: string; imports: string[]; importedNames: string[][] } {
  const imports: string[] = [];
  const importedNames: string[][] = [];
  const body = code.startsWith('#!') ? `//${code.slice(2)}` : code;
  const first = hasImports ? statementAt(body, importStart(0)) : -1;
  if (first === -1) return { body, imports, importedNames };
  const names: string[] = [];
  let position = first;
  let early = '';
  let later = '';
  for (;;) {
    const index = imports.length;
    const start = importStart(index);
    if (!body.startsWith(start, position)) break;
    const specifierStart = position + start.length;
    const [literal, value] = readString(body, specifierStart);
    const end = endOfStatement(body, specifierStart);
    imports.push(value);
    importedNames.push(readNames(body, specifierStart + literal.length, end));
    names.push(`__vite_ssr_import_${index}__`);
    early += `__vite_ssr_import_${index}__=__vite_ssr_imports__[${index}];`;
    // Long lists of names take several lines, which the source map counts.
    const lines = '\n'.repeat(body.slice(specifierStart, end).split('\n').length - 1);
    later += `__vite_ssr_import_${index}__=__vite_ssr_imports__[${index}];${lines}`;
    position = end;
    if (!body.startsWith(`__vite_ssr_exportAll__(__vite_ssr_import_${index}__)`, end)) continue;
    position = endOfStatement(body, end);
    later += body.slice(end, position);
  }
  const ask = '__vite_ssr_imports__=__vite_ssr_import__();';
  const before = `var ${names.join()},${ask}if(__vite_ssr_imports__){${early}}yield;${ask}`;
  const text = `${body.slice(0, first)}${before}${later}${body.slice(position)}`;
  return { body: text, imports, importedNames };
}

function importStart(index: number): string {
  return `const __vite_ssr_import_${index}__ = await __vite_ssr_import__(`;
}

/** Where `text` begins a line. */
function statementAt(code: string, text: string): number {
  if (code.startsWith(text)) return 0;
  const at = code.indexOf(`\n${text}`);
  return at === -1 ? -1 : at + 1;
}

function endOfStatement(code: string, from: number): number {
  const at = code.indexOf(');\n', from);
  return at === -1 ? code.length : at + 3;
}

/** The string literal at `from`, as oxc prints it, and its value. */
function readString(code: string, from: number): [literal: string, value: string] {
  const quote = code[from];
  let end = from + 1;
  while (code[end] !== quote) end += code[end] === '\\' ? 2 : 1;
  const literal = code.slice(from, end + 1);
  return [literal, literal.includes('\\') ? (vm.runInNewContext(literal) as string) : literal.slice(1, -1)];
}

/** The string literals between two places of the code. */
function readNames(code: string, from: number, to: number): string[] {
  const names: string[] = [];
  for (let position = from; position < to; position += 1) {
    if (code[position] !== '"' && code[position] !== "'") continue;
    const [literal, value] = readString(code, position);
    names.push(value);
    position += literal.length - 1;
  }
  return names;
}

/**
 * Whether `await` stands outside every function. A class static block allows what a module allows, but no `await` of
 * its own, so V8 itself gives the answer.
 */
function hasTopLevelAwait(body: string): boolean {
  if (!/\bawait\b/.test(body)) return false;
  try {
    new vm.Script(`class _{static{${body.replace(/\byield;/, '')}\n}}`);
    return false;
  } catch {
    return true;
  }
}

function syntaxError(error: OxcError, source: string, filename: string): SourceSyntaxError {
  const label = error.labels.find(({ message }) => message?.includes('can not')) ?? error.labels[0];
  // oxc counts bytes of UTF-8.
  const before = Buffer.from(source)
    .subarray(0, label?.start ?? 0)
    .toString();
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  const message = error.helpMessage ? `${error.message}. ${error.helpMessage}` : error.message;
  return new SourceSyntaxError(message.replace(/\s+/g, ' '), filename, line, column, source);
}
