import { int } from './numbers.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

/**
 * Formats a date as an HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`, RFC 9110 section 5.6.7).
 * A number is a Unix time in seconds; without an argument it is now. Fractions of a second are dropped.
 */
export function httpDate(value: Date | number = Date.now() / 1000): string {
  const date = typeof value === 'number' ? new Date(Math.floor(value) * 1000) : value;
  if (Number.isNaN(date.getTime())) throw new RangeError('not a date that can be written into a header');
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]}`;
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return `${day} ${year} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`;
}

const DAY_NAMES = new Set(DAYS.map((name) => name.toLowerCase()));
const MONTH_NAMES = new Map(
  [
    ...MONTHS,
    ...'January February March April May June July August September October November December'.split(' '),
  ].map((name, i) => [name.toLowerCase(), i % 12]),
);
// RFC 2822 section 4.3, as hours and minutes.
const ZONES = new Map([
  ['UT', 0],
  ['UTC', 0],
  ['GMT', 0],
  ['Z', 0],
  ['AST', -400],
  ['ADT', -300],
  ['EST', -500],
  ['EDT', -400],
  ['CST', -600],
  ['CDT', -500],
  ['MST', -700],
  ['MDT', -600],
  ['PST', -800],
  ['PDT', -700],
]);

function integer(text: string): number | undefined {
  try {
    return int(text);
  } catch {
    // Not a number: the caller has another reading of the field.
    return undefined;
  }
}

/** Seconds east of Greenwich. A zone that is not known counts as UTC. */
function zoneOffset(zone: string): number {
  const hoursMinutes = ZONES.get(zone.toUpperCase()) ?? integer(zone) ?? 0;
  const size = Math.abs(hoursMinutes);
  return Math.sign(hoursMinutes) * (Math.floor(size / 100) * 3600 + (size % 100) * 60);
}

/** The five fields day, month, year, time and zone, from any of the forms that mail programs and browsers write. */
function splitFields(value: string): [string, string, string, string, string] | undefined {
  let fields = value.trim().split(/\s+/);
  const first = fields[0] as string;
  if (first.endsWith(',') || DAY_NAMES.has(first.toLowerCase())) fields.shift();
  else fields[0] = first.slice(first.lastIndexOf(',') + 1);
  const [date = '', ...rest] = fields;
  if (fields.length === 3 && date.split('-').length === 3) fields = [...date.split('-'), ...rest];
  if (fields.length === 4) {
    const time = fields[3] as string;
    const sign = time.includes('+') ? time.indexOf('+') : time.indexOf('-');
    if (sign > 0) fields.splice(3, 1, time.slice(0, sign), time.slice(sign));
    else fields.push('');
  }
  return fields.length < 5 ? undefined : (fields.slice(0, 5) as [string, string, string, string, string]);
}

function withoutComma(field: string): string {
  return field.endsWith(',') ? field.slice(0, -1) : field;
}

function parseTime(field: string): [string, string, string] | undefined {
  let parts = withoutComma(field).split(':');
  if (parts.length === 1) parts = field.split('.');
  const [hour, minute, second = '0'] = parts;
  return hour === undefined || minute === undefined || parts.length > 3 ? undefined : [hour, minute, second];
}

/**
 * Parses a date of a header (RFC 9110 section 5.6.7, and what mail allows). A date without a zone is UTC.
 * `undefined` if there is none, or no such day.
 */
export function parseDate(value: string | null | undefined): Date | undefined {
  const fields = value?.trim() ? splitFields(value) : undefined;
  if (fields === undefined) return undefined;
  let [day, month, year, time, zone] = fields;
  if (day === '' || month === '' || year === '') return undefined;
  if (!MONTH_NAMES.has(month.toLowerCase())) [day, month] = [month, day];
  const monthIndex = MONTH_NAMES.get(month.toLowerCase());
  if (monthIndex === undefined) return undefined;
  if (year.indexOf(':') > 0) [year, time] = [time, year];
  year = withoutComma(year);
  if (year === '') return undefined;
  if (!/^\d/.test(year)) [year, zone] = [zone, year];
  const clock = parseTime(time);
  if (clock === undefined) return undefined;
  const numbers = [year, withoutComma(day), ...clock].map(integer);
  if (numbers.includes(undefined)) return undefined;
  const [shortYear, dayNumber, hour, minute, second] = numbers as [number, number, number, number, number];
  // RFC 6265 and POSIX agree on the century of two digits.
  const fullYear = shortYear >= 100 ? shortYear : shortYear + (shortYear > 68 ? 1900 : 2000);
  return makeDate(fullYear, monthIndex, dayNumber, hour, minute, second, zoneOffset(zone));
}

function makeDate(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  offset: number,
): Date | undefined {
  const inRange = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  if (!inRange || year < 1 || year > 9999 || Math.abs(offset) >= 86_400) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second - offset);
  return date;
}

/** Parses an Age header: seconds. `undefined` if it is missing or no duration. */
export function parseAge(value: string | null | undefined): number | undefined {
  const seconds = value ? integer(value) : undefined;
  return seconds === undefined || seconds < 0 || seconds >= 86_400 * 1_000_000_000 ? undefined : seconds;
}
