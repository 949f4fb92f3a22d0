import { similarity } from './routing/similarity.ts';

// Where Python's difflib, and with it Click, calls two words close.
const CLOSE = 0.6;

/** The candidates that `word` may be a misspelling of, the likeliest first, at most three. */
export function closeMatches(word: string, candidates: Iterable<string>): string[] {
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, ratio: similarity(candidate, word) }))
    .filter(({ ratio }) => ratio >= CLOSE)
    .sort((a, b) => b.ratio - a.ratio || (a.candidate < b.candidate ? 1 : -1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** The name that `word` most likely means: `init-db`, `initDb` and `INIT_DB` all mean `init_db`. */
export function closestName(word: string, names: Iterable<string>): string | undefined {
  const candidates = [...names];
  const [best] = closeMatches(plain(word), candidates.map(plain));
  return candidates.find((candidate) => plain(candidate) === best);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.\s]/g, '');
}
