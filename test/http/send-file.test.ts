import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { NotFound } from '../../src/http/exceptions.ts';
import { guessType } from '../../src/http/guess-type.ts';
import { Request } from '../../src/http/request.ts';
import type { Response } from '../../src/http/response.ts';
import { adler32, sendFile, sendFromDirectory } from '../../src/http/send-file.ts';
import type { SendFileOptions, SendFileSource } from '../../src/http/send-file.ts';
import { makeServer } from '../../src/http/serving.ts';
import { buildRequestSource, Client } from '../../src/http/test.ts';
import { RawConnection, startServer } from '../support/raw-http.ts';

const folder = mkdtempSync(join(tmpdir(), 'flacon-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, content: string | Uint8Array, mtime = 1700000000): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  utimesSync(path, mtime, mtime);
  return path;
}
mkdirSync(join(folder, 'public', 'sub'), { recursive: true });
const text = file('a.txt', 'hello world');
file('public/page.html', '<p>');
file('public/sub/x.txt', 'x');
file('secret.txt', 'secret');
file('public/NUL.txt', '');

const get = (headers: Record<string, string> = {}, method = 'GET'): Request =>
  new Request(buildRequestSource('/', { method, headers }));
const send = (source: SendFileSource, options?: SendFileOptions, headers?: Record<string, string>): Response =>
  sendFile(get(headers), source, options);

describe('sendFile', () => {
  it('sends a path with type, name, dates and ETag', async () => {
    const response = await new Client((request) => sendFile(request, text)).get('/');
    expect(response.text).toBe('hello world');
    expect(Object.fromEntries(response.headers)).toEqual({
      'Content-Disposition': 'inline; filename=a.txt',
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': '11',
      'Last-Modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
      'Cache-Control': 'no-cache',
      ETag: `"1700000000.0-11-${adler32(text)}"`,
      Date: expect.any(String),
      'Accept-Ranges': 'bytes',
    });
  });

  it('writes fractions of seconds into the ETag as Python does', () => {
    expect(send(file('frac.txt', 'frac', 1700000000.75)).headers.get('ETag')).toContain('"1700000000.75-4-');
  });

  it('knows checksum and types', () => {
    expect([adler32(''), adler32('Wikipedia')]).toEqual([1, 0x11e60398]);
    expect(guessType('a/B.TAR.GZ')).toEqual({ mimetype: 'application/x-tar', encoding: 'gzip' });
    expect(guessType('x.svgz')).toEqual({ mimetype: 'image/svg+xml', encoding: 'gzip' });
    expect(guessType('.html')).toEqual({ mimetype: undefined, encoding: undefined });
  });

  it.each([
    ['a.txt', true, 'attachment; filename=a.txt'],
    ['a "b"; c.txt', false, 'inline; filename="a \\"b\\"; c.txt"'],
    ['résumé (1).pdf', true, `attachment; filename="resume (1).pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%281%29.pdf`],
  ])('offers the name %s', (downloadName, asAttachment, disposition) => {
    expect(send(text, { downloadName, asAttachment }).headers.get('Content-Disposition')).toBe(disposition);
  });

  it('announces compression, but for attachments', () => {
    const path = file('a.tar.gz', 'gz');
    expect(send(path)).toMatchObject({ contentEncoding: 'gzip', mimetype: 'application/x-tar' });
    expect(send(path, { asAttachment: true }).contentEncoding).toBeUndefined();
    expect(send(file('x.unknownext', '')).mimetype).toBe('application/octet-stream');
  });

  it('sends bytes and streams, which need a name or a type', async () => {
    const client = new Client((request) =>
      sendFile(request, request.path === '/bytes' ? Buffer.from('bytes') : Readable.from(['str', 'eam']), {
        downloadName: 'x.txt',
      }),
    );
    const bytes = await client.get('/bytes');
    expect([bytes.text, bytes.contentLength, bytes.headers.has('ETag'), bytes.headers.has('Last-Modified')]).toEqual([
      'bytes',
      5,
      false,
      false,
    ]);
    const stream = await client.get('/stream');
    expect([stream.text, stream.contentLength]).toEqual(['stream', undefined]);
    expect(() => send(Buffer.from('x'))).toThrow(expect.objectContaining({ code: 'UNKNOWN_MIMETYPE' }));
    expect(() => send(Buffer.from('x'), { mimetype: 'a/b', asAttachment: true })).toThrow(
      expect.objectContaining({ code: 'UNNAMED_ATTACHMENT' }),
    );
  });

  it('answers conditions and ranges', async () => {
    const client = new Client((request) => sendFile(request, text));
    const etag = send(text).headers.get('ETag') ?? '';
    expect((await client.get('/', { headers: { 'If-None-Match': etag } })).status).toBe(304);
    expect((await client.get('/', { headers: { 'If-Modified-Since': 'Tue, 14 Nov 2023 22:13:20 GMT' } })).status).toBe(
      304,
    );
    const part = await client.get('/', { headers: { Range: 'bytes=6-8' } });
    expect([part.status, part.text, part.contentRange.toHeader(), part.contentLength]).toEqual([
      206,
      'wor',
      'bytes 6-8/11',
      3,
    ]);
    expect((await client.head('/', { headers: { Range: 'bytes=6-8' } })).contentLength).toBe(3);
    await expect(client.get('/', { headers: { Range: 'bytes=0-1,3-4' } })).rejects.toMatchObject({ code: 416 });
    expect(send(text, { conditional: false }, { 'If-None-Match': etag }).status).toBe(200);
    expect(send(file('empty.txt', ''), {}, { Range: 'bytes=0-' }).status).toBe(200);
  });

  it('may be kept for a while', () => {
    const control = (options: SendFileOptions): string => send(text, options).cacheControl.toHeader();
    expect(control({ maxAge: 60 })).toBe('public, max-age=60');
    expect(control({ maxAge: 0 })).toBe('no-cache, max-age=0');
    expect(control({ getMaxAge: (path) => (path?.endsWith('.txt') ? 5 : undefined) })).toBe('public, max-age=5');
    expect(control({ maxAge: () => null })).toBe('no-cache');
    expect(send(text, { maxAge: 60 }).expires?.getTime()).toBeGreaterThan(Date.now());
  });

  it('can leave the file to the server in front', async () => {
    const client = new Client((request) => sendFile(request, text, { useXSendfile: true }));
    const response = await client.get('/');
    expect([response.headers.get('X-Sendfile'), response.text]).toEqual([text, '']);
    const etag = response.headers.get('ETag') ?? '';
    expect((await client.get('/', { headers: { 'If-None-Match': etag } })).headers.has('X-Sendfile')).toBe(false);
  });

  it('is 404 for a path with NUL', () => {
    expect(() => sendFile(get(), `${text}\0.png`)).toThrow(NotFound);
  });

  it('starts relative paths at rootPath', () => {
    expect(send('a.txt', { rootPath: folder }).contentLength).toBe(11);
    expect(() => send('missing.txt', { rootPath: folder })).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => send('public', { rootPath: folder })).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  });

  it('sends large files, and parts of them, over a socket', async () => {
    const large = file('large.bin', Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251)));
    await using running = await startServer(makeServer((request) => sendFile(request, large)));
    await using connection = await RawConnection.open(running.port);
    connection.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await connection.answer()).body).toHaveLength(300_000);
    connection.write('GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=100000-249999\r\n\r\n');
    const part = await connection.answer();
    expect([part.status, part.body.length, part.body.charCodeAt(0)]).toEqual([206, 150_000, 100_000 % 251]);
  });

  it('that is gone before it is sent is a 500', async () => {
    const errors: unknown[] = [];
    const path = file('gone.txt', 'x');
    await using running = await startServer(
      makeServer(
        (request) => {
          const response = sendFile(request, path);
          unlinkSync(path);
          return response;
        },
        { onError: (error) => errors.push(error) },
      ),
    );
    await using connection = await RawConnection.open(running.port);
    connection.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await connection.answer()).status).toBe(500);
    expect(errors).toMatchObject([{ code: 'ENOENT' }]);
  });
});

describe('sendFromDirectory', () => {
  const from = (path: string): number => {
    try {
      return sendFromDirectory(get(), 'public', path, { rootPath: folder }).status;
    } catch (error) {
      return (error as { code: number }).code;
    }
  };

  it.each(['page.html', 'sub/x.txt', './page.html', 'sub/../page.html'])('sends %s', (path) =>
    expect(from(path)).toBe(200),
  );

  it.each([
    'missing',
    'sub',
    '',
    '..',
    '../secret.txt',
    'sub/../../secret.txt',
    '/etc/passwd',
    `${folder}/secret.txt`,
    'a\0b',
    '..\\secret.txt/../../secret.txt',
  ])('is 404 for %j', (path) => expect(from(path)).toBe(404));

  it('follows links, as they were put there by who owns the folder', () => {
    symlinkSync(text, join(folder, 'public', 'link.txt'));
    expect(from('link.txt')).toBe(200);
  });
});
