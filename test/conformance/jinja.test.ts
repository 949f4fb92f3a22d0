import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type JinjaCase, problemOf } from './jinja-support.ts';

function casesOf(file: string): JinjaCase[] {
  return (JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { cases: JinjaCase[] }).cases;
}

const cases = casesOf('jinja.json');
// More of the same kind, above all statements, errors and white space: made for this port, answered by Jinja 3.1.6.
const generated = casesOf('jinja-generated.json');

const WHOLE = "JavaScript has one kind of number: a whole one prints without '.0', wherever it comes from.";
const LARGE = 'JavaScript has one kind of number: a whole one below 1e21 prints with all its digits, as an int does.';

// Cases that answer differently, and why. All of them have a tag that says that a port may.
const differences: Record<string, string> = {
  'jinja-0032': LARGE,
  'jinja-0041': WHOLE,
  'jinja-0067':
    'Objects of an application are plain objects: `order.items` is what it has, `order.items()` calls the method.',
  'jinja-0136': WHOLE,
  'jinja-0141': WHOLE,
  'jinja-0151': WHOLE,
  'jinja-0159': LARGE,
  'jinja-0466': WHOLE,
  'jinja-0471': WHOLE,
  'jinja-0570': 'A generator prints without the name of a function of Jinja and an address.',
  'jinja-0633': WHOLE,
  'jinja-0647': WHOLE,
  'jinja-0648': WHOLE,
  'jinja-0651': WHOLE,
  'jinja-0653': WHOLE,
};

describe('jinja', () => {
  const topics = [...new Set(cases.map(({ topic }) => topic))];
  it.each(topics)('%s renders as in Jinja', (topic) => {
    const failed: string[] = [];
    const agreed: string[] = [];
    for (const item of cases.filter((candidate) => candidate.topic === topic)) {
      const problem = problemOf(item);
      if (problem === undefined && item.id in differences) agreed.push(item.id);
      if (problem !== undefined && !(item.id in differences)) {
        failed.push(`${item.id} [${item.tags?.join() ?? ''}] ${JSON.stringify(item.templates)}: ${problem}`);
      }
    }
    expect(failed).toEqual([]);
    expect(agreed, 'listed as different, but equal').toEqual([]);
  });

  it('differs only where a port may', () => {
    const untagged = cases.filter(({ id, tags }) => id in differences && !tags?.length).map(({ id }) => id);
    expect(untagged).toEqual([]);
  });

  it.each([...new Set(generated.map(({ topic }) => topic))])('generated: %s renders as in Jinja', (topic) => {
    const failed = generated
      .filter((candidate) => candidate.topic === topic)
      .map((item) => [item.id, problemOf(item)])
      .filter(([, problem]) => problem !== undefined);
    expect(failed).toEqual([]);
  });
});
