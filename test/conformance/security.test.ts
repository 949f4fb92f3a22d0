import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decode, functions, normalize } from './security-support.ts';
import type { Json } from './security-support.ts';

interface SecurityCase {
  id: string;
  fn: string;
  args: Json[];
  tags?: string[];
  expect: { kind: 'ok'; value: Json } | { kind: 'error'; class: string };
}

const corpus = JSON.parse(readFileSync(new URL('./security.json', import.meta.url), 'utf8')) as {
  cases: SecurityCase[];
};

/** Classes of errors that the library has under the same name. */
const NAMED_ERRORS = new Set(['BadRequestKeyError', 'SecurityError']);

function replay(recorded: SecurityCase): unknown {
  const fn = functions[recorded.fn];
  if (fn === undefined) throw new TypeError(`the adapter does not know ${recorded.fn}`);
  try {
    return { kind: 'ok', value: normalize(fn(...(recorded.args.map(decode) as never[]))) };
  } catch (error) {
    // A TypeError would be a mistake in here, not a refusal.
    if (recorded.expect.kind !== 'error' || error instanceof TypeError) throw error;
    const { name } = (error as Error).constructor;
    return { kind: 'error', class: NAMED_ERRORS.has(recorded.expect.class) ? name : recorded.expect.class };
  }
}

function expected(recorded: SecurityCase): unknown {
  if (recorded.expect.kind === 'error') return { kind: 'error', class: recorded.expect.class };
  return { kind: 'ok', value: normalize(decode(recorded.expect.value)) };
}

function fails(recorded: SecurityCase): string | undefined {
  try {
    expect(replay(recorded)).toEqual(expected(recorded));
    return undefined;
  } catch (error) {
    return `${recorded.id} ${recorded.fn}(${JSON.stringify(recorded.args).slice(1, -1)}): ${(error as Error).message}`;
  }
}

/** Tagged cases that differ on purpose, and why. The corpus has no tagged cases. */
const differences: Readonly<Record<string, string>> = {};

describe('what Werkzeug and MarkupSafe answer', () => {
  it.each([...new Set(corpus.cases.map((recorded) => recorded.fn))])('%s', (name) => {
    const cases = corpus.cases.filter((recorded) => recorded.fn === name);
    const failures = cases
      .filter((recorded) => !(recorded.id in differences))
      .flatMap((recorded) => fails(recorded) ?? []);
    expect(failures).toEqual([]);
  });

  it('differs where it is meant to', () => {
    const known = corpus.cases.filter((recorded) => recorded.id in differences);
    expect(known.filter((recorded) => fails(recorded) === undefined).map((recorded) => recorded.id)).toEqual([]);
  });
});
