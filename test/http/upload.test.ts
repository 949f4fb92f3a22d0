import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { Response } from '../../src/http/response.ts';
import { makeServer } from '../../src/http/serving.ts';
import type { Handler } from '../../src/http/serving.ts';
import { RawConnection, startServer } from '../support/raw-http.ts';

// A temporary folder of its own: what other tests leave there for a moment is not ours.
process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'flacon-upload-test-'));
afterAll(() => rmSync(tmpdir(), { recursive: true }));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MIB = 2 ** 20;
const SIZE = 128 * MIB;

/** What is alive: buffers and objects, without garbage. */
function liveBytes(): number {
  collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

describe('an upload in chunks, over a socket', () => {
  /** Sends `SIZE` bytes as the socket takes them, between `head` and `tail`. Answers the page and the greatest growth. */
  async function upload(handler: Handler, contentType: string, head: string, tail: string): Promise<[string, number]> {
    await using running = await startServer(makeServer(handler));
    await using connection = await RawConnection.open(running.port);
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 'x'), Buffer.from('\r\n')]);
    const send = (text: string): void =>
      text === '' ? undefined : connection.write(`${text.length.toString(16)}\r\n${text}\r\n`);
    connection.write(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${contentType}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    send(head);
    const before = liveBytes();
    let growth = 0;
    for (let sent = 0; sent < SIZE; sent += 0x10000) {
      if (!connection.socket.write(chunk)) await once(connection.socket, 'drain');
      if (sent % (4 * MIB) === 0) growth = Math.max(growth, liveBytes() - before);
    }
    send(tail);
    connection.write('0\r\n\r\n');
    const { body } = await connection.answer();
    return [body, growth];
  }

  it('goes to disk while it comes in, whatever its size, and is gone when it is answered', async () => {
    const [body, growth] = await upload(
      async (request) => {
        await request.loadBody();
        const [spool] = readdirSync(tmpdir());
        return new Response(`${request.files.get('f')?.filename} ${statSync(join(tmpdir(), spool ?? '')).size}`);
      },
      'multipart/form-data; boundary=XbX',
      '--XbX\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\n\r\n',
      '\r\n--XbX--\r\n',
    );
    expect(body).toBe(`x.bin ${SIZE}`);
    expect(growth / MIB).toBeLessThan(32);
    await expect.poll(() => readdirSync(tmpdir())).toEqual([]);
  });

  it('can be read as a stream', async () => {
    const [body, growth] = await upload(
      async (request) => {
        let size = 0;
        for await (const chunk of request.stream) size += (chunk as Buffer).length;
        return new Response(String(size));
      },
      'application/octet-stream',
      '',
      '',
    );
    expect(body).toBe(String(SIZE));
    expect(growth / MIB).toBeLessThan(32);
  });
});
