/** The longest run that `a[fromA..toA]` and `b[fromB..toB]` share: the first one in `a`, then in `b`. */
function longestMatch(
  a: string,
  b: string,
  fromA: number,
  toA: number,
  fromB: number,
  toB: number,
): [number, number, number] {
  let best: [number, number, number] = [fromA, fromB, 0];
  let lengths = new Map<number, number>();
  for (let i = fromA; i < toA; i++) {
    const next = new Map<number, number>();
    for (let j = fromB; j < toB; j++) {
      if (a[i] !== b[j]) continue;
      const length = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, length);
      if (length > best[2]) best = [i - length + 1, j - length + 1, length];
    }
    lengths = next;
  }
  return best;
}

function matchingLength(a: string, b: string, fromA: number, toA: number, fromB: number, toB: number): number {
  if (fromA >= toA || fromB >= toB) return 0;
  const [i, j, length] = longestMatch(a, b, fromA, toA, fromB, toB);
  if (length === 0) return 0;
  return length + matchingLength(a, b, fromA, i, fromB, j) + matchingLength(a, b, i + length, toA, j + length, toB);
}

/** How alike two texts are, from 0 to 1: the ratio of Ratcliff and Obershelp, as Python's difflib computes it. */
export function similarity(a: string, b: string): number {
  const total = a.length + b.length;
  return total === 0 ? 1 : (2 * matchingLength(a, b, 0, a.length, 0, b.length)) / total;
}
