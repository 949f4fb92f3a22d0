import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Response } from '../../src/http/response.ts';
import { runSimple } from '../../src/http/serving.ts';

const folder = mkdtempSync(join(tmpdir(), 'flacon-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));
const hello = (): Response => new Response('Hello World!');

describe('runSimple', () => {
  it('serves a plain function (tip 37)', async () => {
    const { url, port, close } = await runSimple('127.0.0.1', 0, hello, {
      quiet: true,
      useReloader: true,
      useDebugger: true,
    });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(url)).text()).toBe('Hello World!');
    await close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('logs its start and every request', async () => {
    const lines: string[] = [];
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const { url, close } = await runSimple('127.0.0.1', 0, { fetch: Object.assign(hello, {}) as never });
    await (await fetch(`${url}/x`)).text();
    await close();
    stderr.mockRestore();
    expect(lines.join('')).toMatch(
      / \* Running on http:\/\/127\.0\.0\.1:\d+\n.*"GET \/x HTTP\/1\.1" 200 - [\d.]+ms\n/s,
    );
  });

  it('serves static files in front', async () => {
    writeFileSync(join(folder, 'a.txt'), 'static');
    const { url, close } = await runSimple('127.0.0.1', 0, hello, { quiet: true, staticFiles: { '/files': folder } });
    expect(await (await fetch(`${url}/files/a.txt`)).text()).toBe('static');
    expect(await (await fetch(`${url}/files/b.txt`)).text()).toBe('Hello World!');
    await close();
  });

  it('listens on a Unix socket', async () => {
    const path = join(folder, 'socket');
    const { url, port, close } = await runSimple(
      `unix://${path}`,
      0,
      (request) => new Response(`[${request.remoteAddr}]`),
      { quiet: true },
    );
    expect([url, port]).toEqual([`unix://${path}`, undefined]);
    const body = await new Promise<string>((resolve) => get({ socketPath: path }, (res) => resolve(text(res))));
    expect(body).toBe('[undefined]');
    await close();
  });

  it('says when the port is taken', async () => {
    const { port, close } = await runSimple('127.0.0.1', 0, hello, { quiet: true });
    await expect(runSimple('127.0.0.1', port ?? 0, hello, { quiet: true })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
    await close();
  });
});
