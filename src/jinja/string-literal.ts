const SIMPLE: Record<string, string> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(N\{[^}]*\})|([\s\S]))/g;

/** The text that a string literal stands for, by Python's rules: unknown escapes stay as they are. */
export function unescapeString(body: string): string | { error: string } {
  if (!body.includes('\\')) return body;
  let error: string | undefined;
  const text = body.replace(ESCAPE, (whole, octal, x, u, U, name, simple: string | undefined) => {
    const digits = (x ?? u ?? U) as string | undefined;
    if (octal !== undefined) return String.fromCodePoint(parseInt(octal as string, 8));
    if (digits !== undefined) {
      const code = parseInt(digits, 16);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
      error ??= 'illegal Unicode character';
    } else if (name !== undefined) error ??= 'unknown Unicode character name';
    else if (simple !== undefined && Object.hasOwn(SIMPLE, simple)) return SIMPLE[simple]!;
    else if (simple !== undefined && 'xuUN'.includes(simple)) error ??= truncated(simple);
    return whole;
  });
  return error === undefined ? text : { error };
}

function truncated(kind: string): string {
  if (kind === 'N') return 'malformed \\N character escape';
  return `truncated \\${kind}${'X'.repeat({ x: 2, u: 4, U: 8 }[kind] ?? 0)} escape`;
}
