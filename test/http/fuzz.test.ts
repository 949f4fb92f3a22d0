import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { HTTPException } from '../../src/http/exceptions.ts';
import { Request } from '../../src/http/request.ts';
import { Response } from '../../src/http/response.ts';
import { createListener } from '../../src/http/serving.ts';
import { buildRequestSource } from '../../src/http/test.ts';
import { RawConnection, startServer } from '../support/raw-http.ts';

// A temporary folder of its own: what other tests leave there for a moment is not ours.
process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'flacon-fuzz-'));
afterAll(() => rmSync(tmpdir(), { recursive: true }));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a multipart body', () => {
  const heads = [
    'Content-Disposition: form-data; name="a"\r\n\r\n',
    'Content-Disposition: form-data; name="f"; filename="y"\r\n\r\n',
    'Content-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\n',
    'Content-Disposition: form-data; name*=utf-8\'\'%e2%82; filename*0="a"; filename*1="b"\r\n\r\n',
  ];
  const head = fc.constantFrom(...heads);
  const token = fc.constantFrom(
    ...heads,
    '--XbX',
    '--XbX--',
    '\r\n--XbX\r\n',
    '\r\n--XbX--\r\n',
    '\r\n',
    '\n',
    '\r',
    '-',
    'Content-Disposition: form-data; name="\xff\xfe"\r\n\r\n',
    'Content-Disposition:\r\n\r\n',
    'Content-Type: text/plain; charset=utf-7\r\n',
    'X-Header',
    '"\\"',
    '=?utf-8?Q?=',
    '\0',
    'value',
  );
  const chunk = fc.oneof(
    { weight: 80, arbitrary: token.map(bytes) },
    { weight: 20, arbitrary: fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)) },
    // Beyond what is kept in memory, of one byte or of what may become a boundary.
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('x', '\r', '\n', '\r\n', '-', '\r\n--Xb', '--XbX'), fc.integer({ min: 1, max: 700_000 }))
        .map(([text, length]) => Buffer.alloc(length, text)),
    },
  );
  const valid = bytes(
    'preamble\r\n--XbX\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--XbX\r\nContent-Disposition: form-data; ' +
      `name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\n${'line\r\n'.repeat(20)}\r\n--XbX--\r\n`,
  );
  type Change = readonly [kind: 'cut' | 'flip' | 'drop' | 'repeat', at: number, length: number];
  const change: fc.Arbitrary<Change> = fc.tuple(
    fc.constantFrom('cut', 'flip', 'drop', 'repeat'),
    fc.nat(valid.length),
    fc.nat(60),
  );
  const mutated = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => changes.reduce(mutate, valid));
  const body = fc.oneof(
    fc.array(chunk, { maxLength: 14 }).map((chunks) => Buffer.concat(chunks)),
    // Well-formed around what is not.
    fc.array(fc.tuple(head, chunk, chunk), { minLength: 1, maxLength: 5 }).map((parts) => {
      const framed = parts.flatMap(([start, ...data]) => [bytes(`--XbX\r\n${start}`), ...data, bytes('\r\n')]);
      return Buffer.concat([...framed, bytes('--XbX--\r\n')]);
    }),
    mutated,
  );

  function mutate(data: Buffer, [kind, at, length]: Change): Buffer {
    const before = data.subarray(0, at);
    const piece = data.subarray(at, at + length);
    const after = data.subarray(at + length);
    if (kind === 'cut') return before;
    if (kind === 'flip') return Buffer.concat([before, piece.map((byte) => byte ^ (1 << (length % 8))), after]);
    return Buffer.concat(kind === 'drop' ? [before, after] : [before, piece, piece, after]);
  }

  function* cut(data: Buffer, size: number): Generator<Buffer> {
    for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
  }

  /** What a view would see of it: fields and files, or the status of the error. */
  async function read(data: Buffer | Readable, length?: number): Promise<unknown> {
    const headers: Record<string, string> = length === undefined ? {} : { 'Content-Length': String(length) };
    const contentType = 'multipart/form-data; boundary=XbX';
    const request = new Request(buildRequestSource('/', { method: 'POST', data, contentType, headers }));
    await request.loadBody();
    try {
      const files = [...request.files.entries({ multi: true })];
      const contents = await Promise.all(files.map(async ([name, file]) => [name, file.filename, await file.text()]));
      return [[...request.form.entries({ multi: true })], contents];
    } catch (error) {
      if (!(error instanceof HTTPException)) throw error;
      return error.code;
    } finally {
      await request.close();
    }
  }

  it('is fields and files or an HTTP exception, within bounded memory, and leaves no temporary file', async () => {
    let before = 0;
    let peak = 0;
    let count = 0;
    const property = fc.asyncProperty(
      body,
      fc.integer({ min: 1, max: 100_000 }),
      fc.boolean(),
      async (data, size, isSized) => {
        await read(Readable.from(cut(data, Math.max(size, data.length / 1000))), isSized ? data.length : undefined);
        expect(readdirSync(tmpdir())).toEqual([]);
        if (++count % 100 !== 0) return;
        // What is garbage says nothing about the parser: a server has more of it.
        collectGarbage();
        peak = Math.max(peak, process.memoryUsage.rss());
      },
    );
    // What the engine needs for the code as such is not the parser's either.
    await fc.assert(property, { numRuns: 1000 });
    before = peak;
    await fc.assert(property, { numRuns: 10_000 });
    expect(count).toBe(11_000);
    expect((peak - before) / 2 ** 20).toBeLessThan(64);
  });

  it('is the same whole and in pieces', async () => {
    const property = fc.asyncProperty(body, fc.integer({ min: 1, max: 100 }), async (data, size) => {
      const whole = await read(data);
      expect(await read(Readable.from(cut(data, Math.max(size, data.length / 1000))))).toEqual(whole);
    });
    await fc.assert(property, { numRuns: 500 });
  });
});

describe('header lines', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'Host',
      'Cookie',
      'Authorization',
      'Range',
      'If-Range',
      'If-None-Match',
      'If-Modified-Since',
      'Accept',
      'Accept-Language',
      'Accept-Charset',
      'Accept-Encoding',
      'Cache-Control',
      'Content-Type',
      'Content-Length',
      'Transfer-Encoding',
      'Expect',
      'Upgrade',
      'Connection',
      'X-Forwarded-For',
      'User-Agent',
      'Date',
      'Pragma',
      'Referer',
      'Origin',
      'Max-Forwards',
      'Access-Control-Request-Headers',
      'Content-Encoding',
      'If-Match',
    ),
    fc.string({ maxLength: 12 }),
  );
  const piece = fc.constantFrom(
    'a',
    '=',
    ';',
    ',',
    ' ',
    '"',
    '\\',
    '*',
    '/',
    'q=',
    'q=0.5',
    'bytes=',
    '0-',
    '-5',
    '1-2',
    'W/"x"',
    ':',
    '[',
    ']',
    'Basic ',
    'Digest ',
    'Bearer ',
    'YTpi',
    '%zz',
    '%E9',
    '\xe9',
    '\xff',
    '\t',
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'charset=',
    'boundary=',
    'multipart/form-data',
    'application/json',
    "utf-8''",
    '*0=',
    '9'.repeat(30),
    '__proto__',
    '-1',
    'NaN',
    '99999-99-99',
    'chunked',
    '100-continue',
    'websocket',
    'close',
    'a.b:80',
    '::1',
    '@',
  );
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1')) },
  );
  const line = fc.oneof(
    { weight: 9, arbitrary: fc.tuple(name, value).map(([key, text]) => `${key}: ${text}`) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1')) },
  );
  const target = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('/', '/a?b=c', '//x//y', '*', 'http://x/y', '/%zz%E9?%=&&=&%ff') },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }).map((text) => `/${text}`) },
  );

  /** Every property of a request, read as a curious view might. */
  async function readEverything(request: Request): Promise<void> {
    await request.loadBody();
    for (let level: unknown = request; level !== Object.prototype; level = Object.getPrototypeOf(level)) {
      for (const [key, { get }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
        if (get === undefined || key === 'stream') continue;
        try {
          String(Reflect.get(request, key));
        } catch (error) {
          if (!(error instanceof HTTPException)) throw new Error(`request.${key} throws`, { cause: error });
        }
      }
    }
  }

  it('never crash the server, nor what a view reads', async () => {
    const errors: unknown[] = [];
    const listener = createListener(
      async (request) => {
        await readEverything(request);
        return new Response('ok').makeConditional(request, { acceptRanges: true, completeLength: 2 });
      },
      { onError: (error) => errors.push(error) },
    );
    await using running = await startServer(listener);
    const property = fc.asyncProperty(
      fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS'),
      target,
      fc.array(line, { maxLength: 12 }),
      async (method, path, lines) => {
        await using connection = await RawConnection.open(running.port);
        connection.write(
          `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.map((text) => `${text}\r\n`).join('')}\r\n`,
        );
        // The client says that it is done: a request that is not whole must not be waited for.
        connection.socket.end();
        const answer = await connection.rest();
        expect(answer).toMatch(/^(?:$|HTTP\/1\.1 (?:[1-4]\d\d) )/);
        expect(errors).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 2000 });
    await using last = await RawConnection.open(running.port);
    last.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await last.answer()).status).toBe(200);
  });
});
