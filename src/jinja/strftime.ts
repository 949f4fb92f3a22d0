import { type DateFields, dayNumber, pad, weekday } from './dates.ts';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Flags of glibc: no padding, padding with spaces, with zeros, upper case, swapped case. */
type Flag = '' | '-' | '_' | '0' | '^' | '#';

/**
 * Formats a date by the directives of C's strftime, as Python does with its default locale: English names, whatever
 * the locale of the server is. Unknown directives stay as they are.
 */
export function strftime(fields: DateFields, format: string): string {
  return format.replace(/%([-_0^#]?)(:?[A-Za-z%])/gs, (whole, flag: Flag, directive: string) => {
    return directiveText(fields, directive, flag) ?? whole;
  });
}

function directiveText(fields: DateFields, directive: string, flag: Flag): string | undefined {
  const { year, month, day, hour, minute, second } = fields;
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const number = (value: number, width = 2, fill = '0'): string => padded(value, width, fill, flag);
  switch (directive) {
    case 'a':
      return cased(DAYS[weekday(fields)]!.slice(0, 3), flag);
    case 'A':
      return cased(DAYS[weekday(fields)]!, flag);
    case 'b':
    case 'h':
      return cased(MONTHS[month - 1]!.slice(0, 3), flag);
    case 'B':
      return cased(MONTHS[month - 1]!, flag);
    case 'c':
      return strftime(fields, '%a %b %e %H:%M:%S %Y');
    case 'C':
      return number(Math.floor(year / 100));
    case 'd':
      return number(day);
    case 'D':
    case 'x':
      return strftime(fields, '%m/%d/%y');
    case 'e':
      return number(day, 2, ' ');
    case 'f':
      return pad(fields.microsecond, 6);
    case 'F':
      return strftime(fields, '%Y-%m-%d');
    case 'g':
      return number(isoCalendar(fields).year % 100);
    case 'G':
      return String(isoCalendar(fields).year);
    case 'H':
      return number(hour);
    case 'I':
      return number(hour12);
    case 'j':
      return number(dayOfYear(fields), 3);
    case 'k':
      return number(hour, 2, ' ');
    case 'l':
      return number(hour12, 2, ' ');
    case 'm':
      return number(month);
    case 'M':
      return number(minute);
    case 'n':
      return '\n';
    case 'p':
      return flag === '#' ? amPm(hour).toLowerCase() : amPm(hour);
    case 'P':
      return amPm(hour).toLowerCase();
    case 'r':
      return strftime(fields, '%I:%M:%S %p');
    case 'R':
      return strftime(fields, '%H:%M');
    case 's':
      return String(Math.floor(new Date(year, month - 1, day, hour, minute, second).getTime() / 1000));
    case 'S':
      return number(second);
    case 't':
      return '\t';
    case 'T':
    case 'X':
      return strftime(fields, '%H:%M:%S');
    case 'u':
      return String(weekday(fields) + 1);
    case 'U':
      return number(weekOfYear(fields, 6));
    case 'V':
      return number(isoCalendar(fields).week);
    case 'w':
      return String((weekday(fields) + 1) % 7);
    case 'W':
      return number(weekOfYear(fields, 0));
    case 'y':
      return number(year % 100);
    case 'Y':
      return flag === '-' || flag === '' ? String(year) : number(year, 4);
    case 'z':
    case ':z':
    case 'Z':
      // Dates have no time zone of their own.
      return '';
    case '%':
      return '%';
    default:
      return undefined;
  }
}

function padded(value: number, width: number, fill: string, flag: Flag): string {
  if (flag === '-') return String(value);
  return String(value).padStart(width, flag === '_' ? ' ' : flag === '0' ? '0' : fill);
}

function cased(text: string, flag: Flag): string {
  return flag === '^' || flag === '#' ? text.toUpperCase() : text;
}

function amPm(hour: number): string {
  return hour < 12 ? 'AM' : 'PM';
}

function dayOfYear(fields: DateFields): number {
  return dayNumber(fields) - dayNumber({ year: fields.year, month: 1, day: 1 }) + 1;
}

// Week 1 begins on the first `firstDay` (0 Monday, 6 Sunday) of the year.
function weekOfYear(fields: DateFields, firstDay: number): number {
  const sinceWeekStart = (weekday(fields) - firstDay + 7) % 7;
  return Math.floor((dayOfYear(fields) + 6 - sinceWeekStart) / 7);
}

/** Year and week by ISO 8601: a week belongs to the year that has its Thursday. */
export function isoCalendar(fields: { year: number; month: number; day: number }): {
  year: number;
  week: number;
  weekday: number;
} {
  const thursday = dayNumber(fields) - weekday(fields) + 3;
  const year = new Date(thursday * 86_400_000).getUTCFullYear();
  const week = Math.floor((thursday - dayNumber({ year, month: 1, day: 1 })) / 7) + 1;
  return { year, week, weekday: weekday(fields) + 1 };
}
