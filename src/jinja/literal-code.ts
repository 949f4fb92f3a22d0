/** The code of a constant. */
export function literalCode(value: string | number | bigint | boolean | null): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
    case 'bigint':
      return `${value}n`;
    case 'number':
      return Number.isFinite(value) ? String(value) : 'Infinity';
    default:
      return String(value);
  }
}
