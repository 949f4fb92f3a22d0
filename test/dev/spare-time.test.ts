import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';

import { OwnClient } from '../../src/dev/own-client.ts';
import { rehearse } from '../../src/dev/rehearsal.ts';

it('a rehearsal loads and reloads an application', async () => {
  expect(await rehearse(() => Promise.resolve(true))).toBe(21);
});

it('a client of this process is answered, and leaves no place behind where others could connect', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('flacon-own-'));
  const seen: string[] = [];
  const client = await OwnClient.open((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    if (req.url === '/end') req.socket.destroy();
    else res.end('yes');
  });
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('flacon-own-'))).toEqual(before);
  for (const path of ['/a', '/b', '/end']) await client?.get(path);
  expect(seen).toEqual(['GET /a', 'GET /b', 'GET /end']);
  // The connection has ended: nobody waits for an answer.
  await client?.get('/c');
  client?.close();
});

it('a rehearsal ends when the processor is needed', async () => {
  // So many modules, the application, and two of its versions.
  let left = 20;
  expect(await rehearse(() => Promise.resolve((left -= 1) >= 0))).toBe(3);
  expect(await rehearse(() => Promise.resolve(false))).toBe(0);
});
