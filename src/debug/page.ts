import { readFileSync } from 'node:fs';

import type { Span } from '../shell/spans.ts';
import { escapeHtml } from '../util/markup.ts';
import { spansToHtml } from './html.ts';
import { plainTraceback } from './plain.ts';
import { excerptOf, shortPath } from './traceback.ts';
import type { ExcerptLine, Traceback, TracebackFrame, TracebackOptions } from './traceback.ts';

/** A name with its printed value. */
export type ShownValue = readonly [name: string, printed: readonly Span[]];

/** What can be seen of a frame, and where it is evaluated in. */
export interface FrameView {
  /** Number of the frame for the console. */
  id: number;
  locals: readonly ShownValue[];
}

/** What makes the page a debugger. */
export interface PageDebugger {
  /** Name of the error for the console. */
  error: string;
  /** Sent with each command: who cannot read the page cannot send any. */
  secret: string;
  scriptUrl: string;
}

/** Options of {@link errorPage}. */
export interface ErrorPageOptions extends TracebackOptions {
  /** A line above the error, such as what was being done. */
  heading?: string;
  /** A note below it, such as what happens next. */
  note?: string;
  /** There is no application to go back to: a new error takes the place of this page. Default false. */
  notLoaded?: boolean;
  /** URL of a script that refreshes the page when there is something new. */
  scriptUrl?: string | undefined;
  /** Marks the page's own scripts and styles for its Content-Security-Policy. */
  nonce?: string | undefined;
  debugger?: PageDebugger | undefined;
  /** What can be seen of a frame; `depth` is 0 for the error itself, 1 for its cause, and so on. */
  view?: ((frame: TracebackFrame, depth: number) => FrameView | undefined) | undefined;
  /** Lists below the error, such as the headers of the request. */
  details?: readonly { title: string; values: readonly ShownValue[] }[];
  /** Takes secrets out of messages and sources. Default: nothing is taken out. */
  maskText?: ((text: string) => string) | undefined;
}

let style: string | undefined;

/** The page that shows an error to its developer. Everything in it is escaped. */
export function errorPage(traceback: Traceback, options: ErrorPageOptions = {}): string {
  style ??= readFileSync(new URL('../debug/assets/debugger.css', import.meta.url), 'utf8');
  const { heading = 'Error', note, notLoaded = false } = options;
  const text = textOf(options);
  const title = `${traceback.name}: ${firstLine(traceback.message)}`;
  const nonce = options.nonce === undefined ? '' : ` nonce="${escapeHtml(options.nonce)}"`;
  const scripts = [options.scriptUrl, options.debugger?.scriptUrl]
    .filter((url) => url !== undefined)
    .map((url) => `<script src="${escapeHtml(url)}"${nonce} defer></script>\n`);
  return `<!doctype html>
<html lang="en"${notLoaded ? ' data-flacon="not-loaded"' : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style${nonce}>${style}</style>
${scripts.join('')}</head>
<body>
<main${debuggerData(options.debugger)}>
<p class="heading">${text(heading)}</p>
${section(traceback, options, 0)}
${(options.details ?? []).map((list) => `<details><summary>${text(list.title)}</summary>${values(list.values)}</details>`).join('\n')}
<details class="plain"><summary>Traceback as text</summary><button type="button" data-copy hidden>Copy</button>
<pre tabindex="0">${text(plainTraceback(traceback, options))}</pre></details>
${note === undefined ? '' : `<p class="note">${text(note)}</p>`}
</main>
</body>
</html>
`;
}

function debuggerData(settings: PageDebugger | undefined): string {
  if (settings === undefined) return '';
  return ` data-error="${escapeHtml(settings.error)}" data-secret="${escapeHtml(settings.secret)}"`;
}

function section(traceback: Traceback, options: ErrorPageOptions, depth: number): string {
  const { name, message, fix, place, excerpt, frames, cause } = traceback;
  const text = textOf(options);
  const own = frames.filter(({ isUser }) => isUser);
  const other = frames.filter(({ isUser }) => !isUser);
  const first = own.find((frame) => frame.file === place?.file && frame.line === place.line);
  const parts = [
    `<h1>${text(name)}</h1>`,
    `<pre class="message">${text(message)}</pre>`,
    fix === undefined ? '' : `<p class="fix">${text(fix)}</p>`,
  ];
  // A place that the error names itself, such as a line of a template, is no call.
  if (place && !first) parts.push(`<p class="place">${where(place)}</p>`, lines(excerpt, place.column, text));
  for (const frame of own) parts.push(frameSection(frame, frame === first, options, depth));
  if (other.length > 0) {
    const list = other.map((frame) => `<li>${text(frame.functionName ?? '')} ${where(frame)}</li>`);
    parts.push(`<details><summary>${other.length} in packages and Node</summary><ol>${list.join('')}</ol></details>`);
  }
  if (cause) parts.push(`<h2>caused by</h2>`, section(cause, options, depth + 1));
  return parts.filter((part) => part !== '').join('\n');
}

function frameSection(frame: TracebackFrame, isOpen: boolean, options: ErrorPageOptions, depth: number): string {
  const text = textOf(options);
  const view = options.view?.(frame, depth);
  const called = frame.functionName === undefined ? '' : `<b>${text(frame.functionName)}</b> `;
  const parts = [lines(excerptOf(frame, options, 4), frame.column, text)];
  if (view && view.locals.length > 0) parts.push(values(view.locals));
  if (view && options.debugger) {
    parts.push(
      `<div class="console" data-frame="${view.id}"><button type="button" data-open hidden>Open a console here</button></div>`,
    );
  }
  return `<details class="frame"${isOpen ? ' open' : ''}><summary>${called}${where(frame)}</summary>${parts.join('')}</details>`;
}

function values(list: readonly ShownValue[]): string {
  const rows = list.map(
    ([name, printed]) => `<tr><th scope="row">${escapeHtml(name)}</th><td><pre>${spansToHtml(printed)}</pre></td></tr>`,
  );
  return `<table class="values">${rows.join('')}</table>`;
}

function where({ file, line, column }: { file: string; line: number; column: number }): string {
  return `<code title="${escapeHtml(file)}">${escapeHtml(shortPath(file))}:${line}:${column}</code>`;
}

function lines(excerpt: readonly ExcerptLine[], column: number, text: (line: string) => string): string {
  if (excerpt.length === 0) return '';
  const width = String(excerpt.at(-1)?.number ?? 0).length;
  const rows = excerpt.map(({ number, text: line, isCurrent }) => {
    const label = `<u>${String(number).padStart(width)}</u>  `;
    if (!isCurrent) return `<span>${label}${text(line)}</span>`;
    const indent = line.slice(0, column - 1).replace(/[^\t]/g, ' ');
    return `<span class="current">${label}${text(line)}</span><span class="caret">${' '.repeat(width)}  ${indent}^</span>`;
  });
  return `<pre class="code" tabindex="0">${rows.join('')}</pre>`;
}

function textOf({ maskText }: ErrorPageOptions): (text: string) => string {
  return maskText === undefined ? escapeHtml : (text) => escapeHtml(maskText(text));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
