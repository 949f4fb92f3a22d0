import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bool, float, floatRange, int, intRange, path, uuid } from '../../src/params.ts';

describe('params', () => {
  it.each([
    [int, '5', 5],
    [int, ' -3 ', -3],
    [int, '1_000', 1000],
    [int, '+7', 7],
    [float, '1.5', 1.5],
    [float, '1e3', 1000],
    [float, '.5', 0.5],
    [float, '5.', 5],
    [float, '-Infinity', -Infinity],
    [float, 'nan', NaN],
    [bool, 'yes', true],
    [bool, 'True', true],
    [bool, 'off', false],
    [uuid, '{6BA7B8109DAD11D180B400C04FD430C8}', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
    [intRange({ min: 1, max: 10 }), '10', 10],
    [intRange({ min: 1, max: 10, clamp: true }), '99', 10],
    [intRange({ min: 1, minOpen: true, clamp: true }), '0', 2],
    [floatRange({ min: 0, max: 1, maxOpen: true }), '0.5', 0.5],
  ])('%o takes %j', (parse, text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each([
    [int, '1.5', "'1.5' is not a valid integer."],
    [int, '', "'' is not a valid integer."],
    [int, '1__0', "'1__0' is not a valid integer."],
    [float, 'x', "'x' is not a valid float."],
    [float, 'e5', "'e5' is not a valid float."],
    [float, '.', "'.' is not a valid float."],
    [bool, 'maybe', "'maybe' is not a valid boolean."],
    [uuid, 'x', "'x' is not a valid UUID."],
    [intRange({ min: 1, max: 10 }), '0', '0 is not in the range 1<=x<=10.'],
    [intRange({ min: 1 }), '0', '0 is not in the range x>=1.'],
    [intRange({ max: 1, maxOpen: true }), '1', '1 is not in the range x<1.'],
    [intRange({ min: 1 }), 'x', "'x' is not a valid integer range."],
    [floatRange({ min: 0, max: 1, maxOpen: true }), '1', '1 is not in the range 0<=x<1.'],
  ])('%o refuses %j', (parse, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('checks paths', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flacon-params-'));
    const file = join(folder, 'there.txt');
    writeFileSync(file, '');
    expect([path()('nowhere'), path({ exists: true })(file)]).toEqual(['nowhere', file]);
    expect(() => path({ exists: true })('nowhere')).toThrow("Path 'nowhere' does not exist.");
    expect(() => path({ exists: true, fileOkay: false })(file)).toThrow(`Directory '${file}' is a file.`);
    expect(() => path({ dirOkay: false })(folder)).toThrow(`File '${folder}' is a directory.`);
    rmSync(folder, { recursive: true });
  });
});
