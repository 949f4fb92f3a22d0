import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ModuleHot } from './hot-context.ts';
import { createNamespace } from './namespace.ts';
import type { Namespace } from './namespace.ts';
import type { Source } from './source.ts';

/** `linked`: everything it imports is known. `evaluating` lasts as long as what it imports and its own awaits. */
export type ModuleStatus = 'linked' | 'evaluating' | 'evaluated' | 'failed';

/** Something imported statically: another record, or a URL that Node imports. */
export type Dependency = ModuleRecord | { readonly external: string };

/** The steps of a module function. */
export interface Steps {
  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
}

/** By file. Making one takes longer than many a module runs. */
const urls = new Map<string, string>();

const NO_IMPORTS: ReadonlySet<string> = new Set();

let records = 0;

/** One evaluation of one version of a file. */
export class ModuleRecord {
  /** Tells it from all others, without holding on to it. */
  readonly serial = (records += 1);
  readonly file: string;
  source: Source;
  status: ModuleStatus = 'linked';
  error: unknown;
  /** While it evaluates with something to wait for. */
  pending: Promise<void> | undefined;
  /** Static imports, in order; emptied when another record has taken its place, so that no version holds on to others. */
  dependencies: Dependency[] = [];
  /** Whether another record has taken its place, or nobody imports its file any more. */
  isReplaced = false;
  /** Whether what it imports is being linked: whatever imports it meanwhile closes a cycle. */
  isLinking = false;
  /** Files it imports statically, by `import()` or by `require`. */
  imports: ReadonlySet<string> = NO_IMPORTS;
  readonly namespace: Namespace = createNamespace();
  /** `module` of a CommonJS file. */
  commonJs: { exports: unknown } | undefined;
  hot: ModuleHot | undefined;
  steps: Steps | undefined;
  /** Namespaces of earlier versions that modules outside an update still hold. */
  views: Array<WeakRef<Namespace>> = [];

  constructor(source: Source) {
    this.file = source.file;
    this.source = source;
  }

  get url(): string {
    let url = urls.get(this.file);
    if (url === undefined) urls.set(this.file, (url = pathToFileURL(this.file).href));
    return url;
  }

  /** It is no longer the current record of its file. */
  replace(): void {
    this.isReplaced = true;
    this.dependencies = [];
  }

  /** It has imported a file by `import()` or by `require`. Others may hold the set of those that it imported before. */
  addImport(file: string): void {
    if (!this.imports.has(file)) this.imports = new Set(this.imports).add(file);
  }

  /** What `require` of this module returns. */
  get required(): unknown {
    return this.commonJs
      ? this.commonJs.exports
      : this.source.kind === 'json'
        ? this.namespace['default']
        : this.namespace;
  }
}

/** `import.meta` of a record; `hot` is made when it is asked for. */
export function createImportMeta(
  record: ModuleRecord,
  resolve: (specifier: string) => string,
  hot: () => ModuleHot,
): ImportMeta {
  const meta = Object.create(null) as Record<string, unknown>;
  meta['dirname'] = dirname(record.file);
  meta['filename'] = record.file;
  meta['resolve'] = resolve;
  meta['url'] = record.url;
  Object.defineProperty(meta, 'hot', { enumerable: true, get: () => (record.hot ??= hot()) });
  return meta as unknown as ImportMeta;
}

/** `require` of a CommonJS file: the user's own files by the runtime, packages by Node. */
export function createModuleRequire(
  file: string,
  load: (specifier: string) => ModuleRecord | undefined,
): NodeJS.Require {
  const native = createRequire(file);
  const require = (specifier: string): unknown => {
    const record = load(specifier);
    return record ? record.required : native(specifier);
  };
  return Object.assign(require, {
    resolve: native.resolve,
    cache: native.cache,
    extensions: native.extensions,
    main: native.main,
  });
}
