import type { FlaconClient } from 'flacon/testing';
import { onQuery, visibleText, type Shell } from 'flacon/shell';
import { countOf, msText } from './query-text.ts';

type Answer = Awaited<ReturnType<FlaconClient['open']>>;

/** Sends a request and shows its answer: status, type, time, queries, then the body. The answer is `_response` afterwards. */
export async function sendAndShow(shell: Shell, send: () => Promise<Answer>): Promise<void> {
  let queries = 0;
  const stop = onQuery(() => {
    if (shell.isCurrent) queries += 1;
  });
  const begin = performance.now();
  let response: Answer;
  try {
    response = await send();
  } finally {
    stop();
  }
  const ms = performance.now() - begin;
  shell.variables['_response'] = response;
  const { status, statusText, mimetype = '', location, text } = response;
  const parts = [mimetype, msText(ms), queries === 0 ? '' : countOf(queries, 'query', 'queries')];
  shell.print([`${status} ${statusText}`, ...parts].filter((part) => part !== '').join('  '));
  if (location) shell.print(`→ ${visibleText(location)}`);
  if (text !== '') shell.print(/json/.test(mimetype) ? parsed(text) : visibleText(text.trimEnd()));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Whatever the header says: the text is what came.
    return visibleText(text);
  }
}
