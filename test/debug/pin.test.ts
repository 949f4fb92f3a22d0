import { describe, expect, it } from 'vitest';

import { createPin, MOST_FAILURES, PinGuard } from '../../src/debug/pin.ts';

const settings = { pin: '123-456-789', key: 'key', failures: 0 };

function cookieOf(guard: PinGuard, pin = '123-456-789'): string {
  return guard.enter(pin).cookie?.split(';')[0] ?? '';
}

describe('the PIN', () => {
  it('is nine digits in groups, another one at each start', () => {
    const pins = Array.from({ length: 50 }, () => createPin().pin);
    for (const pin of pins) expect(pin).toMatch(/^\d{3}-\d{3}-\d{3}$/);
    expect(new Set(pins).size).toBe(50);
  });

  it('is what FLACON_DEBUG_PIN says, or none', () => {
    expect(createPin('2468-1357').pin).toBe('2468-1357');
    expect(createPin('off').pin).toBeUndefined();
    expect(createPin(' ').pin).toMatch(/^\d{3}-/);
    expect(() => createPin('12')).toThrow(expect.objectContaining({ code: 'DEBUG_PIN', fix: expect.any(String) }));
  });

  it('may be typed without its dashes', () => {
    expect(new PinGuard(settings, 1).enter(' 123456789 ').auth).toBe(true);
  });
});

describe('the cookie', () => {
  it('is for the debugger alone, out of reach of scripts and other sites, for a week', () => {
    const { cookie } = new PinGuard(settings, 5000).enter('123456789');
    expect(cookie).toMatch(
      /^flacon_debug_5000=[\w-]{8}\.\d+\.[\w-]{43}; Path=\/__flacon__\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
  });

  it('holds for the next worker, and for a week', () => {
    let now = 0;
    const cookie = cookieOf(new PinGuard(settings, 1, undefined, () => now));
    const next = new PinGuard({ ...settings }, 1, undefined, () => now);
    expect(next.isTrusted(`a=1; ${cookie}; b=2`)).toBe(true);
    now = 7 * 86_400_000;
    expect(next.isTrusted(cookie)).toBe(false);
  });

  it('does not hold for another PIN, another server or another port', () => {
    const cookie = cookieOf(new PinGuard(settings, 1));
    expect(new PinGuard({ ...settings, pin: '123-456-780' }, 1).isTrusted(cookie)).toBe(false);
    expect(new PinGuard({ ...settings, key: 'other' }, 1).isTrusted(cookie)).toBe(false);
    expect(new PinGuard(settings, 2).isTrusted(cookie)).toBe(false);
  });

  it('of a fixed PIN holds when the server is started again', () => {
    expect(
      new PinGuard(createPin('fixed-pin'), 1).isTrusted(cookieOf(new PinGuard(createPin('fixed-pin'), 1), 'fixed-pin')),
    ).toBe(true);
  });

  it('of an earlier server is no attempt: each restart would use one up', () => {
    const stale = cookieOf(new PinGuard({ ...settings, key: 'earlier' }, 1));
    const guard = new PinGuard(settings, 1);
    for (let i = 0; i < 20; i++) expect(guard.isTrusted(stale)).toBe(false);
    expect(guard.isExhausted).toBe(false);
  });
});

describe('attempts', () => {
  it('are exactly ten, and then the right PIN is too late', () => {
    const heard: number[] = [];
    const guard = new PinGuard(settings, 1, (failures) => heard.push(failures));
    const answers = Array.from({ length: MOST_FAILURES }, () => guard.enter('0'));
    expect(answers.map(({ exhausted }) => exhausted)).toEqual([...Array(9).fill(false), true]);
    expect(guard.enter('123-456-789')).toEqual({ auth: false, exhausted: true });
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('start anew after the right PIN; the tenth may be it', () => {
    const guard = new PinGuard({ ...settings, failures: 9 }, 1);
    expect(guard.enter('123-456-789').auth).toBe(true);
    for (let i = 0; i < 9; i++) guard.enter('0');
    expect(guard.isExhausted).toBe(false);
  });

  it('of earlier workers count', () => {
    const guard = new PinGuard({ ...settings, failures: 9 }, 1);
    expect(guard.enter('0').exhausted).toBe(true);
  });

  it('are made with a forged cookie too', () => {
    const guard = new PinGuard(settings, 1);
    const forged = cookieOf(guard)
      .replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
      .replace(/\.[\w-]{42}/, `.${'A'.repeat(42)}`);
    for (let i = 0; i < MOST_FAILURES; i++) expect(guard.isTrusted(forged)).toBe(false);
    expect(guard.isExhausted).toBe(true);
    expect(guard.enter('123-456-789').auth).toBe(false);
  });

  it('and cookies are of no account without a PIN', () => {
    const guard = new PinGuard(createPin('off'), 1);
    expect([guard.isTrusted(undefined), guard.enter('').auth, guard.isExhausted]).toEqual([true, true, false]);
  });

  it('lock out a cookie that was right as well', () => {
    const guard = new PinGuard(settings, 1);
    const cookie = cookieOf(guard);
    for (let i = 0; i < MOST_FAILURES; i++) guard.enter('0');
    expect(guard.isTrusted(cookie)).toBe(false);
  });
});
