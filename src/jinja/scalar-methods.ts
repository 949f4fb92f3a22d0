import {
  DateTime,
  dayNumber,
  type DateFields,
  fieldsOf,
  isoText,
  PlainDate,
  PlainTime,
  type Temporal,
  TimeDelta,
  weekday,
} from './dates.ts';
import { TemplateValueError } from './errors.ts';
import { type MethodTable, methodTable } from './methods.ts';
import { asNumber, exactRatio, index, type Numeric, toFloat } from './py-numbers.ts';
import { isoCalendar, strftime } from './strftime.ts';
import { str } from './text.ts';
import { Tuple } from './values.ts';

type Scalar = number | bigint | boolean;

const numeric = (value: Scalar): Numeric => asNumber(value) ?? 0;

function floatHex(value: number): string {
  if (!Number.isFinite(value)) return str(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, '0');
  if (exponent === 0) return fraction === '0000000000000' ? `${sign}0x0.0p+0` : `${sign}0x0.${fraction}p-1022`;
  const power = exponent - 1023;
  return `${sign}0x1.${fraction}p${power < 0 ? '-' : '+'}${Math.abs(power)}`;
}

/** Methods of int, float and bool. */
export const numberMethods: MethodTable = methodTable<Scalar>({
  as_integer_ratio: [
    '',
    (value) => {
      const number = numeric(value);
      if (typeof number === 'bigint') return new Tuple([number, 1]);
      const [numerator, power] = exactRatio(Math.abs(number));
      return new Tuple([Number(numerator) * Math.sign(number), 2 ** power]);
    },
  ],
  bit_count: ['', (value) => BigInt(numeric(value)).toString(2).replace(/[^1]/g, '').length],
  bit_length: [
    '',
    (value) => {
      const number = BigInt(numeric(value));
      return number === 0n ? 0 : (number < 0n ? -number : number).toString(2).length;
    },
  ],
  conjugate: ['', numeric],
  hex: ['', (value) => floatHex(toFloat(value))],
  is_integer: ['', (value) => typeof value !== 'number' || Number.isInteger(value)],
});

/** Attributes of numbers that are no methods. */
export function numberAttribute(value: Scalar, name: string): unknown {
  const number = numeric(value);
  if (name === 'real' || (name === 'numerator' && Number.isInteger(Number(number)))) return number;
  if (name === 'imag') return 0;
  return name === 'denominator' && Number.isInteger(Number(number)) ? 1 : undefined;
}

function replaceFields(value: Temporal, changes: Record<string, unknown>): Temporal {
  const fields = { ...fieldsOf(value) };
  for (const [name, change] of Object.entries(changes)) {
    if (change === undefined || change === null) continue;
    fields[name as keyof DateFields] = index(change);
  }
  checkFields(fields);
  if (value instanceof PlainDate) return new PlainDate(fields.year, fields.month, fields.day);
  if (value instanceof PlainTime) return new PlainTime(fields.hour, fields.minute, fields.second, fields.microsecond);
  return DateTime.fromFields(fields);
}

function checkFields({ year, month, day, hour, minute, second, microsecond }: DateFields): void {
  const within = (value: number, low: number, high: number, message: string): void => {
    if (value < low || value > high) throw new TemplateValueError(message);
  };
  within(year, 1, 9999, `year ${year} is out of range`);
  within(month, 1, 12, 'month must be in 1..12');
  within(day, 1, new Date(Date.UTC(year, month, 0)).getUTCDate(), 'day is out of range for month');
  within(hour, 0, 23, 'hour must be in 0..23');
  within(minute, 0, 59, 'minute must be in 0..59');
  within(second, 0, 59, 'second must be in 0..59');
  within(microsecond, 0, 999_999, 'microsecond must be in 0..999999');
}

/** Methods of date, and of datetime as far as they are about the day. */
const dayMethods = {
  ctime: ['', (value: Temporal) => strftime(fieldsOf(value), '%a %b %e %H:%M:%S %Y')],
  isocalendar: [
    '',
    (value: Temporal) => {
      const { year, week, weekday } = isoCalendar(fieldsOf(value));
      return Object.defineProperties(new Tuple([year, week, weekday]), {
        year: { value: year },
        week: { value: week },
        weekday: { value: weekday },
      });
    },
  ],
  isoweekday: ['', (value: Temporal) => weekday(fieldsOf(value)) + 1],
  toordinal: ['', (value: Temporal) => dayNumber(fieldsOf(value)) + 719_163],
  weekday: ['', (value: Temporal) => weekday(fieldsOf(value))],
} satisfies Record<string, [string, (value: Temporal) => unknown]>;

const commonDateMethods = {
  __format__: ['format_spec', (value: Temporal, format: unknown) => strftime(fieldsOf(value), str(format))],
  strftime: ['format', (value: Temporal, format: unknown) => strftime(fieldsOf(value), str(format))],
} satisfies Record<string, [string, (value: Temporal, format: unknown) => unknown]>;

/** Methods of datetime, for Dates. */
export const dateTimeMethods: MethodTable = methodTable<Date>({
  ...dayMethods,
  ...commonDateMethods,
  date: [
    '',
    (date) => {
      const { year, month, day } = fieldsOf(date);
      return new PlainDate(year, month, day);
    },
  ],
  isoformat: ['sep? timespec?', (date, separator) => isoText(date, separator === undefined ? 'T' : str(separator))],
  replace: [
    'year? month? day? hour? minute? second? microsecond?',
    (date, year, month, day, hour, minute, second, microsecond) =>
      replaceFields(date, { year, month, day, hour, minute, second, microsecond }),
  ],
  time: [
    '',
    (date) => {
      const { hour, minute, second, microsecond } = fieldsOf(date);
      return new PlainTime(hour, minute, second, microsecond);
    },
  ],
  dst: ['', () => null],
  utcoffset: ['', () => null],
  timestamp: ['', (date) => date.getTime() / 1000 + (date instanceof DateTime ? date.microsecondRest / 1e6 : 0)],
});

/** Methods of date. */
export const dateMethods: MethodTable = methodTable<PlainDate>({
  ...dayMethods,
  ...commonDateMethods,
  isoformat: ['', (date) => date.toString()],
  replace: ['year? month? day?', (date, year, month, day) => replaceFields(date, { year, month, day })],
});

/** Methods of time. */
export const timeMethods: MethodTable = methodTable<PlainTime>({
  ...commonDateMethods,
  isoformat: ['timespec?', (time) => time.toString()],
  replace: [
    'hour? minute? second? microsecond?',
    (time, hour, minute, second, microsecond) => replaceFields(time, { hour, minute, second, microsecond }),
  ],
});

/** Methods of timedelta. */
export const timeDeltaMethods: MethodTable = methodTable<TimeDelta>({
  total_seconds: ['', (delta) => delta.totalSeconds()],
});

/** Attributes of dates and times that are no methods. */
export function dateAttribute(value: Temporal, name: string): unknown {
  const isDay = name === 'year' || name === 'month' || name === 'day';
  const isTime = name === 'hour' || name === 'minute' || name === 'second' || name === 'microsecond';
  if ((isDay && !(value instanceof PlainTime)) || (isTime && !(value instanceof PlainDate)))
    return fieldsOf(value)[name];
  return name === 'tzinfo' && !(value instanceof PlainDate) ? null : undefined;
}
