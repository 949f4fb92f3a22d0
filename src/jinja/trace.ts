import {
  jsFrames,
  stackWith,
  TemplateError,
  type TemplateFrame,
  TemplateNotFound,
  TemplateRuntimeError,
} from './errors.ts';

/** What errors say about the template that was running. */
export interface TraceInfo {
  name: string | undefined;
  filename: string | undefined;
  source: string;
}

/** Begins the file names that V8 shows for generated code, which are cut out of stacks again. */
export const GENERATED = 'flacon-template:';

interface Trace {
  frames: TemplateFrame[];
  /** The JavaScript frames without those of generated code: above the template, and below it. */
  above: string[];
  below: string[];
}

const traces = new WeakMap<object, Trace>();

/** The template code that an error passed through, innermost first; empty if it did not come from a template. */
export function templateFrames(error: unknown): readonly TemplateFrame[] {
  return typeof error === 'object' && error !== null ? (traces.get(error)?.frames ?? []) : [];
}

/**
 * Notes on an error that it passed through a line of a template, and returns the error to throw. The error stays the
 * same object, so that `abort(404)` in a template is still that; what is no Error is wrapped.
 */
export function traced(thrown: unknown, info: TraceInfo, lineno: number, role: string): unknown {
  const error = asError(thrown);
  let trace = traces.get(error);
  if (!trace) {
    trace = { frames: [], ...splitStack(error) };
    traces.set(error, trace);
  }
  const frame: TemplateFrame = { templateName: info.name, filename: info.filename, lineno, role };
  Object.defineProperty(frame, 'source', { value: info.source });
  trace.frames.push(frame);
  if (error instanceof TemplateError) locate(error, info, lineno, trace.frames);
  const stack = stackWith(error, trace.frames, trace.below).split('\n');
  const head = stack.findIndex((line) => line.startsWith('    at '));
  stack.splice(head === -1 ? stack.length : head, 0, ...trace.above);
  setStack(error, stack.join('\n'));
  return error;
}

function locate(error: TemplateError, info: TraceInfo, lineno: number, frames: TemplateFrame[]): void {
  error.templateFrames = frames;
  if (error.lineno !== undefined) return;
  error.lineno = lineno;
  error.filename = info.filename;
  error.source = info.source;
  if (!(error instanceof TemplateNotFound)) error.templateName = info.name;
}

function asError(thrown: unknown): Error {
  if (!(thrown instanceof Error)) {
    // Errors of another realm are errors as well.
    if (Object.prototype.toString.call(thrown) === '[object Error]') return thrown as Error;
    return new TemplateRuntimeError(`a template function threw ${String(thrown)}`, { cause: thrown });
  }
  // Where the stack is full, even a pattern that cannot be compiled says so.
  if (thrown.message.includes('call stack') && !(thrown instanceof TemplateError)) {
    return new TemplateRuntimeError('too much recursion in a template', { cause: thrown });
  }
  if (!(thrown instanceof RangeError)) return thrown;
  return /^Invalid (?:string|array) length|too large/i.test(thrown.message)
    ? new TemplateRuntimeError('a value of a template became too large', { cause: thrown })
    : thrown;
}

function splitStack(error: Error): { above: string[]; below: string[] } {
  const lines = jsFrames(error);
  const first = lines.findIndex((line) => line.includes(GENERATED));
  if (first === -1) return { above: lines, below: [] };
  const isOwn = (line: string): boolean => line.includes(GENERATED);
  return { above: lines.slice(0, first), below: lines.slice(first).filter((line) => !isOwn(line)) };
}

function setStack(error: Error, stack: string): void {
  try {
    Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
  } catch {
    // A frozen error keeps the stack it has; the frames are known all the same.
  }
}
