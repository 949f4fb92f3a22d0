import type { Span } from '../shell/spans.ts';
import { escapeHtml } from '../util/markup.ts';

/** Spans of the shell's printer as HTML: the same tree that a terminal shows in colours. Everything in it is text. */
export function spansToHtml(spans: readonly Span[]): string {
  return spans
    .map(([text, style]) =>
      style === undefined ? escapeHtml(text) : `<i class="${classes(style)}">${escapeHtml(text)}</i>`,
    )
    .join('');
}

function classes(style: string): string {
  return style.replaceAll(/[^a-z ]/g, '').replaceAll(/\b(?=[a-z])/g, 's-');
}
