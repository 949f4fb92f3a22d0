import { compare } from './compare.ts';

/** Sorted by `<`, stable, as Python sorts. Throws for values that have no order. */
export function sortValues(items: readonly unknown[], keyOf?: (item: unknown) => unknown, reverse = false): unknown[] {
  const keyed = items.map((item) => ({ item, key: keyOf ? keyOf(item) : item }));
  // Reversed, equal items keep their order too.
  keyed.sort(reverse ? (a, b) => order(b.key, a.key) : (a, b) => order(a.key, b.key));
  return keyed.map(({ item }) => item);
}

function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const difference = compare(a, b, '<');
  return Number.isNaN(difference) ? 0 : difference;
}
