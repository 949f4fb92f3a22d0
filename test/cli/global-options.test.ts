import { describe, expect, it } from 'vitest';
import { debugFlag, parseGlobalOptions } from '../../src/cli/global-options.ts';
import { UsageError } from '../../src/command-runner.ts';

const defaults = { app: undefined, debug: undefined, envFile: undefined, help: false, version: false, rest: [] };

const message = (fn: () => unknown): string => {
  try {
    fn();
  } catch (error) {
    if (error instanceof UsageError) return error.format();
    throw error;
  }
  throw new Error('was taken');
};

describe('parseGlobalOptions', () => {
  it.each([
    [[], {}],
    [['routes', '--app', 'x'], { rest: ['routes', '--app', 'x'] }],
    [['--app', 'x', 'routes'], { app: 'x', rest: ['routes'] }],
    [['--app=x:y("=")', 'routes'], { app: 'x:y("=")', rest: ['routes'] }],
    [['-A', 'x', 'routes'], { app: 'x', rest: ['routes'] }],
    [['-Ax', 'routes'], { app: 'x', rest: ['routes'] }],
    [['--debug', 'run'], { debug: true, rest: ['run'] }],
    [['--debug', '--no-debug', 'run'], { debug: false, rest: ['run'] }],
    [['-e', 'package.json', 'run'], { envFile: 'package.json', rest: ['run'] }],
    [['--', 'run', '--help'], { rest: ['run', '--help'] }],
    [['--help'], { help: true }],
    [['--version'], { version: true }],
  ])('%j', (argv, expected) => {
    expect(parseGlobalOptions(argv, 'app')).toEqual({ ...defaults, ...expected });
  });

  it.each([
    [['--bad'], 'No such option: --bad Did you mean --app?'],
    [['-h'], 'No such option: -h'],
    [['--app'], "Option '--app' requires an argument."],
    [['--debug=1'], "Option '--debug' does not take a value."],
    [['-e', 'none.env', 'routes'], "Invalid value for '-e' / '--env-file': File 'none.env' does not exist."],
  ])('refuses %j', (argv, text) => {
    expect(message(() => parseGlobalOptions(argv, 'app'))).toBe(
      `Usage: app [OPTIONS] COMMAND [ARGS]...\nTry 'app --help' for help.\n\nError: ${text}\n`,
    );
  });
});

describe('debugFlag', () => {
  it('takes the option, else FLACON_DEBUG', () => {
    const before = process.env['FLACON_DEBUG'];
    const withVariable = (value: string, debug?: boolean): boolean | undefined => {
      process.env['FLACON_DEBUG'] = value;
      return debugFlag({ debug }, 'app');
    };
    expect([
      withVariable('1'),
      withVariable('0'),
      withVariable('yes'),
      withVariable(''),
      withVariable('1', false),
    ]).toEqual([true, false, true, undefined, false]);
    expect(message(() => withVariable('maybe'))).toContain(
      "Error: Invalid value for '--debug': 'maybe' is not a valid boolean (from FLACON_DEBUG).",
    );
    if (before === undefined) delete process.env['FLACON_DEBUG'];
    else process.env['FLACON_DEBUG'] = before;
  });
});
