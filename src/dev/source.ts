import type * as OxcParser from 'oxc-parser';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import vm from 'node:vm';

import { MODULE_PARAMETERS, SourceSyntaxError, toModuleFunction, transpile } from '../util/transpile.ts';
import type { TranspileOptions, Transpiled } from '../util/transpile.ts';
import { originalPosition } from './source-maps.ts';
import type { MappedText } from './source-maps.ts';

/** `esm` and `cjs` are functions, `json` a value; `mixed` is ESM in a CommonJS package, which may use `require` too. */
export type ModuleKind = 'esm' | 'mixed' | 'cjs' | 'json';

/** One version of a file, ready to be evaluated any number of times. */
export interface Source extends MappedText {
  readonly file: string;
  readonly kind: ModuleKind;
  /** What is compiled, or the JSON text. */
  readonly code: string;
  /** Specifiers of static imports, in order. */
  readonly imports: readonly string[];
  /** The names that each of the imports asks for. */
  readonly importedNames: readonly (readonly string[])[];
  /** Exports that keep their first value. */
  readonly constants: readonly string[];
  readonly isAsync: boolean;
}

const COMMONJS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'] as const;

/** Parameters of the compiled function of a kind of module, in order. */
export const PARAMETERS: Record<Exclude<ModuleKind, 'json'>, readonly string[]> = {
  esm: MODULE_PARAMETERS,
  mixed: [...MODULE_PARAMETERS, 'require', '__filename', '__dirname'],
  cjs: [...COMMONJS_PARAMETERS, '__vite_ssr_dynamic_import__', 'babelHelpers'],
};

/** How a file is read. */
export interface ReadSourceOptions extends TranspileOptions {
  /** Takes the place of the own transpiler for those modules that it gives a result for. */
  transpiler?: ((text: string, file: string) => Transpiled | undefined) | undefined;
}

/**
 * Reads one version of a file.
 * @throws {SourceSyntaxError} when it does not parse.
 */
export function readSource(file: string, text: string, packageType: string, options: ReadSourceOptions): Source {
  const extension = extname(file);
  if (extension === '.json') return jsonSource(file, text);
  if (extension.startsWith('.m') || (packageType === 'module' && !extension.startsWith('.c'))) {
    return moduleSource(file, text, 'esm', options).source;
  }
  // Elsewhere the syntax decides, as it does for tsx and for Node's own detection.
  try {
    const { source, hasModuleSyntax } = moduleSource(file, text, 'mixed', options);
    if (hasModuleSyntax || source.isAsync || !usesCommonJs(source.code)) return source;
    return commonJsSource(file, text, options);
  } catch (error) {
    if ((error as Error).name === 'TSError') throw error;
    try {
      return commonJsSource(file, text, options);
    } catch {
      throw error;
    }
  }
}

/** Whether two versions do the same, wherever they differ in form. */
export function isSameCode(a: Source, b: Source): boolean {
  return (
    a.code === b.code && isDeepStrictEqual(a.imports, b.imports) && isDeepStrictEqual(a.importedNames, b.importedNames)
  );
}

/** The function of a source. Compiled anew at each call: the caller keeps it as long as it keeps the source. */
export function compileSource(source: Source): (...values: unknown[]) => unknown {
  if (source.kind === 'json') throw new TypeError('JSON is not compiled.');
  try {
    return vm.compileFunction(source.code, [...PARAMETERS[source.kind]], {
      filename: source.file,
      // The text of a module starts on its second line, below what makes it a function.
      lineOffset: source.kind === 'cjs' ? 0 : -1,
    }) as (...values: unknown[]) => unknown;
  } catch (error) {
    throw earlyError(error, source);
  }
}

function moduleSource(
  file: string,
  text: string,
  kind: 'esm' | 'mixed',
  options: ReadSourceOptions,
): { source: Source; hasModuleSyntax: boolean } {
  const first = options.transpiler?.(text, file) ?? transpile(text, file, options);
  const second = toModuleFunction(first.code, file);
  const { code, imports, importedNames, constants, isAsync, hasModuleSyntax } = second;
  const mappings = [second.mappings, first.mappings];
  return {
    source: { file, kind, text, code, imports, importedNames, constants, isAsync, mappings },
    hasModuleSyntax,
  };
}

function commonJsSource(file: string, text: string, options: TranspileOptions): Source {
  const { code, mappings } = transpile(text, file, { ...options, sourceType: 'commonjs' });
  return {
    file,
    kind: 'cjs',
    text,
    code: redirectImports(code.startsWith('#!') ? `//${code.slice(2)}` : code),
    imports: [],
    importedNames: [],
    constants: [],
    isAsync: false,
    mappings: [mappings],
  };
}

function jsonSource(file: string, text: string): Source {
  const code = text.replace(/^\uFEFF/, '');
  try {
    JSON.parse(code);
  } catch (error) {
    const { message } = error as SyntaxError;
    const at = /position (\d+)/.exec(message)?.[1];
    const before = code.slice(0, at === undefined ? code.length : Number(at));
    const column = before.length - before.lastIndexOf('\n');
    throw new SourceSyntaxError(message, file, before.split('\n').length, column, text);
  }
  return {
    file,
    kind: 'json',
    text,
    code,
    imports: [],
    importedNames: [],
    constants: [],
    isAsync: false,
    mappings: [],
  };
}

function usesCommonJs(code: string): boolean {
  return /\b(?:require|module|exports|__filename|__dirname)\b/.test(code);
}

/** `import()` of a CommonJS function would go past the runtime. */
function redirectImports(code: string): string {
  if (!/\bimport\s*\(/.test(code)) return code;
  // The parser is a second native library, needed for this alone.
  const { parseSync } = createRequire(import.meta.url)('oxc-parser') as typeof OxcParser;
  const { dynamicImports } = parseSync('module.cjs', code, { sourceType: 'script' }).module;
  let result = code;
  for (const { start } of [...dynamicImports].sort((a, b) => b.start - a.start)) {
    result = `${result.slice(0, start)}__vite_ssr_dynamic_import__${result.slice(start + 'import'.length)}`;
  }
  return result;
}

/** What V8 alone objects to, with the place in the original text. */
function earlyError(error: unknown, source: Source): unknown {
  if (!(error instanceof SyntaxError)) return error;
  const [, line] = /^.*:(\d+)\n/.exec(error.stack ?? '') ?? [];
  if (line === undefined) return error;
  const [, code = '', caret = ''] = (error.stack ?? '').split('\n');
  const column = caret.includes('^') ? caret.indexOf('^') : code.search(/\S/);
  const position = originalPosition(source, Number(line), Math.max(column, 0) + 1);
  return new SourceSyntaxError(
    standardDecorator(code) ?? error.message,
    source.file,
    position.line,
    position.column,
    source.text,
  );
}

function standardDecorator(code: string): string | undefined {
  return /^\s*(?:export\s+(?:default\s+)?)?@[\w$(]/.test(code)
    ? 'Node has no decorators yet; set "experimentalDecorators": true in tsconfig.json to use legacy ones'
    : undefined;
}
