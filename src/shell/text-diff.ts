/** A line of a comparison: in both texts, only in the old or only in the new one. */
export type DiffLine = readonly [sign: ' ' | '-' | '+', text: string];

/** The lines of two texts, compared: as few of them as possible are gone or new. */
export function diffLines(old: string, next: string): DiffLine[] {
  const [a, b] = [old.split('\n'), next.split('\n')];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return [
    ...a.slice(0, head).map((line): DiffLine => [' ', line]),
    ...diffMiddle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map((line): DiffLine => [' ', line]),
  ];
}

/** Longer texts that differ everywhere are not compared line by line. */
const MAX_CELLS = 4_000_000;

/** By the longest common subsequence. */
function diffMiddle(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length * b.length > MAX_CELLS)
    return [...a.map((line): DiffLine => ['-', line]), ...b.map((line): DiffLine => ['+', line])];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [old, next] = [a[i], b[j]];
    if (old !== undefined && old === next) {
      lines.push([' ', old]);
      i += 1;
      j += 1;
    } else if (old !== undefined && (next === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(['-', old]);
      i += 1;
    } else if (next !== undefined) {
      lines.push(['+', next]);
      j += 1;
    }
  }
  return lines;
}

/** Lines that stay the same are shown around those that do not, three on each side. */
export function changesOf(lines: readonly DiffLine[], around = 3): (DiffLine | undefined)[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(([sign]) => sign !== ' '),
  );
  return lines.flatMap((line, index) => {
    if (isNear[index]) return [line];
    return index === 0 || isNear[index - 1] ? [undefined] : [];
  });
}
