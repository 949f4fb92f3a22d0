import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { UUID } from '../../src/util/uuid.ts';

it('reads the usual notations', () => {
  const text = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
  for (const form of [text, text.toUpperCase(), text.replaceAll('-', ''), `{${text}}`, `urn:uuid:${text}`]) {
    expect(String(new UUID(form))).toBe(text);
  }
  const uuid = new UUID(text);
  expect([uuid.hex, JSON.stringify(uuid), inspect(uuid)]).toEqual([
    text.replaceAll('-', ''),
    `"${text}"`,
    `UUID('${text}')`,
  ]);
  expect([uuid.equals(new UUID(text)), uuid.equals(text), uuid.equals(UUID.random())]).toEqual([true, false, false]);
  expect(() => new UUID('6ba7')).toThrow(RangeError);
});
