const MS_PER_DAY = 86_400_000;

/** The parts of a date or time as Python names them. Absent parts do not exist for that kind of value. */
export interface DateFields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  microsecond: number;
}

/** A Date that has microseconds. Templates see a Date's fields in the server's time zone. */
export class DateTime extends Date {
  /** Microseconds beyond the milliseconds, 0 to 999. */
  readonly microsecondRest: number;

  constructor(value: number | Date, microsecondRest = 0) {
    super(value);
    this.microsecondRest = microsecondRest;
  }

  static fromFields(fields: DateFields): DateTime {
    const { year, month, day, hour, minute, second, microsecond } = fields;
    const date = new Date(year, month - 1, day, hour, minute, second, Math.floor(microsecond / 1000));
    if (year < 100) date.setFullYear(year);
    return new DateTime(date, microsecond % 1000);
  }

  /** Reads `2024-02-29T13:05:09.123456` as local time. */
  static parse8601(text: string): DateTime {
    const [date = '', time = '00:00'] = text.split(/[T ]/);
    const { year, month, day } = PlainDate.parse(date);
    const { hour, minute, second, microsecond } = PlainTime.parse(time);
    return DateTime.fromFields({ year, month, day, hour, minute, second, microsecond });
  }
}

/** A day without a time (Python's `date`). */
export class PlainDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;

  constructor(year: number, month: number, day: number) {
    this.year = year;
    this.month = month;
    this.day = day;
  }

  /** Reads `2023-12-01`. */
  static parse(text: string): PlainDate {
    const [year = NaN, month = NaN, day = NaN] = text.split('-').map(Number);
    return new PlainDate(year, month, day);
  }

  toString(): string {
    return `${pad(this.year, 4)}-${pad(this.month)}-${pad(this.day)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A time of day (Python's `time`). */
export class PlainTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;

  constructor(hour: number, minute = 0, second = 0, microsecond = 0) {
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.microsecond = microsecond;
  }

  /** Reads `13:05:09.123456`, seconds and their fraction optional. */
  static parse(text: string): PlainTime {
    const [hour = '0', minute = '0', second = '0'] = text.split(':');
    const [whole = '0', fraction = ''] = second.split('.');
    return new PlainTime(Number(hour), Number(minute), Number(whole), Number(fraction.padEnd(6, '0').slice(0, 6)));
  }

  toString(): string {
    return `${pad(this.hour)}:${pad(this.minute)}:${pad(this.second)}${fractionText(this.microsecond)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A length of time (Python's `timedelta`). */
export class TimeDelta {
  readonly days: number;
  readonly seconds: number;
  readonly microseconds: number;

  /** @param totalSeconds may have a fraction and may be negative */
  constructor(totalSeconds: number) {
    const total = Math.round(totalSeconds * 1e6);
    this.days = Math.floor(total / 86_400e6);
    const rest = total - this.days * 86_400e6;
    this.seconds = Math.floor(rest / 1e6);
    this.microseconds = rest - this.seconds * 1e6;
  }

  totalSeconds(): number {
    return this.days * 86_400 + this.seconds + this.microseconds / 1e6;
  }

  valueOf(): number {
    return this.totalSeconds();
  }

  toString(): string {
    const hours = Math.floor(this.seconds / 3600);
    const time = `${hours}:${pad(Math.floor(this.seconds / 60) % 60)}:${pad(this.seconds % 60)}${fractionText(this.microseconds)}`;
    return this.days === 0 ? time : `${this.days} day${Math.abs(this.days) === 1 ? '' : 's'}, ${time}`;
  }
}

/** Any value that has a date or a time. */
export type Temporal = Date | PlainDate | PlainTime;

/** Whether a value is one of the date and time types. */
export function isTemporal(value: unknown): value is Temporal {
  return value instanceof Date || value instanceof PlainDate || value instanceof PlainTime;
}

/** The fields of a date or time; a day begins at midnight, a time is on 1 January 1900. */
export function fieldsOf(value: Temporal): DateFields {
  if (value instanceof PlainDate) {
    return { year: value.year, month: value.month, day: value.day, hour: 0, minute: 0, second: 0, microsecond: 0 };
  }
  if (value instanceof PlainTime) {
    const { hour, minute, second, microsecond } = value;
    return { year: 1900, month: 1, day: 1, hour, minute, second, microsecond };
  }
  return {
    year: value.getFullYear(),
    month: value.getMonth() + 1,
    day: value.getDate(),
    hour: value.getHours(),
    minute: value.getMinutes(),
    second: value.getSeconds(),
    microsecond: value.getMilliseconds() * 1000 + (value instanceof DateTime ? value.microsecondRest : 0),
  };
}

/** A Date as Python prints a datetime: `2022-01-08 17:09:07`. */
export function dateText(date: Date): string {
  return isoText(date, ' ');
}

/** A date or time in ISO 8601 (Python's `isoformat`). */
export function isoText(value: Temporal, separator = 'T'): string {
  if (!(value instanceof Date)) return value.toString();
  if (Number.isNaN(value.getTime())) return 'Invalid Date';
  const { year, month, day, hour, minute, second, microsecond } = fieldsOf(value);
  return (
    new PlainDate(year, month, day).toString() + separator + new PlainTime(hour, minute, second, microsecond).toString()
  );
}

/** A date, time or length of time inside a list, as Python writes it. */
export function dateRepr(value: Temporal | TimeDelta): string {
  if (value instanceof TimeDelta) return deltaRepr(value);
  if (value instanceof PlainDate) return `datetime.date(${value.year}, ${value.month}, ${value.day})`;
  const { year, month, day, hour, minute, second, microsecond } = fieldsOf(value);
  const fields = value instanceof PlainTime ? [hour, minute] : [year, month, day, hour, minute];
  if (second > 0 || microsecond > 0) fields.push(second);
  if (microsecond > 0) fields.push(microsecond);
  return `datetime.${value instanceof PlainTime ? 'time' : 'datetime'}(${fields.join(', ')})`;
}

function deltaRepr({ days, seconds, microseconds }: TimeDelta): string {
  const parts = Object.entries({ days, seconds, microseconds }).filter(([, amount]) => amount !== 0);
  return `datetime.timedelta(${parts.length === 0 ? '0' : parts.map(([name, amount]) => `${name}=${amount}`).join(', ')})`;
}

/** Days since 1 January 1970 of a date's fields, for weekdays and differences. */
export function dayNumber({ year, month, day }: { year: number; month: number; day: number }): number {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / MS_PER_DAY);
}

/** Monday is 0. */
export function weekday(fields: { year: number; month: number; day: number }): number {
  return (((dayNumber(fields) + 3) % 7) + 7) % 7;
}

export function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

function fractionText(microsecond: number): string {
  return microsecond === 0 ? '' : `.${pad(microsecond, 6)}`;
}
