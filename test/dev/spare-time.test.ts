import { expect, it } from 'vitest';

import { rehearse } from '../../src/dev/rehearsal.ts';

it('a rehearsal loads and reloads an application', async () => {
  expect(await rehearse(() => Promise.resolve(true))).toBe(9);
});

it('a rehearsal ends when the processor is needed', async () => {
  let steps = 0;
  await rehearse(() => {
    steps += 1;
    return Promise.resolve(true);
  });
  // The last step is left out.
  let left = steps - 1;
  expect(await rehearse(() => Promise.resolve((left -= 1) >= 0))).toBe(8);
  expect(await rehearse(() => Promise.resolve(false))).toBe(0);
});
