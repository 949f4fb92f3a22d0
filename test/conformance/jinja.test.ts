import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type JinjaCase, problemOf } from './jinja-support.ts';

const { cases } = JSON.parse(readFileSync(new URL('jinja.json', import.meta.url), 'utf8')) as { cases: JinjaCase[] };

// Cases that answer differently, and why.
const differences: Record<string, string> = {};

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
});
