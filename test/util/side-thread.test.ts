import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { SideThread } from '../../src/util/side-thread.ts';

type Require = (name: string) => unknown;

/** Says which thread it is in, then what it is sent, and ends when it is told to. */
function parrot(require: Require, port: MessagePort, word: string): void {
  const { threadId } = require('node:worker_threads') as typeof import('node:worker_threads');
  port.on('message', (message: string) => {
    if (message === 'end') port.close();
    else port.postMessage(`${word} ${message}`);
  });
  port.postMessage(threadId);
}

it('runs programs in one thread, each with a port of its own, until they end or it does', async () => {
  const thread = new SideThread('test');
  const [one, two] = [thread.run(parrot, 'one'), thread.run(parrot, 'two')];
  const [[first], [second]] = await Promise.all([once(one, 'message'), once(two, 'message')]);
  expect(first).toBeGreaterThan(0);
  expect(second).toBe(first);

  one.postMessage('a');
  two.postMessage('b');
  expect(await Promise.all([once(one, 'message'), once(two, 'message')])).toEqual([['one a'], ['two b']]);

  one.postMessage('end');
  await once(one, 'close');
  two.postMessage('c');
  expect(await once(two, 'message')).toEqual(['two c']);

  const closed = once(two, 'close');
  await thread.close();
  await closed;
});
