import { inspect } from 'node:util';
import { isSecretName, MASK, redact, type QueryEvent, type QueryParams } from 'flacon/shell';

/** The longest statement and the longest value that are shown whole. */
const MAX_SQL = 600;
const MAX_VALUE = 80;

// Strings, quoted names, comments, placeholders, words and single characters.
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?\*\/|\?\d*|[:@$]\w+|[A-Za-z_][\w$]*|\s+|[^]/g;
const PLACEHOLDER = /^(?:\?\d*|[:@$]\w+)$/;
const NAME = /^(?:[A-Za-z_]|"|`|\[)/;
const OPERATOR = /^(?:[=<>!|]|like|ilike|glob|is|not|in|\()$/i;

/** A statement with its values, as they may be shown. */
export interface QueryText {
  sql: string;
  params: string;
}

/**
 * A statement on one line and its values. What belongs to a column, or a parameter, with a name such as `password` or
 * `token` is masked, and so is what looks like a key or a token.
 */
export function describeQuery({ sql, params }: Pick<QueryEvent, 'sql' | 'params'>): QueryText {
  const { text, names } = readStatement(sql);
  return {
    sql: text.length > MAX_SQL ? `${text.slice(0, MAX_SQL - 1)}…` : text,
    params: describeParams(params, names),
  };
}

function describeParams(params: QueryParams, names: readonly string[]): string {
  if (!Array.isArray(params)) {
    const entries = Object.entries(params).map(([name, value]) => `${name}: ${showValue(value, name)}`);
    return entries.length === 0 ? '' : `{ ${entries.join(', ')} }`;
  }
  const values = params.map((value: unknown, index) => showValue(value, names[index] ?? ''));
  return values.length === 0 ? '' : `[${values.join(', ')}]`;
}

function showValue(value: unknown, name: string): string {
  const isNothing = value === null || value === undefined;
  if (!isNothing && typeof value !== 'boolean' && isSecretName(name)) return MASK;
  if (typeof value === 'string' && redact(value) !== value) return MASK;
  return inspect(value, { breakLength: Infinity, maxStringLength: MAX_VALUE, maxArrayLength: 10, depth: 1 });
}

/** The text of a statement, its secret strings masked, and for each placeholder the name of what gets its value. */
function readStatement(sql: string): { text: string; names: string[] } {
  const columns = insertColumns(sql);
  const names: string[] = [];
  const parts: string[] = [];
  const before: string[] = [];
  let values: { depth: number; column: number } | undefined;
  for (const token of sql.match(TOKEN) ?? []) {
    if (/^(?:--|\/\*)/.test(token)) continue;
    if (/^\s/.test(token)) {
      if (parts.at(-1) !== ' ') parts.push(' ');
      continue;
    }
    if (/^values$/i.test(token)) values = { depth: 0, column: 0 };
    else if (values) advance(values, token);
    const name = (values?.depth ?? 0) > 0 ? (columns[values?.column ?? 0] ?? '') : nameBefore(before);
    if (PLACEHOLDER.test(token)) names[placeOf(token, names.length)] = /^[:@$]\D/.test(token) ? token.slice(1) : name;
    parts.push(token.startsWith("'") && (isSecretName(name) || redact(token) !== token) ? `'${MASK}'` : token);
    before.push(token);
  }
  // Where a value goes that has no name to go by: to a secret, if there is one.
  const secret = before.find((token) => NAME.test(token) && isSecretName(token)) ?? '';
  return { text: parts.join('').trim(), names: names.map((name) => (name === '' ? secret : name)) };
}

/** Which value a placeholder gets: `?2` and `$2` the second one. */
function placeOf(placeholder: string, next: number): number {
  const number = Number(placeholder.slice(1));
  return Number.isInteger(number) && number > 0 ? number - 1 : next;
}

/** The columns of `INSERT INTO t (a, b) VALUES (…)`. */
function insertColumns(sql: string): string[] {
  const [, list = ''] = /\b(?:insert|replace)\b[^(]*?\binto\s+[^\s(]+\s*\(([^)]*)\)/i.exec(sql) ?? [];
  return list.split(',').map((name) => name.trim().replace(/^["`[]|["`\]]$/g, ''));
}

function advance(values: { depth: number; column: number }, token: string): void {
  if (token === '(') {
    values.depth += 1;
    if (values.depth === 1) values.column = 0;
  } else if (token === ')') values.depth -= 1;
  else if (token === ',' && values.depth === 1) values.column += 1;
}

/** The name that an operator, or a list after `in`, compares with: `password = ?`, `lower(token) IN (?, ?)`. */
function nameBefore(tokens: readonly string[]): string {
  let operator = '';
  let isInList = false;
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    const token = tokens[index] ?? '';
    if (OPERATOR.test(token)) operator = token.toLowerCase();
    else if (token === ',' || PLACEHOLDER.test(token)) isInList = true;
    else if (token !== ')') {
      const isCompared = operator !== '' && (!isInList || operator === 'in') && NAME.test(token);
      return isCompared ? token.replace(/^["`[]|["`\]]$/g, '') : '';
    }
  }
  return '';
}

/** Milliseconds as they are shown. */
export function msText(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

/** A number with what is counted. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
