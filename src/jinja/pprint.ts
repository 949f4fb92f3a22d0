import { compare } from './compare.ts';
import { TemplateError } from './errors.ts';
import { splitLines } from './py-text.ts';
import { repr } from './text.ts';
import { entriesOf, isPlainObject, Tuple, typeName } from './values.ts';

const WIDTH = 80;

/** A value on several lines where one of 80 characters is too short (Python's `pprint.pformat`). `depth` levels are shown. */
export function pprint(value: unknown, depth = Infinity): string {
  return format(value, 0, 0, 1, depth);
}

// `allowance` is the room that closing brackets need after the value.
function format(value: unknown, indent: number, allowance: number, level: number, depth: number): string {
  const line = oneLine(value, level, depth);
  if (line.length <= WIDTH - indent - allowance || level > depth) return line;
  if (Array.isArray(value)) {
    const [open, close] = value instanceof Tuple ? ['(', value.length === 1 ? ',)' : ')'] : ['[', ']'];
    return open + formatItems(value, indent, allowance + close.length, level, depth) + close;
  }
  if (value instanceof Set && value.size > 0) {
    return `{${formatItems(sorted([...value]), indent, allowance + 1, level, depth)}}`;
  }
  if (isDict(value)) return `{${formatPairs(value, indent, allowance + 1, level, depth)}}`;
  return typeof value === 'string' && value !== '' ? formatText(value, indent, allowance, level) : line;
}

function isDict(value: unknown): value is object {
  return value instanceof Map || isPlainObject(value);
}

function formatItems(
  items: readonly unknown[],
  indent: number,
  allowance: number,
  level: number,
  depth: number,
): string {
  const inner = indent + 1;
  return items
    .map((item, index) => format(item, inner, index === items.length - 1 ? allowance : 1, level + 1, depth))
    .join(`,\n${' '.repeat(inner)}`);
}

function formatPairs(dict: object, indent: number, allowance: number, level: number, depth: number): string {
  const pairs = sortedPairs(dict);
  const inner = indent + 1;
  return pairs
    .map(([key, value], index) => {
      const name = oneLine(key, level + 1, depth);
      return `${name}: ${format(value, inner + name.length + 2, index === pairs.length - 1 ? allowance : 1, level + 1, depth)}`;
    })
    .join(`,\n${' '.repeat(inner)}`);
}

function oneLine(value: unknown, level: number, depth: number): string {
  if (isDict(value)) {
    const pairs = sortedPairs(value);
    if (level > depth && pairs.length > 0) return '{...}';
    return `{${pairs.map(([key, item]) => `${oneLine(key, level + 1, depth)}: ${oneLine(item, level + 1, depth)}`).join(', ')}}`;
  }
  if (!Array.isArray(value)) return repr(value);
  const [open, close] = value instanceof Tuple ? ['(', ')'] : ['[', ']'];
  if (level > depth && value.length > 0) return `${open}...${close}`;
  const items = value.map((item) => oneLine(item, level + 1, depth)).join(', ');
  return open + items + (value instanceof Tuple && value.length === 1 ? ',' : '') + close;
}

function sortedPairs(dict: object): [unknown, unknown][] {
  return (entriesOf(dict) ?? []).sort(([a], [b]) => order(a, b));
}

const sorted = (items: unknown[]): unknown[] => items.sort(order);

// Values without an order between them are sorted by their types.
function order(a: unknown, b: unknown): number {
  try {
    return compare(a, b, '<');
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return typeName(a) < typeName(b) ? -1 : 1;
  }
}

// Long texts are cut between words, in adjacent literals.
function formatText(text: string, outerIndent: number, outerAllowance: number, level: number): string {
  const isAlone = level === 1;
  const indent = isAlone ? outerIndent + 1 : outerIndent;
  const allowance = isAlone ? outerAllowance + 1 : outerAllowance;
  const room = WIDTH - indent;
  const lines = splitLines(text, true);
  const pieces: string[] = [];
  lines.forEach((line, index) => {
    const isLast = index === lines.length - 1;
    if (repr(line).length <= (isLast ? room - allowance : room)) return void pieces.push(repr(line));
    const words = (line.match(/\S*\s*/g) ?? []).filter(Boolean);
    let current = '';
    words.forEach((word, position) => {
      const width = isLast && position === words.length - 1 ? room - allowance : room;
      if (repr(current + word).length > width) {
        if (current !== '') pieces.push(repr(current));
        current = word;
      } else current += word;
    });
    if (current !== '') pieces.push(repr(current));
  });
  if (pieces.length === 1) return repr(text);
  const body = pieces.join(`\n${' '.repeat(indent)}`);
  return isAlone ? `(${body})` : body;
}
