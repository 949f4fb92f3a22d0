import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DispatcherMiddleware } from '../../src/http/dispatcher.ts';
import { fetchFace } from '../../src/http/fetch.ts';
import type { Fetchable } from '../../src/http/fetch.ts';
import { ProxyFix, unproxied } from '../../src/http/proxy-fix.ts';
import { Request } from '../../src/http/request.ts';
import { Response } from '../../src/http/response.ts';
import { SharedDataMiddleware } from '../../src/http/shared-data.ts';
import { Client } from '../../src/http/test.ts';

describe('ProxyFix', () => {
  const echo = (request: Request): Response =>
    new Response(
      JSON.stringify([
        request.remoteAddr,
        request.scheme,
        request.host,
        request.rootPath,
        unproxied(request)?.remoteAddr,
      ]),
    );

  it.each([
    [{}, { 'X-Forwarded-For': '1.1.1.1', 'X-Forwarded-Proto': 'https' }, ['1.1.1.1', 'https', 'localhost', '']],
    [{}, {}, ['127.0.0.1', 'http', 'localhost', '']],
    [{}, { 'X-Forwarded-For': '6.6.6.6, 1.1.1.1' }, ['1.1.1.1', 'http', 'localhost', '']],
    [{ xFor: 2 }, { 'X-Forwarded-For': '6.6.6.6, 2.2.2.2, 1.1.1.1' }, ['2.2.2.2', 'http', 'localhost', '']],
    [{ xFor: 2 }, { 'X-Forwarded-For': '1.1.1.1' }, ['127.0.0.1', 'http', 'localhost', '']],
    [
      { xFor: 0, xProto: 0 },
      { 'X-Forwarded-For': '1.1.1.1', 'X-Forwarded-Proto': 'https' },
      ['127.0.0.1', 'http', 'localhost', ''],
    ],
    [
      {},
      { 'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Port': '1', 'X-Forwarded-Prefix': '/p' },
      ['127.0.0.1', 'http', 'localhost', ''],
    ],
    [
      { xHost: 1, xPort: 1 },
      { 'X-Forwarded-Host': 'a.test:1', 'X-Forwarded-Port': '8443' },
      ['127.0.0.1', 'http', 'a.test:8443', ''],
    ],
    [{ xPort: 1 }, { 'X-Forwarded-Port': '8080', Host: '[::1]' }, ['127.0.0.1', 'http', '[::1]:8080', '']],
    [{ xPrefix: 1 }, { 'X-Forwarded-Prefix': '/app' }, ['127.0.0.1', 'http', 'localhost', '/app']],
  ])('0.15: forwarded values beyond the trusted count are ignored: %j with %j', async (options, headers, expected) => {
    const response = await new Client(ProxyFix(echo, options)).get('/', { headers });
    expect(response.getJson({ force: true })).toEqual([...expected, '127.0.0.1']);
  });

  it('also stands in front of web requests', async () => {
    const answer = await ProxyFix(echo)(
      new globalThis.Request('http://a.test/', { headers: { 'X-Forwarded-Proto': 'https' } }),
    );
    expect(await answer.text()).toContain('"https","a.test"');
  });

  it('2.3.0: is not fooled by an underscore', async () => {
    const response = await new Client(ProxyFix(echo)).get('/', { headers: { X_Forwarded_For: '6.6.6.6' } });
    expect(response.text).toContain('127.0.0.1');
  });
});

describe('DispatcherMiddleware', () => {
  const named = (name: string) => (request: Request) =>
    new Response(`${name} ${request.rootPath}|${request.path}|${request.queryString}`);
  const client = (mounts: Record<string, Fetchable>): Client => new Client(DispatcherMiddleware(named('main'), mounts));

  it.each([
    ['/', 'main |/|'],
    ['/api', 'api /api|/|'],
    ['/api?x', 'api /api|/|x'],
    ['/api/', 'api /api|/|'],
    ['/api/users/1', 'api /api|/users/1|'],
    ['/apis', 'main |/apis|'],
    ['/api/admin/x', 'admin /api/admin|/x|'],
    ['/%61pi/x', 'api /api|/x|'],
    ['/api%2Fadmin/x', 'admin /api/admin|/x|'],
  ])('%s', async (path, text) => {
    expect((await client({ '/api': named('api'), '/api/admin': named('admin') }).get(path)).text).toBe(text);
  });

  it('keeps the root path that is there', async () => {
    const response = await client({ '/api': named('api') }).get('/api/x', { baseUrl: 'http://localhost/root' });
    expect(response.text).toBe('api /root/api|/x|');
  });

  it('gives an application its own kind of request, and closes it', async () => {
    let closed = 0;
    class Own extends Request {
      override close(): void {
        closed++;
      }
    }
    const app = {
      fetch: fetchFace(
        (request) => new Response(String(request instanceof Own)),
        (source) => new Own(source),
      ),
    };
    const response = await client({ '/own': app }).get('/own/x');
    expect([response.text, closed]).toEqual(['true', 1]);
  });
});

describe('SharedDataMiddleware', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flacon-shared-'));
  mkdirSync(join(folder, 'public', 'css'), { recursive: true });
  writeFileSync(join(folder, 'public', 'css', 'a.css'), 'body {}');
  writeFileSync(join(folder, 'public', 'data.unknownext'), 'data');
  writeFileSync(join(folder, 'public', 'private.key'), 'key');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  afterAll(() => rmSync(folder, { recursive: true }));

  const exports = { '/static': join(folder, 'public'), '/one.txt': join(folder, 'secret.txt') };
  const client = new Client(SharedDataMiddleware(() => new Response('app'), exports, { disallow: '*.key' }));

  it('serves folders and files', async () => {
    const css = await client.get('/static/css/a.css');
    expect([css.text, css.contentType, css.contentLength]).toEqual(['body {}', 'text/css; charset=utf-8', 7]);
    expect(css.cacheControl.toHeader()).toBe('public, max-age=43200');
    expect(css.headers.get('ETag')).toMatch(/^"wzsdm-\d+\.\d+-7-\d+"$/);
    expect((await client.get('/static/data.unknownext')).contentType).toBe('application/octet-stream');
    expect((await client.get('/one.txt')).text).toBe('secret');
    const again = await client.get('/static/css/a.css', {
      headers: { 'If-None-Match': css.headers.get('ETag') ?? '' },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it.each([
    '/',
    '/static',
    '/static/css',
    '/static/missing',
    '/static/private.key',
    '/static/../secret.txt',
    '/static/%2e%2e/secret.txt',
    '/static//etc/passwd',
    '/static/C:/windows/win.ini',
    '/static/%00',
  ])('CVE-2019-14322: leaves %s to the application', async (path) => {
    expect((await client.get(path)).text).toBe('app');
  });
});
