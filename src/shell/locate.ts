import { readFileSync } from 'node:fs';
import { peekPath } from './completion.ts';
import { declarationRange } from './declaration-range.ts';
import { functionPlace } from './function-place.ts';
import type { SourceRange } from './language-server.ts';
import type { Session } from './session.ts';
import type { ShellTarget } from './target.ts';

/** What is looked for. */
export interface LocateQuery {
  code: string;
  /** Nothing but the name of an endpoint. */
  only?: 'endpoint';
}

/**
 * Where an endpoint was registered, or where the function or class is that a name or a path like `a.b.c` stands for; undefined
 * for everything else. Nothing of the user's runs for it.
 */
export function locate(session: Session, target: ShellTarget, { code, only }: LocateQuery): SourceRange | undefined {
  if (only === 'endpoint' || target.app()?.viewSource(code)) return endpointRange(target, code);
  const found = peekPath(session, code);
  return found.found ? functionRange(target, found.value) : undefined;
}

/** Where an endpoint was registered; undefined for a name that is none, and for code without a file. */
export function endpointRange(target: ShellTarget, name: string): SourceRange | undefined {
  const source = target.app()?.viewSource(name);
  return source && rangeAt(source);
}

/** Where a function or class is, in its file. */
export function functionRange(target: ShellTarget, value: unknown): SourceRange | undefined {
  const place = functionPlace(value);
  if (!place) return undefined;
  return rangeAt({ ...place, ...target.originalPlace?.(place.file, place.line, place.column) });
}

function rangeAt({ file, line, column }: { file: string; line: number; column: number }): SourceRange | undefined {
  try {
    return { file, column, ...declarationRange(readFileSync(file, 'utf8'), line, column) };
  } catch {
    // No file: code of an entry, or something generated.
    return undefined;
  }
}
