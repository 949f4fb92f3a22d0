import { TemplateValueError } from './errors.ts';

/** More of anything (characters, items, paragraphs) is not made: it would only fill the memory. */
const MAX_COUNT = 50_000_000;

/** A count that something is repeated by. Throws {@link TemplateValueError} for one that is too large. */
export function bounded(count: number): number {
  if (count > MAX_COUNT) throw new TemplateValueError(`${count} is too large`);
  return count;
}
