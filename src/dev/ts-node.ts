import { createRequire } from 'node:module';
import { join } from 'node:path';

import { FlaconError } from '../util/errors.ts';
import { SourceSyntaxError } from '../util/transpile.ts';
import type { Transpiled } from '../util/transpile.ts';

/** What of ts-node is used: its types need TypeScript 5. */
interface TsNode {
  create(options: {
    cwd: string;
    projectSearchDir: string;
    compiler: string;
    compilerOptions: Record<string, unknown>;
  }): {
    compile(code: string, file: string): string;
    ignored(file: string): boolean;
  };
}

interface Diagnostic {
  code: number;
  file?: { fileName: string };
  start?: number;
  messageText: string | { messageText: string };
}

/** Modules stay modules: what makes functions of them comes after. Files are imported by the names they have. */
const COMPILER_OPTIONS = {
  module: 'esnext',
  moduleResolution: 'bundler',
  target: 'es2022',
  sourceMap: true,
  allowImportingTsExtensions: true,
  noEmit: true,
};

const MAP = /\n\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,([\w+/=]+)\s*$/;

/**
 * The project's own ts-node as a transpiler: types are checked, decorators are TypeScript's. Undefined for files it
 * leaves alone. Its options are those of `"ts-node"` in tsconfig.json.
 * @throws {FlaconError} `TS_NODE_MISSING` where it, or a TypeScript that it can use, is not installed.
 */
export function createTsNode(root: string): (text: string, file: string) => Transpiled | undefined {
  const service = load(root);
  return (text, file) => {
    if (!/\.[cm]?tsx?$/.test(file) || service.ignored(file)) return undefined;
    let code: string;
    try {
      code = service.compile(text, file);
    } catch (error) {
      throw readable(error, file, text);
    }
    const [, encoded] = MAP.exec(code) ?? [];
    if (encoded === undefined) return { code, mappings: undefined };
    const { mappings } = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { mappings: string };
    return { code: code.replace(MAP, '\n'), mappings };
  };
}

function load(root: string): ReturnType<TsNode['create']> {
  try {
    const require = createRequire(join(root, 'package.json'));
    const compiler = findCompiler(require, join(root, 'package.json'));
    const tsNode = require('ts-node') as TsNode;
    return tsNode.create({ cwd: root, projectSearchDir: root, compiler, compilerOptions: COMPILER_OPTIONS });
  } catch (cause) {
    throw new FlaconError(`ts-node could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'TS_NODE_MISSING',
      fix: 'npm install --save-dev ts-node@10 typescript@5.9, or take "transpiler" out of "flacon" in package.json',
      cause,
    });
  }
}

/** TypeScript 7 cannot be called from programs: the project may have an older one beside it, by another name. */
function findCompiler(require: NodeJS.Require, manifest: string): string {
  const { dependencies = {}, devDependencies = {} } = require(manifest) as Record<string, Record<string, string>>;
  const aliases = Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => version.startsWith('npm:typescript@'))
    .map(([name]) => name);
  const usable = ['typescript', ...aliases].find((name) => {
    try {
      return (require(name) as { sys?: unknown }).sys !== undefined;
    } catch {
      // It is not installed.
      return false;
    }
  });
  if (usable === undefined) throw new Error('there is no TypeScript before version 7');
  return usable;
}

/** A type error, with its place as those of the syntax have it. */
function readable(error: unknown, file: string, text: string): unknown {
  const [first] = (error as { diagnostics?: Diagnostic[] }).diagnostics ?? [];
  if (!first) return error;
  const before = text.slice(0, first.start ?? 0);
  const { messageText } = first;
  const message = typeof messageText === 'string' ? messageText : messageText.messageText;
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  const readableError = new SourceSyntaxError(`${message} (TS${first.code})`, file, line, column, text);
  readableError.name = 'TSError';
  readableError.cause = error;
  return readableError;
}
