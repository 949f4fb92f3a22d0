import { describe, expect, it } from 'vitest';
import { cases } from './evaluator-cases.ts';
import { play } from './evaluator-play.ts';
import { TestEvaluator } from './support.ts';

describe('what an input comes to', () => {
  for (const [topic, list] of Object.entries(cases)) {
    it(`${topic}: ${list.length} inputs`, async () => {
      const results = await Promise.all(list.map(play));
      expect(results.map(([got]) => got)).toEqual(results.map(([, expected]) => expected));
    });
  }

  it('leaves the globals of the process as they were', async () => {
    const before = Object.getOwnPropertyNames(globalThis).sort();
    const { URL, Array, process } = globalThis;
    for (const list of Object.values(cases)) await Promise.all(list.map(play));
    expect(Object.getOwnPropertyNames(globalThis).sort()).toEqual(before);
    expect([globalThis.URL, globalThis.Array, globalThis.process]).toEqual([URL, Array, process]);
  });
});

describe('places in stack traces', () => {
  async function placeOfThrow(text: string): Promise<unknown> {
    const shell = new TestEvaluator();
    const prepared = shell.evaluator.prepare(text, 'shell#1');
    if (prepared.status !== 'ready') throw new Error(prepared.status);
    const outcome = await prepared.entry.run();
    const stack = outcome.status === 'threw' && outcome.error instanceof Error ? (outcome.error.stack ?? '') : '';
    const [, line, column] = /shell#1:(\d+):(\d+)/.exec(stack) ?? [];
    return shell.evaluator.originalPlace('shell#1', Number(line), Number(column));
  }

  it('are those of what was typed', async () => {
    const text = 'const y = (() => { throw new Error("no") })()';
    expect(await placeOfThrow(text)).toEqual({ line: 1, column: text.indexOf('new') + 1 });
  });

  it('are found through types, later lines, moved functions and parentheses', async () => {
    expect(await placeOfThrow('const a: number = 1\nconst b: string = "x"\nnull!.foo')).toMatchObject({ line: 3 });
    expect(await placeOfThrow('let a = 1\nfunction f() {\n  throw new Error("x")\n}\nf()')).toEqual({
      line: 3,
      column: 9,
    });
    expect(await placeOfThrow('{ a: (() => { throw new Error("x") })() }')).toEqual({ line: 1, column: 21 });
  });
});
