import { excerptOf, shortPath } from './traceback.ts';
import type { Traceback, TracebackFrame, TracebackOptions } from './traceback.ts';

/** An error as text to paste into a message: what happened, the calls with their line of source, and the causes. */
export function plainTraceback(traceback: Traceback, options: TracebackOptions = {}): string {
  const { name, message, fix, frames, place, cause } = traceback;
  const lines = [`${name}: ${message}`];
  const isNamed =
    place !== undefined && !frames.some((frame) => frame.file === place.file && frame.line === place.line);
  if (isNamed) lines.push(...frameLines({ ...place, functionName: undefined, isUser: true }, options));
  for (const frame of frames) lines.push(...frameLines(frame, options));
  if (fix !== undefined) lines.push(`hint: ${fix}`);
  if (cause) lines.push('', `caused by ${plainTraceback(cause, options)}`);
  return lines.join('\n');
}

function frameLines(frame: TracebackFrame, options: TracebackOptions): string[] {
  const where = `${frame.isUser ? shortPath(frame.file) : frame.file}:${frame.line}:${frame.column}`;
  const line = `    at ${frame.functionName === undefined ? where : `${frame.functionName} (${where})`}`;
  const text = frame.isUser ? excerptOf(frame, options, 0)[0]?.text.trim() : undefined;
  return text === undefined || text === '' ? [line] : [line, `        ${text}`];
}

/** An error for a program that reads JSON. */
export function jsonTraceback(traceback: Traceback): string {
  const describe = ({ name, message, fix, frames, cause }: Traceback): object => ({
    name,
    message,
    ...(fix === undefined ? {} : { fix }),
    traceback: frames.map(({ functionName, file, line, column }) => ({
      function: functionName ?? null,
      file: shortPath(file),
      line,
      column,
    })),
    ...(cause ? { cause: describe(cause) } : {}),
  });
  return `${JSON.stringify({ code: 500, ...describe(traceback) }, undefined, 2)}\n`;
}
