import type { Filter } from './environment.ts';
import { htmlFilters } from './filters-html.ts';
import { numberFilters } from './filters-number.ts';
import { selectFilters } from './filters-select.ts';
import { sequenceFilters } from './filters-sequence.ts';
import { textFilters } from './filters-text.ts';

/** Jinja's 54 filters, as a new object. */
export function defaultFilters(): Record<string, Filter> {
  return { ...htmlFilters, ...numberFilters, ...selectFilters, ...sequenceFilters, ...textFilters } as Record<
    string,
    Filter
  >;
}
