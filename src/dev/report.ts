import { networkInterfaces } from 'node:os';
import { basename } from 'node:path';

import { shortPath } from '../debug/traceback.ts';
import type { ExcerptLine, Place, Traceback } from '../debug/traceback.ts';
import { echo, style } from '../util/terminal.ts';

/** What the banner of the server says. */
export interface BannerOptions {
  /** The application as it was named; nothing is said about one that was found by itself. */
  app: string | undefined;
  debug: boolean;
  host: string;
  port: number;
  /** Addresses of this machine, for a server that listens on all of them. */
  addresses?: readonly string[];
  /** What to type to get a shell in this server. */
  shellCommand?: string | undefined;
  /** The keys that the server takes from its terminal. */
  keys?: string | undefined;
  /** What opens the consoles of the error pages, or `off`. */
  debuggerPin?: string | undefined;
}

/** The first lines of `app run`, as Flask and Werkzeug word them. */
export function printBanner(options: BannerOptions): void {
  const { app, debug, host, port, addresses = [], shellCommand, debuggerPin, keys } = options;
  if (app !== undefined) echo(` * Serving Flacon app '${app}'`);
  echo(` * Debug mode: ${debug ? 'on' : 'off'}`);
  const warning =
    'WARNING: This is a development server. Do not use it in a production deployment. Serve app.listener or app.fetch with a production server instead.';
  echo(style(warning, { fg: 'red', bold: true }), { err: true });
  if (isAnyAddress(host)) {
    note(`Running on all addresses (${host})`);
    for (const address of addresses) note(`Running on ${formatUrl(address, port)}`);
  } else note(`Running on ${formatUrl(host, port)}`);
  if (shellCommand !== undefined) note(`Open a shell in this server with: ${shellCommand}`);
  if (debuggerPin !== undefined) note(`Debugger PIN: ${debuggerPin}`);
  if (keys !== undefined) note(keys);
  echo(style('Press CTRL+C to quit', { fg: 'yellow' }), { err: true });
}

export function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Addresses under which a server that listens on all of them can be reached. */
export function localAddresses(host: string): string[] {
  if (!isAnyAddress(host)) return [];
  const own = Object.values(networkInterfaces()).flat();
  const outside = own.find((address) => address !== undefined && !address.internal && address.family === 'IPv4');
  return [host === '::' ? '::1' : '127.0.0.1', ...(outside ? [outside.address] : [])];
}

/** The URL of a server; IPv6 addresses in brackets. */
export function formatUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A line of the server about itself. */
export function note(text: string): void {
  echo(` * ${text}`, { err: true });
}

/** One calm line for a reload: `stocks.ts → 3 modules, 4.1 ms, generation 12`. */
export function reloadLine(files: readonly string[], modules: number, ms: number, generation: number): string {
  const what = modules === 0 ? '' : ` → ${modules} ${modules === 1 ? 'module' : 'modules'}`;
  return `${fileList(files)}${what}, ${formatMs(ms)}, generation ${generation}`;
}

/** Names of changed files, few of them. */
export function fileList(files: readonly string[]): string {
  const names = files.map((file) => basename(file));
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

function formatMs(ms: number): string {
  return ms < 100 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** Options of {@link formatTraceback}. */
export interface FormatTracebackOptions {
  /** Width to be readable at. Default 80. */
  columns?: number;
}

/** An error for the terminal: what, where, the lines around, and the calls of the application that led there. */
export function formatTraceback(traceback: Traceback, options: FormatTracebackOptions = {}): string {
  const { columns = 80 } = options;
  const { name, message, place, excerpt, frames, fix, cause } = traceback;
  const parts = [style(wrap(`${name}: ${message}`, columns), { fg: 'red' })];
  if (place) {
    const called = frames.find((frame) => frame.line === place.line && frame.file === place.file)?.functionName;
    parts.push(`    at ${describePlace(called, place)}`);
    if (excerpt.length > 0) parts.push('', ...formatExcerpt(excerpt, place.column, columns));
  }
  const rest = frames.filter((frame) => frame.isUser && !(frame.line === place?.line && frame.file === place.file));
  if (rest.length > 0) parts.push('', ...rest.map((frame) => `    at ${describePlace(frame.functionName, frame)}`));
  if (fix !== undefined) parts.push('', wrap(`Hint: ${fix}`, columns));
  if (cause) parts.push('', `Caused by ${formatTraceback(cause, options)}`);
  return parts.join('\n');
}

function describePlace(functionName: string | undefined, { file, line, column }: Place): string {
  const place = `${shortPath(file)}:${line}:${column}`;
  return functionName === undefined ? place : `${functionName} (${place})`;
}

/** Numbered lines with a caret; long ones are cut so that the column stays in sight. */
export function formatExcerpt(excerpt: readonly ExcerptLine[], column: number, columns: number): string[] {
  const width = String(excerpt.at(-1)?.number ?? 0).length;
  const room = Math.max(20, columns - width - 6);
  const start = column > room - 8 ? column - Math.floor(room / 2) : 0;
  const lines: string[] = [];
  for (const { number, text, isCurrent } of excerpt) {
    const code = cut(text.replaceAll('\t', '  '), start, room);
    const label = String(number).padStart(width);
    lines.push(
      isCurrent
        ? `${style('>', { fg: 'red' })} ${label} | ${code}`.trimEnd()
        : style(`  ${label} | ${code}`.trimEnd(), { dim: true }),
    );
    if (!isCurrent) continue;
    const tabs = text.slice(0, column - 1).split('\t').length - 1;
    const indent = ' '.repeat(Math.max(0, column - 1 + tabs - start));
    lines.push(`  ${' '.repeat(width)} | ${indent}${style('^', { fg: 'red' })}`);
  }
  return lines;
}

function cut(text: string, start: number, room: number): string {
  if (start > 0 && text.length <= start) return '';
  const shown = start > 0 ? `…${text.slice(start + 1, start + room)}` : text.slice(0, room);
  return start + room < text.length ? `${shown.slice(0, -1)}…` : shown;
}

function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      const lines: string[] = [];
      let current = '';
      for (const word of line.split(' ')) {
        if (current !== '' && current.length + 1 + word.length > columns) {
          lines.push(current);
          current = word;
        } else
          current =
            current === '' && lines.length === 0 && word === '' ? ' ' : current === '' ? word : `${current} ${word}`;
      }
      return [...lines, current].join('\n');
    })
    .join('\n');
}
