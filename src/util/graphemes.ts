/**
 * Latin letters, dashes, quotes, dots and frames: each is a character by itself, one column wide. Most texts have no
 * others, and the tables for those take 10 ms to load.
 */
const SIMPLE = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2500-\u257f]*$/;

let segmenter: Intl.Segmenter | undefined;

/** Whether a text has only characters that take one column each and are one UTF-16 unit long. */
export function isSimpleText(text: string): boolean {
  return SIMPLE.test(text);
}

/** The characters of a text as a person counts them: what one key press deletes (Unicode's extended grapheme clusters). */
export function graphemesOf(text: string): Iterable<string> {
  if (isSimpleText(text)) return text;
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
