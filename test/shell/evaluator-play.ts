import { inspect } from 'node:util';
import type { Case } from './evaluator-cases.ts';
import { TestEvaluator, type Answer } from './support.ts';

/** What came of a case, beside what is expected. */
export type Played = [got: unknown, expected: unknown];

function shown({ status, text }: Answer): string {
  if (status === 'invalid') return `? ${text}`;
  // Some of Node's errors carry their code in their name, unless a test runner loads the modules.
  if (status === 'threw') return `! ${text.replace(/^(\w+) \[[A-Z_]+\]:/, '$1:')}`;
  return { empty: '-', incomplete: '…', done: text, interrupted: '^C' }[status];
}

function bindingOf(shell: TestEvaluator, name: string): string {
  return name in shell.scope.variables ? inspect(shell.scope.variables[name]) : 'not defined';
}

/** Evaluates the inputs of a case in a session of their own. */
export async function play([inputs, expected, bindings = {}]: Case): Promise<Played> {
  const shell = new TestEvaluator();
  let answer: Answer = { status: 'empty', text: '' };
  for (const input of [inputs].flat()) answer = await shell.submit(input);
  const got = shown(answer);
  // Messages of the parser and of Node are recognised by a part of them.
  const matches = /^[!?] /.test(expected) && got.startsWith(expected.slice(0, 2)) && got.includes(expected.slice(2));
  const found = Object.fromEntries(Object.keys(bindings).map((name) => [name, bindingOf(shell, name)]));
  return [
    [inputs, matches ? expected : got, found],
    [inputs, expected, bindings],
  ];
}
