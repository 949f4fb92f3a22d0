import { inspect } from 'node:util';
import { Evaluator, type Outcome } from '../../src/shell/evaluator.ts';
import { SessionScope } from '../../src/shell/scope.ts';

/** What an input came to: its status, and the value or the message. */
export interface Answer {
  status: 'empty' | 'incomplete' | 'invalid' | 'done' | 'threw' | 'interrupted';
  text: string;
}

/** A scope and an evaluator without app, server or terminal. */
export class TestEvaluator {
  readonly scope = new SessionScope([]);
  readonly evaluator: Evaluator;
  #count = 0;

  constructor(modules: Record<string, Record<string, unknown>> = {}) {
    this.evaluator = new Evaluator({
      scope: this.scope,
      importModule: async (specifier) => modules[specifier] ?? ((await import(specifier)) as Record<string, unknown>),
      meta: { url: 'file:///project/shell' },
    });
  }

  async submit(text: string): Promise<Answer> {
    this.#count += 1;
    const prepared = this.evaluator.prepare(text, `shell#${this.#count}`);
    if (prepared.status === 'invalid') return { status: 'invalid', text: prepared.problem.message };
    if (prepared.status !== 'ready') return { status: prepared.status, text: '' };
    return answer(await prepared.entry.run(), prepared.entry.result);
  }
}

function answer(outcome: Outcome, result: string): Answer {
  if (outcome.status === 'done') return { status: 'done', text: result === 'none' ? '' : inspect(outcome.value) };
  if (outcome.status === 'threw') return { status: 'threw', text: String(outcome.error) };
  return { status: 'interrupted', text: '' };
}
