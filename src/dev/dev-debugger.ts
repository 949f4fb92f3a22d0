import type * as OxcParser from 'oxc-parser';
import { createRequire } from 'node:module';
import { sep } from 'node:path';

import { Debugger } from '../debug/debugger.ts';
import type { PinSettings } from '../debug/pin.ts';
import { isUserFile } from '../debug/traceback.ts';
import type { DevApp } from './dev-app.ts';
import type { WorkerMessage } from './messages.ts';
import type { ModuleRuntime } from './runtime.ts';
import { originalPosition } from './source-maps.ts';

/** What the debugger of a development server needs besides its modules. */
export interface DevDebuggerOptions {
  pin: PinSettings;
  host: string;
  port: number;
  refreshScriptUrl(): string | undefined;
  send(message: WorkerMessage): unknown;
}

/** The browser debugger for the modules of a {@link ModuleRuntime}. */
export function createDevDebugger(runtime: ModuleRuntime, devApp: DevApp, options: DevDebuggerOptions): Debugger {
  const { pin, host, port, refreshScriptUrl, send } = options;
  return new Debugger({
    pin,
    host,
    port,
    root: runtime.root,
    refreshScriptUrl,
    app: () => devApp.app,
    isUserFile: (file) => file.startsWith(runtime.root + sep) && isUserFile(file),
    sourceText: (file, error) => runtime.sourceText(file, error),
    originalPosition(file, line, column) {
      const source = runtime.sources.get(file);
      return source ? originalPosition(source, line, column) : { line, column };
    },
    importsOf: (file) => importsOf(runtime, file),
    importModule: (specifier) => runtime.importFrom(specifier),
    onPinFailures: (failures) => void send({ type: 'pinFailures', failures }),
  });
}

/**
 * What a file imports, by local name. In the code that runs, imports are properties of modules, which nobody would type.
 * Only modules that are loaded already: looking into an error evaluates nothing.
 */
async function importsOf(runtime: ModuleRuntime, file: string): Promise<Map<string, () => unknown>> {
  const names = new Map<string, () => unknown>();
  const source = runtime.sources.get(file);
  if (!source) return names;
  // The parser is a native library, needed by nothing else before.
  const { parseSync } = createRequire(import.meta.url)('oxc-parser') as typeof OxcParser;
  for (const { moduleRequest, entries } of parseSync(file, source.text).module.staticImports) {
    if (!source.imports.includes(moduleRequest.value)) continue;
    const namespace = await runtime.importFrom(moduleRequest.value, file);
    for (const { importName, localName, isType } of entries) {
      if (isType) continue;
      const name = importName.kind === 'Default' ? 'default' : importName.name;
      names.set(localName.value, () => (name == null ? namespace : namespace[name]));
    }
  }
  return names;
}
