/** A value as a URL shows it: dates as ISO 8601, lists as Werkzeug spells them, anything else as `String` does. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return listOf(value);
  return value instanceof Date ? value.toISOString() : String(value);
}

/** A string in quotes, as messages show it. */
export function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** `['a', 'b']`: a list as messages show it. */
export function listOf(items: readonly unknown[]): string {
  return `[${items.map((item) => (typeof item === 'string' ? quoted(item) : textOf(item))).join(', ')}]`;
}
