type Data = Readonly<Record<string, unknown>>;

/**
 * What a session holds after two requests changed it at the same time: what this one changed, and of the rest what the
 * other one left. A key that both changed is this one's, who is later. Flashed messages of both are kept, and those
 * that one of them showed are gone.
 *
 * `dump` makes values comparable.
 */
export function mergeSessions(
  base: Data,
  mine: Data,
  theirs: Data,
  dump: (value: unknown) => string,
): Record<string, unknown> {
  const merged = Object.assign(Object.create(null) as Record<string, unknown>, theirs);
  const isSame = (a: unknown, b: unknown): boolean =>
    a === undefined || b === undefined ? a === b : dump(a) === dump(b);
  for (const key of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (isSame(base[key], mine[key])) continue;
    const value = key === '_flashes' ? mergeFlashes(base[key], mine[key], theirs[key], isSame) : mine[key];
    if (value === undefined) delete merged[key];
    else merged[key] = value;
  }
  return merged;
}

function mergeFlashes(
  base: unknown,
  mine: unknown,
  theirs: unknown,
  isSame: (a: unknown, b: unknown) => boolean,
): unknown[] | undefined {
  const [before, here, there] = [asList(base), asList(mine), asList(theirs)];
  const beginsAsBefore = (list: unknown[]): boolean => before.every((message, index) => isSame(message, list[index]));
  const showedThem = !beginsAsBefore(here);
  const added = showedThem ? here : here.slice(before.length);
  const kept = showedThem && beginsAsBefore(there) ? there.slice(before.length) : there;
  return kept.length + added.length === 0 ? undefined : [...kept, ...added];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? [...(value as unknown[])] : [];
}
