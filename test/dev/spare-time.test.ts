import { expect, it } from 'vitest';

import { rehearse } from '../../src/dev/rehearsal.ts';

it('a rehearsal loads and reloads an application', async () => {
  let steps = 0;
  const versions = await rehearse(() => {
    steps += 1;
    return Promise.resolve(true);
  });
  expect(versions).toBe(steps);
  expect(versions).toBeGreaterThan(3);
});

it('a rehearsal ends when the processor is needed', async () => {
  let steps = 0;
  expect(await rehearse(() => Promise.resolve((steps += 1) < 3))).toBe(2);
  expect(await rehearse(() => Promise.resolve(false))).toBe(0);
});
