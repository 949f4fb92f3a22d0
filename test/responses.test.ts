import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { flash, Flacon, makeResponse, renderTemplateString, Response, streamWithContext, request, Tuple } from 'flacon';

const views: [name: string, returned: () => unknown, expected: [status: number, type: string, body: string]][] = [
  ['text', () => '<p>', [200, 'text/html; charset=utf-8', '<p>']],
  ['bytes', () => new TextEncoder().encode('é'), [200, 'text/html; charset=utf-8', 'é']],
  ['an object', () => ({ b: 1, a: 'é' }), [200, 'application/json', '{"a":"\\u00e9","b":1}\n']],
  ['an array', () => [1, 2, 3], [200, 'application/json', '[1,2,3]\n']],
  ['an array of two objects', () => [{ a: 1 }, { b: '2' }], [200, 'application/json', '[{"a":1},{"b":"2"}]\n']],
  ['an array of two texts', () => ['a', 'b'], [200, 'application/json', '["a","b"]\n']],
  ['body and status', () => ['made', 201], [201, 'text/html; charset=utf-8', 'made']],
  ['body and status text', () => ['made', '201 Made'], [201, 'text/html; charset=utf-8', 'made']],
  ['JSON and status', () => [{ error: 'no' }, 404], [404, 'application/json', '{"error":"no"}\n']],
  ['body, status and headers', () => ['x', 202, { 'Content-Type': 'text/plain' }], [202, 'text/plain', 'x']],
  ['body and headers', () => ['x', { 'Content-Type': 'text/css' }], [200, 'text/css', 'x']],
  [
    'a response',
    () => new Response('r', { status: 203, mimetype: 'text/plain' }),
    [203, 'text/plain; charset=utf-8', 'r'],
  ],
  [
    'a web response',
    () => globalThis.Response.json({ web: true }, { status: 207 }),
    [207, 'application/json', '{"web":true}'],
  ],
  ['a response and a status', () => [new Response('r'), 205], [205, 'text/html; charset=utf-8', 'r']],
  [
    'a generator',
    function* () {
      yield 'a';
      yield 'b';
    },
    [200, 'text/html; charset=utf-8', 'ab'],
  ],
  [
    'an async generator',
    async function* () {
      yield 'a';
      yield 'b';
    },
    [200, 'text/html; charset=utf-8', 'ab'],
  ],
  ['a stream', () => Readable.from(['a', 'b']), [200, 'text/html; charset=utf-8', 'ab']],
  ['a promise', async () => ['later', 201], [201, 'text/html; charset=utf-8', 'later']],
  ['makeResponse', () => makeResponse('m', 204), [204, 'text/html; charset=utf-8', '']],
];

for (const [name, returned, [status, type, body]] of views) {
  it(`makes a response of ${name}`, async () => {
    const app = new Flacon(import.meta);
    app.testing = true;
    app.addUrlRule('/', 'view', returned);
    const response = await app.testClient().get('/');
    expect([response.status, response.headers.get('Content-Type'), response.text]).toEqual([status, type, body]);
  });
}

it('refuses a number, and says what can be returned', async () => {
  const app = new Flacon(import.meta);
  app.testing = true;
  app.addUrlRule('/', 'view', () => 42);
  await expect(app.testClient().get('/')).rejects.toMatchObject({
    code: 'WRONG_RETURN_VALUE',
    fix: expect.stringContaining('return text'),
  });
});

it('keeps the context while a stream is sent, and tears it down after it', async () => {
  const app = new Flacon(import.meta);
  const trace: string[] = [];
  app.testing = true;
  app.teardownRequest(() => void trace.push('teardown'));
  app.get('/s/<name>', function stream() {
    return streamWithContext(function* () {
      for (const part of [1, 2]) {
        trace.push(`part ${part}`);
        yield `${request.path} ${part};`;
      }
    });
  });
  expect((await app.testClient().get('/s/x')).text).toBe('/s/x 1;/s/x 2;');
  expect(trace).toEqual(['part 1', 'part 2', 'teardown']);
});

it.each([
  ['nothing', () => Tuple.of()],
  ['one value', () => Tuple.of('x')],
  ['a tuple in a tuple', () => Tuple.of<unknown>(Tuple.of<unknown>('x', 201), 202)],
  ['an error', () => new Error('returned, not thrown')],
])('makes no response of %s', async (_, returned) => {
  const app = new Flacon();
  app.testing = true;
  app.get('/', returned as () => object);
  await expect(app.testClient().get('/')).rejects.toThrow('response');
});

it('takes a Tuple as a response, even where an array would be JSON', async () => {
  const app = new Flacon();
  app.get('/', () => Tuple.of<unknown>('x', null, { 'X-B': '2' }));
  const response = await app.testClient().get('/');
  expect([response.status, response.headers.get('X-B'), response.text]).toEqual([200, '2', 'x']);
});

it('keeps headers that are given twice', async () => {
  const app = new Flacon();
  app.get('/', () => [
    'x',
    200,
    [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ],
  ]);
  const response = await app.testClient().get('/');
  expect(response.headers.getList('Set-Cookie')).toEqual(['a=1', 'b=2']);
});

it('tells the teardown of the error of the request, not of its handler', async () => {
  const app = new Flacon();
  const seen: unknown[] = [];
  app.errorHandler(500, () => {
    throw new Error('in the handler');
  });
  app.teardownRequest((error) => seen.push((error as Error).message));
  app.logger.handlers.push(() => undefined);
  app.get('/', () => {
    throw new Error('in the view');
  });
  await expect(app.testClient().get('/')).rejects.toThrow('in the handler');
  expect(seen).toEqual(['in the view']);
});

it('gives templates sessions and flashed messages as Python does', () => {
  const app = new Flacon();
  app.config.SECRET_KEY = 'k';
  app.testRequestContext('/').run(() => {
    flash('saved', 'info');
    expect(renderTemplateString("{{ session.get('missing') }} {{ request.args.get('missing', 'none') }}")).toBe(
      'None none',
    );
    expect(
      renderTemplateString(
        '{% for category, message in get_flashed_messages(true) %}{{ category }}: {{ message }}{% endfor %}',
      ),
    ).toBe('info: saved');
  });
});
