import { basename, dirname } from 'node:path';

import type { ModuleRecord } from './module-record.ts';
import { ResolveError } from './resolver.ts';
import type { ModuleRuntime } from './runtime.ts';
import { isSameCode } from './source.ts';
import type { Source } from './source.ts';

/** What a save means to the modules. */
export interface Change {
  /** Versions read for this update. */
  sources: Map<string, Source>;
  /** Versions that do not parse. They matter if something still imports them. */
  broken: Map<string, unknown>;
  /** Modules with other code, or for which an import means another file now. */
  changed: Set<string>;
  /** Files that have brought this about. */
  files: string[];
}

/** Reads what has changed in these files, and finds out whom it concerns. */
export function readChange(runtime: ModuleRuntime, files: readonly string[]): Change {
  const change: Change = { sources: new Map(), broken: new Map(), changed: new Set(), files: [] };
  for (const file of files) {
    const record = runtime.records.get(file);
    const text = readText(runtime, file);
    if (record && text !== undefined) {
      readChanged(runtime, record, text, change);
      continue;
    }
    runtime.forgetResolutions();
    if (record) change.broken.set(file, new ResolveError(`Cannot find module '${file}'`, file, file));
    const concerned = record ? [...runtime.graph.importers(file)] : resolvedOtherwise(runtime, file);
    if (record && runtime.roots.has(file)) concerned.push(file);
    for (const id of concerned) change.changed.add(id);
    if (concerned.length > 0) change.files.push(file);
  }
  return change;
}

function readChanged(runtime: ModuleRuntime, record: ModuleRecord, text: string, change: Change): void {
  const { file } = record;
  if (text === record.source.text) return;
  try {
    const source = runtime.readSource(file, text);
    if (isSameCode(source, record.source)) {
      // Only the form has changed (a formatter): the lines of stack traces move, and that is all.
      record.source = source;
      runtime.sources.set(file, source);
      return;
    }
    change.sources.set(file, source);
  } catch (error) {
    change.broken.set(file, error);
  }
  change.changed.add(file);
  change.files.push(file);
}

/**
 * The error of a version that does not parse and was not met while the others were linked, but is imported on demand:
 * told now, and not at the next demand.
 */
export function brokenOnDemand({ graph, records, resolver }: ModuleRuntime, { broken, sources }: Change): unknown {
  for (const [file, error] of broken) {
    if (error instanceof ResolveError) continue;
    for (const importer of graph.importers(file)) {
      const source = sources.has(importer) ? undefined : records.get(importer)?.source;
      const isStatic = source?.imports.some((specifier) => {
        const resolution = resolver.resolve(specifier, importer);
        return resolution.kind === 'module' && resolution.file === file;
      });
      if (isStatic === false) return error;
    }
  }
  return undefined;
}

/** Modules of which an import means something else since the file `touched` appeared or went away. */
function resolvedOtherwise({ records, resolver }: ModuleRuntime, touched: string): string[] {
  const stems = new Set([stem(touched), basename(dirname(touched))]);
  const found: string[] = [];
  for (const record of records.values()) {
    for (const specifier of record.source.imports) {
      if (!stems.has(stem(specifier))) continue;
      try {
        const resolution = resolver.resolve(specifier, record.file);
        if (resolution.kind !== 'module' || record.imports.has(resolution.file)) continue;
      } catch {
        // The evaluation of the importer reports it.
      }
      found.push(record.file);
    }
  }
  return found;
}

function stem(path: string): string {
  return basename(path).replace(/\.[^.]*$/, '');
}

function readText(runtime: ModuleRuntime, file: string): string | undefined {
  try {
    return runtime.readText(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
