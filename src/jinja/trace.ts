import {
  GENERATED,
  isForeignFrame,
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

interface Trace {
  frames: TemplateFrame[];
  /** The JavaScript frames without those of generated code: above the template, and below it. */
  above: string[];
  below: string[];
}

const MAX_FRAMES = 50;

const traces = new WeakMap<object, Trace>();

/** The template code that an error passed through, innermost first; empty if it did not come from a template. */
export function templateFrames(error: unknown): readonly TemplateFrame[] {
  if (error instanceof TemplateError) return error.templateFrames;
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
    // A syntax error has the place in its own template already.
    trace = { frames: error instanceof TemplateError ? [...error.templateFrames] : [], ...splitStack(error) };
    traces.set(error, trace);
  }
  // Enough of endless recursion, and of an error that is thrown again and again.
  if (trace.frames.length >= MAX_FRAMES) return error;
  const frame: TemplateFrame = { templateName: info.name, filename: info.filename, lineno, role };
  Object.defineProperty(frame, 'source', { value: info.source });
  trace.frames.push(frame);
  if (error instanceof TemplateError) locate(error, info, lineno, trace.frames);
  else setHidden(error, 'templateFrames', trace.frames);
  setHidden(error, 'stack', stackWith(error, trace));
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
  const lines = jsFrames(error).filter((line) => !line.startsWith('    at template ('));
  const first = lines.findIndex((line) => line.includes(GENERATED));
  const above = first === -1 ? lines : lines.slice(0, first);
  return { above: above.filter(isForeignFrame), below: first === -1 ? [] : lines.slice(first).filter(isForeignFrame) };
}

function setHidden(error: Error, name: string, value: unknown): void {
  try {
    Object.defineProperty(error, name, { value, writable: true, configurable: true });
  } catch {
    // A frozen error stays as it is; templateFrames() knows all the same.
  }
}
