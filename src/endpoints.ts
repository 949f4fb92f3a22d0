import type { SourceLocation, ViewFunction } from './types.ts';

/**
 * The endpoint of a view that was not given one: the function's name. An anonymous view is named
 * after methods and rule, with every run of other characters as one `_`: `get_users_id` for GET
 * `/users/<int:id>`, `get_index` for GET `/`. The name depends on nothing else, so it is stable.
 */
export function endpointFor(view: ViewFunction, rule: string, methods: readonly string[] = ['GET']): string {
  if (view.name !== '') return view.name;
  const path = rule.replace(VARIABLE, '/$1').replace(NO_WORD, '_').replace(OUTER_LINES, '');
  return [...methods.map((method) => method.toLowerCase()), path === '' ? 'index' : path].join('_');
}

const VARIABLE = /<(?:[^<>]*:)?([^<>:]*)>/g;
const NO_WORD = /[^\p{L}\p{N}]+/gu;
const OUTER_LINES = /^_+|_+$/g;

/** Remembers where a call came from. The stack is read only when somebody asks, as that is the slow part. */
export class CallSite {
  readonly #error: { stack?: string } = {};

  constructor(above: (...args: never[]) => unknown) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 4;
    Error.captureStackTrace(this.#error, above);
    Error.stackTraceLimit = limit;
  }

  /** The first frame outside of this package. */
  get location(): SourceLocation | undefined {
    return firstFrameOutside(this.#error.stack ?? '', ownFolders);
  }
}

// With source maps on, frames of dist/ are told as of src/.
const ownFolders = ['src/', 'dist/'].map((name) => decodeURI(new URL(`../${name}`, import.meta.url).pathname));

function firstFrameOutside(stack: string, folders: readonly string[]): SourceLocation | undefined {
  for (const line of stack.split('\n').slice(1)) {
    const match = /(?:file:\/\/)?([^\s()]+):(\d+):(\d+)\)?$/.exec(line);
    const [, file, lineNumber, column] = match ?? [];
    if (file === undefined || file.startsWith('node:') || folders.some((folder) => decodeURI(file).startsWith(folder)))
      continue;
    return { file: decodeURI(file), line: Number(lineNumber), column: Number(column) };
  }
  return undefined;
}
