import picocolors from 'picocolors';
import { uriToIri } from './urls.ts';

/** What a log line is made of. */
export interface LogEntry {
  remoteAddr?: string | undefined;
  method: string;
  /** The request target as it was sent. */
  target: string;
  /** Such as `HTTP/1.1`. */
  protocol: string;
  status: number;
  /** Length of the body in bytes, shown as `-` if it is not given. */
  size?: number;
  /** Duration in milliseconds; written behind the line if it is given. */
  ms?: number;
  /** When the line is written. Default: now. */
  time?: Date;
}

/** Options of `formatLogLine`. */
export interface LogLineOptions {
  /** Colour the request line by its status, as Werkzeug does. Default: false. */
  color?: boolean;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const painted = picocolors.createColors(true);

/**
 * The line of one request in the common log format:
 * `127.0.0.1 - - [08/Jan/2022 17:09:07] "POST /x HTTP/1.1" 302 -`. Control characters appear as `\x1b`, so that a
 * request cannot write to the terminal or forge a line.
 */
export function formatLogLine(entry: LogEntry, { color = false }: LogLineOptions = {}): string {
  const { remoteAddr = '<local>', status, size, ms, time = new Date() } = entry;
  const request = escapeControls(`${entry.method} ${readableTarget(entry.target)} ${entry.protocol}`);
  const shown = color ? paint(request, status) : request;
  const line = `${escapeControls(remoteAddr)} - - [${logTime(time)}] "${shown}" ${status} ${size ?? '-'}`;
  if (ms === undefined) return line;
  const duration = `${ms < 10 ? ms.toFixed(1) : Math.round(ms)}ms`;
  return `${line} ${color ? painted.dim(duration) : duration}`;
}

function readableTarget(target: string): string {
  try {
    return uriToIri(target);
  } catch {
    // Not a URL: shown as it came.
    return target;
  }
}

/** Writes C0 and C1 control characters as `\xNN` and doubles backslashes, so that the result is unambiguous. */
function escapeControls(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\\]/g, (char) =>
    char === '\\' ? '\\\\' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function paint(text: string, status: number): string {
  if (status >= 100 && status < 200) return painted.bold(text);
  if (status === 200) return text;
  if (status === 304) return painted.cyan(text);
  if (status >= 300 && status < 400) return painted.green(text);
  if (status === 404) return painted.yellow(text);
  if (status >= 400 && status < 500) return painted.bold(painted.red(text));
  return status > 200 && status < 300 ? text : painted.bold(painted.magenta(text));
}

function logTime(time: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${two(time.getDate())}/${MONTHS[time.getMonth()]}/${time.getFullYear()}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
