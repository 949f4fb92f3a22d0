import { escapeHtml, Markup, striptags } from '../util/markup.ts';
import { passEnvironment, passEvalContext, withSignature } from './calls.ts';
import type { EvalContext } from './context.ts';
import type { Environment } from './environment.ts';
import { FilterArgumentError } from './errors.ts';
import { requireText } from './filter-helpers.ts';
import { callMethod, type MethodTable } from './methods.ts';
import { add } from './operators.ts';
import { percentFormat } from './printf.ts';
import { bounded } from './limits.ts';
import { index } from './py-numbers.ts';
import { part, replace, rsplit, splitLines, strip } from './py-text.ts';
import { markupMethods, strMethods } from './str-methods.ts';
import { hasHtmlMethod, htmlText, softText, str } from './text.ts';
import { isText, length, textLength, truth, Tuple } from './values.ts';
import { wrapText } from './wordwrap.ts';

/** A method of str applied to anything, Markup staying Markup. */
function textMethod(name: string): (value: unknown, ...args: unknown[]) => unknown {
  return (value, ...args) => {
    const text = softText(value);
    const table: MethodTable = text instanceof Markup ? markupMethods : strMethods;
    const given = args.filter((arg) => arg !== undefined);
    return callMethod(table[name]!, text, given, undefined);
  };
}

function title(value: unknown): string {
  return softText(value)
    .toString()
    .split(/([-\s({[<]+)/)
    .map((piece) => {
      const [first = ''] = piece;
      return first.toUpperCase() + piece.slice(first.length).toLowerCase();
    })
    .join('');
}

function escapedReplace(
  { autoescape }: EvalContext,
  value: unknown,
  old: unknown,
  replacement: unknown,
  count: unknown,
): unknown {
  const limit = count === undefined || count === null ? -1 : index(count);
  if (!autoescape) return replace(str(value), str(old), str(replacement), limit);
  const escapes = hasHtmlMethod(old) || (hasHtmlMethod(replacement) && !hasHtmlMethod(value));
  const text = escapes ? new Markup(htmlText(value)) : softText(value);
  const plainOld = softText(old).toString();
  if (!(text instanceof Markup)) return replace(text, plainOld, softText(replacement).toString(), limit);
  return new Markup(replace(text.toString(), plainOld, htmlText(softText(replacement)), limit));
}

function indent(value: unknown, width: unknown = 4, first: unknown = false, blank: unknown = false): unknown {
  const text = add(value, '\n');
  const isMarkup = value instanceof Markup;
  const indentation = isText(width) ? width.toString() : ' '.repeat(bounded(Math.max(index(width), 0)));
  const lines = splitLines(String(text));
  bounded(lines.length * indentation.length);
  const indented = lines.map((line, position) =>
    position === 0 || (line === '' && !truth(blank)) ? line : indentation + line,
  );
  const result = (truth(first) ? indentation : '') + indented.join('\n');
  return isMarkup ? new Markup(result) : result;
}

function truncate(
  { policies }: Environment,
  value: unknown,
  size: unknown = 255,
  killWords: unknown = false,
  end: unknown = '...',
  leeway?: unknown,
): unknown {
  const limit = index(size);
  const slack = leeway === undefined || leeway === null ? policies['truncate.leeway'] : index(leeway);
  const ending = requireText(end, '__len__');
  const endLength = textLength(ending.toString());
  if (limit < endLength) throw new FilterArgumentError(`expected length >= ${endLength}, got ${limit}`);
  if (slack < 0) throw new FilterArgumentError(`expected leeway >= 0, got ${slack}`);
  if (length(value) <= limit + slack) return value;
  const cut = part(requireText(value, 'rsplit').toString(), 0, limit - endLength);
  const kept = truth(killWords) ? cut : (rsplit(cut, ' ', 1)[0] ?? '');
  return add(value instanceof Markup ? new Markup(kept) : kept, end);
}

function wordwrap(
  environment: Environment,
  value: unknown,
  width: unknown = 79,
  breakLongWords: unknown = true,
  wrapString?: unknown,
  breakOnHyphens: unknown = true,
): string {
  const separator =
    wrapString === undefined || wrapString === null ? environment.lexerOptions.newlineSequence : str(wrapString);
  const options = { width: index(width), breakLongWords: truth(breakLongWords), breakOnHyphens: truth(breakOnHyphens) };
  const lines = splitLines(requireText(value, 'splitlines').toString());
  return lines.map((line) => wrapText(line, options).join(separator)).join(separator);
}

function format(value: unknown, args: unknown[], kwargs: Record<string, unknown>): unknown {
  const hasKeywords = Object.keys(kwargs).length > 0;
  if (hasKeywords && args.length > 0) {
    throw new FilterArgumentError("can't handle positional and keyword arguments at the same time");
  }
  return percentFormat(softText(value), hasKeywords ? kwargs : new Tuple(args));
}

function forceEscape(value: unknown): Markup {
  return new Markup(escapeHtml(hasHtmlMethod(value) ? htmlText(value) : str(value)));
}

function escapeValue(value: unknown): Markup {
  return value instanceof Markup ? value : new Markup(htmlText(value));
}

function trim(value: unknown, chars?: unknown): unknown {
  const text = softText(value);
  const drop = chars === undefined || chars === null ? null : requireText(chars, 'strip').toString();
  const stripped = strip(text.toString(), drop);
  return text instanceof Markup ? new Markup(stripped) : stripped;
}

function wordcount(value: unknown): number {
  return (
    softText(value)
      .toString()
      .match(/[\p{L}\p{M}\p{N}\p{Pc}]+/gu)?.length ?? 0
  );
}

/** Filters for texts. */
export const textFilters = {
  capitalize: withSignature(textMethod('capitalize'), ['s']),
  center: withSignature(
    (value: unknown, width: unknown = 80) => textMethod('center')(value, width),
    ['value', 'width?'],
  ),
  e: withSignature(escapeValue, ['s']),
  escape: withSignature(escapeValue, ['s']),
  forceescape: withSignature(forceEscape, ['value']),
  format: withSignature(format, ['value', '*', '**']),
  indent: withSignature(indent, ['s', 'width?', 'first?', 'blank?']),
  lower: withSignature(textMethod('lower'), ['s']),
  replace: passEvalContext(withSignature(escapedReplace, ['s', 'old', 'new', 'count?'])),
  safe: withSignature((value: unknown) => new Markup(hasHtmlMethod(value) ? htmlText(value) : str(value)), ['value']),
  string: withSignature((value: unknown) => softText(value), ['object']),
  striptags: withSignature(
    (value: unknown) => striptags(hasHtmlMethod(value) ? htmlText(value) : str(value)),
    ['value'],
  ),
  title: withSignature(title, ['s']),
  trim: withSignature(trim, ['value', 'chars?']),
  truncate: passEnvironment(withSignature(truncate, ['s', 'length?', 'killwords?', 'end?', 'leeway?'])),
  upper: withSignature(textMethod('upper'), ['s']),
  wordcount: withSignature(wordcount, ['s']),
  wordwrap: passEnvironment(
    withSignature(wordwrap, ['s', 'width?', 'break_long_words?', 'wrapstring?', 'break_on_hyphens?']),
  ),
};
