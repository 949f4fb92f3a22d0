import { escapeHtml } from '../util/markup.ts';
import { excerptOf, shortPath } from './traceback.ts';
import type { ExcerptLine, Traceback, TracebackFrame, TracebackOptions } from './traceback.ts';

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
}

/** The page that shows an error to its developer. Everything in it is escaped. */
export function errorPage(traceback: Traceback, options: ErrorPageOptions = {}): string {
  const { heading = 'Error', note, scriptUrl, notLoaded = false } = options;
  const title = `${traceback.name}: ${firstLine(traceback.message)}`;
  const script = scriptUrl === undefined ? '' : `<script src="${escapeHtml(scriptUrl)}" defer></script>`;
  return `<!doctype html>
<html lang="en"${notLoaded ? ' data-flacon="not-loaded"' : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
${script}
</head>
<body>
<main>
<p class="heading">${escapeHtml(heading)}</p>
${section(traceback, options)}
${note === undefined ? '' : `<p class="note">${escapeHtml(note)}</p>`}
</main>
</body>
</html>
`;
}

function section(traceback: Traceback, options: ErrorPageOptions): string {
  const { name, message, fix, place, excerpt, frames, cause } = traceback;
  const parts = [`<h1>${escapeHtml(name)}</h1>`, `<pre class="message">${escapeHtml(message)}</pre>`];
  if (place) parts.push(`<p class="place">${where(place)}</p>`, lines(excerpt, place.column));
  if (fix !== undefined) parts.push(`<p class="fix">${escapeHtml(fix)}</p>`);
  const rest = frames.filter((frame) => !place || frame.line !== place.line || frame.file !== place.file);
  const own = rest.filter(({ isUser }) => isUser);
  const other = rest.filter(({ isUser }) => !isUser);
  for (const frame of own) parts.push(frameSection(frame, options));
  if (other.length > 0) {
    const list = other.map((frame) => `<li>${escapeHtml(frame.functionName ?? '')} ${where(frame)}</li>`);
    parts.push(`<details><summary>${other.length} in packages and Node</summary><ol>${list.join('')}</ol></details>`);
  }
  if (cause) parts.push(`<h2>caused by</h2>`, section(cause, options));
  return parts.join('\n');
}

function frameSection(frame: TracebackFrame, options: ErrorPageOptions): string {
  const called = frame.functionName === undefined ? '' : `${escapeHtml(frame.functionName)} · `;
  return `<details class="frame"><summary>${called}${where(frame)}</summary>${lines(excerptOf(frame, options), frame.column)}</details>`;
}

function where({ file, line, column }: { file: string; line: number; column: number }): string {
  return `<code title="${escapeHtml(file)}">${escapeHtml(shortPath(file))}:${line}:${column}</code>`;
}

function lines(excerpt: readonly ExcerptLine[], column: number): string {
  if (excerpt.length === 0) return '';
  const width = String(excerpt.at(-1)?.number ?? 0).length;
  const rows = excerpt.map(({ number, text, isCurrent }) => {
    const label = String(number).padStart(width);
    if (!isCurrent) return `<span>${label}  ${escapeHtml(text)}</span>`;
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
    return `<span class="current">${label}  ${escapeHtml(text)}</span><span class="caret">${' '.repeat(width)}  ${indent}^</span>`;
  });
  return `<pre class="code">${rows.join('')}</pre>`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

const STYLE = `
:root{color-scheme:light dark;--line:#d8d8d8;--soft:#f5f5f3;--red:#b00020;--mark:#fde8e8;--dim:#666}
@media(prefers-color-scheme:dark){:root{--line:#3a3a3a;--soft:#1c1c1c;--red:#ff8a80;--mark:#3d1f1f;--dim:#a0a0a0}}
body{margin:0;font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem}
.heading,.note,.place,summary{color:var(--dim)}
h1{color:var(--red);font-size:1.4rem;margin:.25rem 0 0}
h2{font-size:1rem;color:var(--dim);margin:2rem 0 0}
pre{margin:.5rem 0;overflow-x:auto;font:13px/1.5 ui-monospace,monospace}
.message{font-size:15px;white-space:pre-wrap;overflow-wrap:anywhere}
.code{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.5rem 0}
.code span{display:block;padding:0 .75rem}
.current{background:var(--mark)}
.caret{color:var(--red)}
.fix{border-left:3px solid var(--line);padding-left:.75rem}
details{margin:.5rem 0}summary{cursor:pointer}
`.trim();
