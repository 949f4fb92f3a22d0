/** Converts text to an integer as Python's `int` does: `' +7 '` and `'1_000'`, but not `'1.5'`. Throws a RangeError. */
export function int(text: string): number {
  if (!/^\s*[-+]?\d+(?:_\d+)*\s*$/.test(text)) throw new RangeError(`not an integer: '${text}'`);
  return Number(text.replaceAll('_', ''));
}

/** Converts text to a number as Python's `float` does: `'1e3'`, `'.5'`, `'inf'`, `'nan'`. Throws a RangeError. */
export function float(text: string): number {
  const match =
    /^\s*([-+]?)(?:(inf|infinity)|(nan)|(\d[\d_]*\.?|\d[\d_]*\.\d[\d_]*|\.\d[\d_]*)(e[-+]?\d[\d_]*)?)\s*$/i.exec(text);
  if (match === null || /_(?!\d)/.test(text)) throw new RangeError(`not a number: '${text}'`);
  const [, sign, infinite, nan] = match;
  if (nan !== undefined) return Number.NaN;
  if (infinite !== undefined) return sign === '-' ? -Infinity : Infinity;
  return Number(text.replaceAll('_', ''));
}

/** An integer of ASCII digits with at most a minus sign, as HTTP writes them; `undefined` for anything else. */
export function plainInt(text: string): number | undefined {
  return /^\s*-?\d+\s*$/.test(text) ? Number(text) : undefined;
}
