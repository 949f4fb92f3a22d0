import type { NameSource } from './scope.ts';

/** A call that had not returned when an error was thrown, which can be evaluated in. */
export interface ErrorFrame {
  /** The function as V8 names it; empty for one without a name. */
  readonly functionName: string;
  readonly file: string;
  /** Line and column count from 1. */
  readonly line: number;
  readonly column: number;
  /** Its parameters and variables, the innermost block's first. Those of functions around it are not listed. */
  readonly names: readonly string[];
  /** Evaluates JavaScript where the call stood: with its variables, its `this` and its `arguments`. */
  evaluate(code: string): unknown;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** The variables of a frame as names of a session; `frame` gives the one that is open, if one is. */
export function frameSource(frame: () => ErrorFrame | undefined): NameSource {
  return {
    has(name) {
      const open = frame();
      return open !== undefined && isVariable(open, name);
    },
    get: (name) => frame()?.evaluate(name),
    assign(name, value) {
      const set = frame()?.evaluate(`(__flacon_value) => { ${name} = __flacon_value; }`);
      (set as (value: unknown) => void)(value);
    },
    names: () => frame()?.names ?? [],
  };
}

/** The value of a variable as far as it has one: undefined before its declaration has run. */
export function valueInFrame(frame: ErrorFrame, name: string): unknown {
  try {
    return frame.evaluate(name);
  } catch {
    return undefined;
  }
}

/** Whether a name is the frame's: listed, or of a function or the module around it. */
function isVariable(frame: ErrorFrame, name: string): boolean {
  if (!IDENTIFIER.test(name)) return false;
  if (frame.names.includes(name)) return true;
  if (name in globalThis) return false;
  try {
    frame.evaluate(name);
    return true;
  } catch {
    // No such name there, or one that does not exist yet.
    return false;
  }
}
