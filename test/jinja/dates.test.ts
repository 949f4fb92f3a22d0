import { describe, expect, it } from 'vitest';
import { DateTime, Environment, PlainDate, PlainTime, TimeDelta } from '../../src/jinja/index.ts';

const render = (source: string, variables: object = {}) => new Environment().fromString(source).render(variables);
const date = new Date(2022, 0, 8, 17, 9, 7);

describe('dates in templates', () => {
  it('have strftime with English names, whatever the locale', () => {
    expect(render("{{ d.strftime('%A, %B %d, %Y') }}", { d: date })).toBe('Saturday, January 08, 2022');
    expect(
      render("{{ d.strftime('%-d.%-m.%y %-I:%M %p %H:%M:%S %j %U %W %V %u %w %% %e|%x|%X|%f|%Q') }}", { d: date }),
    ).toBe('8.1.22 5:09 PM 17:09:07 008 01 01 01 6 6 %  8|01/08/22|17:09:07|000000|%Q');
  });

  it('have the fields and methods of Python', () => {
    expect(
      render('{{ d.year }}-{{ d.month }}-{{ d.day }} {{ d.hour }}:{{ d.minute }}:{{ d.second }}', { d: date }),
    ).toBe('2022-1-8 17:9:7');
    expect(
      render('{{ d }}|{{ d.isoformat() }}|{{ d.date() }}|{{ d.time() }}|{{ d.weekday() }}{{ d.isoweekday() }}', {
        d: date,
      }),
    ).toBe('2022-01-08 17:09:07|2022-01-08T17:09:07|2022-01-08|17:09:07|56');
    expect(
      render('{{ d.replace(year=2000, hour=0) }}|{{ d.timestamp() == stamp }}', {
        d: date,
        stamp: date.getTime() / 1000,
      }),
    ).toBe('2000-01-08 00:09:07|True');
    expect(() => render('{{ d.replace(month=13) }}', { d: date })).toThrow('month must be in 1..12');
    expect(render('{{ [d] }} {{ "{:%d.%m.}".format(d) }} {{ d.isocalendar() }}', { d: date })).toBe(
      '[datetime.datetime(2022, 1, 8, 17, 9, 7)] 08.01. (2022, 1, 6)',
    );
  });

  it('have their own methods of JavaScript as well', () => {
    expect(render('{{ d.getFullYear() }} {{ d.getTime() == t }}', { d: date, t: date.getTime() })).toBe('2022 True');
  });

  it('are compared, sorted and calculated with', () => {
    const variables = {
      a: date,
      b: new Date(2022, 0, 10, 17, 9, 8),
      day: new TimeDelta(86_400),
      p: new PlainDate(2024, 2, 28),
    };
    expect(
      render(
        '{{ a < b }}{{ a == a }}{{ [b, a]|min == a }}{{ b - a }}|{{ (b - a).days }}|{{ (b - a).total_seconds() }}',
        variables,
      ),
    ).toBe('TrueTrueTrue2 days, 0:00:01|2|172801');
    expect(render('{{ a + day }}|{{ p + day * 2 }}|{{ p - day }}|{{ -day }}', variables)).toBe(
      '2022-01-09 17:09:07|2024-03-01|2024-02-27|-1 day, 0:00:00',
    );
    expect(() => render('{{ a < 1 }}', variables)).toThrow(/not supported/);
  });

  it('keep microseconds where they have some', () => {
    const precise = DateTime.parse8601('2024-02-29T13:05:09.123456');
    expect(
      render('{{ d }} {{ d.microsecond }} {{ d.strftime("%f") }} {{ d.replace(microsecond=0) }}', { d: precise }),
    ).toBe('2024-02-29 13:05:09.123456 123456 123456 2024-02-29 13:05:09');
    expect(render('{{ t.hour }} {{ t }}', { t: PlainTime.parse('09:30') })).toBe('9 09:30:00');
  });
});
