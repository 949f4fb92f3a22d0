import { describe, expect, it } from 'vitest';

import { errorPage } from '../../src/debug/page.ts';
import { createPin, MOST_FAILURES } from '../../src/debug/pin.ts';
import { readTraceback } from '../../src/debug/traceback.ts';
import { APP, DebugServer } from './debug-server.ts';

// One test for each hole that Werkzeug's debugger has had, and for those that its users feared.
describe('the error page', () => {
  const attack = '--></title></pre></textarea><script>alert(1)</script><img src=x onerror=alert(1)>"\'';

  function expectText(html: string): void {
    expect(html).not.toMatch(/<script>|<img|<!--|"'[^"]*onerror/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html.match(/<\/title>/g)).toHaveLength(1);
    expect(html.match(/<script /g) ?? []).toHaveLength(
      html.match(/<script src="[^"<>]*"[^<>]*><\/script>/g)?.length ?? 0,
    );
  }

  it('CVE-2016-10516: title, message, names, files, sources, values, headers and the plain text are text', async () => {
    const error = Object.assign(new Error(attack, { cause: new Error(attack) }), { name: attack, fix: attack });
    error.stack = `${attack}: ${attack}\n    at ${attack} (file:///${attack}/a.ts:1:1)\n    at b (/p/b.ts:1:1)`;
    const html = errorPage(readTraceback(error), {
      heading: attack,
      note: attack,
      nonce: attack,
      scriptUrl: attack,
      sourceText: () => attack,
      view: () => ({ id: 0, locals: [[attack, [[attack, attack]]]] }),
      details: [{ title: attack, values: [[attack, [[attack]]]] }],
      debugger: { error: attack, secret: attack, scriptUrl: attack },
    });
    expectText(html);
    const server = await DebugServer.start();
    for (const path of [
      `/boom?message=${encodeURIComponent(attack)}`,
      `/boom?message=x&q=${encodeURIComponent(attack)}`,
    ]) {
      expectText((await server.page(path, { 'X-Attack': attack })).html);
    }
  });

  it('CVE-2016-10516: variables and lines of source are text', async () => {
    const code = `app.get('/posts/<int:id>', () => { const local = ${JSON.stringify(attack)}; /* ${attack.replace('*/', '')} */ throw new Error('x'); });`;
    const { html } = await (await DebugServer.start({ code })).page();
    expectText(html);
    expect(html).toContain('onerror=alert(1)&gt;');
  });

  it('#1031: what is typed into a console, what it prints, returns and throws is text', async () => {
    const server = await DebugServer.start();
    const { secret, error } = await server.page();
    const cookie = await server.unlock(secret);
    const markup = '<script>alert(1)</script>';
    for (const code of [
      `'${markup}'`,
      `({ '${markup}': 1 })`,
      `console.log('${markup}')`,
      `throw new Error('${markup}')`,
      `Object.assign(() => {}, { '${markup}': /${markup.replace('/', '\\/')}/ })`,
      `let ${markup}`,
      'words',
    ]) {
      const { json } = await server.command('eval', { error, frame: 0, code }, { secret, headers: { Cookie: cookie } });
      expect(json['html']).toMatch(/&lt;(?:script|b)/);
      expect(json['html']).not.toMatch(/<(?:script|b)\b/);
    }
  });

  it('masks secrets: variables, headers, session, configuration, environment, and known values wherever they stand', async () => {
    process.env['TEST_API_TOKEN'] = 'token-from-the-environment';
    const server = await DebugServer.start({
      code: `${APP}
        app.config.SECRET_KEY_FALLBACKS = ['an-earlier-key'];
        app.get('/secrets', () => {
          const all = { env: process.env.TEST_API_TOKEN, key: app.secretKey, old: 'x an-earlier-key x' };
          throw new Error('refused: the-key-of-the-app');
        });`,
    });
    try {
      const headers = {
        Authorization: 'Bearer private-bearer',
        Cookie: 'session=private-cookie',
        'X-Api-Key': 'private-key',
      };
      const pages = await Promise.all(['/secrets', '/posts/1', '/session'].map((path) => server.page(path, headers)));
      const html = pages.map((page) => page.html).join('');
      const known = ['token-from-the-environment', 'the-key-of-the-app', 'an-earlier-key', '123-456-789'];
      for (const secret of known) expect(html.includes(secret), secret).toBe(false);
      // What only a name in the source tells to be a secret is one in the values.
      const values = html.replaceAll(/<pre class="code".*?<\/pre>|<details class="plain">.*?<\/details>/gs, '');
      for (const secret of ['private-', 'hunter2-long', 'very-secret'])
        expect(values.includes(secret), secret).toBe(false);
      expect(values.match(/redacted/g)?.length).toBeGreaterThan(8);
      const { secret, error } = pages[0] as (typeof pages)[0];
      const cookie = await server.unlock(secret);
      for (const code of [
        'app.config',
        'app.config.SECRET_KEY',
        'process.env',
        'request.headers',
        'request.cookies',
        'all',
      ]) {
        const answer = await server.command('eval', { error, frame: 0, code }, { secret, headers: { Cookie: cookie } });
        expect(answer.body, code).toContain('redacted');
        expect(answer.body, code).not.toMatch(/the-key-of|an-earlier-key|token-from|private-/);
      }
    } finally {
      delete process.env['TEST_API_TOKEN'];
    }
  });
});

describe('the PIN', () => {
  it('CVE-2019-14806: is random, and nothing that a file or the machine says leads to it', () => {
    const made = Array.from({ length: 20 }, () => createPin());
    expect(new Set(made.map(({ pin }) => pin)).size).toBe(20);
    expect(new Set(made.map(({ key }) => key)).size).toBe(20);
    for (const { key } of made) expect(Buffer.from(key, 'base64url')).toHaveLength(32);
  });

  it('3.1.4: ten attempts, no eleventh, also when they are made at once; then the right one is too late', async () => {
    const server = await DebugServer.start();
    const { secret, error } = await server.page();
    const attempts = Array.from({ length: 15 }, (_, number) => server.command('pin', { pin: `${number}` }, { secret }));
    const exhausted = (await Promise.all(attempts)).map(({ json }) => json['exhausted']);
    expect(exhausted.filter((value) => value === false)).toHaveLength(MOST_FAILURES - 1);
    expect(server.failures).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const right = await server.command('pin', { pin: '123-456-789' }, { secret });
    expect([right.json, right.headers['set-cookie']]).toEqual([{ auth: false, exhausted: true }, undefined]);
    const { status, json } = await server.command('eval', { error, frame: 0, code: '1' }, { secret });
    expect([status, json['exhausted']]).toEqual([401, true]);
  });

  it('3.1.4: a forged cookie is an attempt', async () => {
    const server = await DebugServer.start();
    const { secret, error } = await server.page();
    const forged = (await server.unlock(secret)).replace(/\.[\w-]+$/, `.${'A'.repeat(43)}`);
    for (let attempt = 0; attempt < MOST_FAILURES; attempt++) {
      const answer = await server.command(
        'eval',
        { error, frame: 0, code: '1' },
        { secret, headers: { Cookie: forged } },
      );
      expect(answer.status).toBe(401);
    }
    expect((await server.command('pin', { pin: '123-456-789' }, { secret })).json).toEqual({
      auth: false,
      exhausted: true,
    });
  });

  it.each(['', 'flacon_debug_5000=', 'flacon_debug_5000=a.b.c', 'flacon_debug_5000=..', 'other=1'])(
    '3.1.5: the console is closed without it (Cookie: %s)',
    async (cookie) => {
      const server = await DebugServer.start();
      const { secret, error } = await server.page();
      const code = 'visits = 1000';
      const { status } = await server.command(
        'eval',
        { error, frame: 0, code },
        { secret, headers: { Cookie: cookie } },
      );
      expect(status).toBe(401);
      const unlocked = await server.unlock(secret);
      const { json } = await server.command(
        'eval',
        { error, frame: 0, code: 'visits' },
        { secret, headers: { Cookie: unlocked } },
      );
      expect(json['html']).toContain('>1<');
    },
  );

  it('3.1.5: the console works without one where it is off, and only there', async () => {
    const server = await DebugServer.start({ pin: createPin('off') });
    const { secret, error } = await server.page();
    const { status, json } = await server.command('eval', { error, frame: 0, code: '6 * 7' }, { secret });
    expect([status, json['html']]).toEqual([200, '<i class="s-yellow">42</i>']);
    expect((await server.command('eval', { error, frame: 0, code: '1' }, { secret: 'wrong' })).status).toBe(403);
  });

  it('is not printed on demand, and there is no console without an error', async () => {
    const server = await DebugServer.start();
    for (const path of [
      '/console',
      '/__flacon__/console',
      '/?__debugger__=yes&cmd=printpin',
      '/__flacon__/debug/printpin',
    ])
      expect((await server.ask(`GET ${path}`)).body).not.toMatch(/data-secret|123-?456/);
  });
});

describe('the host', () => {
  const strangers = [
    'attacker.example',
    'x.attacker.example',
    'localhost.attacker.example',
    'notlocalhost',
    '127.0.0.1.nip.io',
    '10.0.0.1',
    '[::2]',
    '',
  ];

  it.each(strangers)('CVE-2024-34069: at %j every command is a 400, and the page has no console', async (host) => {
    const server = await DebugServer.start();
    const { secret, error } = await server.page();
    const cookie = await server.unlock(secret);
    const headers = { Host: host, Cookie: cookie, Origin: `http://${host}` };
    for (const [name, body] of [
      ['pin', { pin: '123-456-789' }],
      ['eval', { error, frame: 0, code: 'visits = 9' }],
      ['printpin', {}],
    ] as const) {
      const { status, body: text } = await server.ask(`POST /__flacon__/debug/${name}`, {
        headers: { 'Content-Type': 'application/json', 'X-Flacon-Secret': secret, ...headers },
        body: JSON.stringify(body),
      });
      expect([status, text.includes('auth')]).toEqual([400, false]);
    }
    expect((await server.ask('GET /__flacon__/debug/debugger.js', { headers: { Host: host } })).status).toBe(400);
    const { html } = await server.page('/posts/1', { Host: host });
    expect(html).toContain('TypeError');
    expect(html).not.toMatch(/data-secret|data-frame|class="values"/);
  });

  it.each([
    'localhost',
    'LOCALHOST:5000',
    'app.localhost:5000',
    '127.0.0.1',
    '[::1]',
    '[::1]:5000',
    'my.test',
    'a.trusted.test',
  ])('CVE-2024-34069: %j is this machine or was named as it', async (host) => {
    const server = await DebugServer.start();
    server.app.config.SERVER_NAME = 'my.test:5000';
    server.app.config.TRUSTED_HOSTS = ['.trusted.test', 'my.test', 'localhost', '.localhost', '127.0.0.1', '[::1]'];
    const { secret } = await server.page();
    const headers = { Host: host, Origin: `http://${host}` };
    expect((await server.command('pin', { pin: '123456789' }, { secret, headers })).json['auth']).toBe(true);
  });

  it.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'X-Forwarded-Host'])(
    'a request that came through a tunnel (%s) gets the text of the error alone',
    async (name) => {
      const server = await DebugServer.start();
      const { secret } = await server.page();
      const headers = { [name]: '203.0.113.9' };
      expect((await server.command('pin', { pin: '123456789' }, { secret, headers })).status).toBe(403);
      expect((await server.page('/posts/1', headers)).html).not.toMatch(/data-secret|data-frame/);
    },
  );
});

describe('other sites', () => {
  it('#89: a command without the secret of the page is not run', async () => {
    const server = await DebugServer.start();
    const { secret, error } = await server.page();
    const cookie = await server.unlock(secret);
    const code = 'visits = 1000';
    for (const wrong of ['', 'x', secret.slice(1), `${secret}x`]) {
      const { status } = await server.command(
        'eval',
        { error, frame: 0, code },
        { secret: wrong, headers: { Cookie: cookie } },
      );
      expect(status).toBe(403);
      expect((await server.command('pin', { pin: '123456789' }, { secret: wrong })).status).toBe(403);
    }
    const { json } = await server.command(
      'eval',
      { error, frame: 0, code: 'visits' },
      { secret, headers: { Cookie: cookie } },
    );
    expect(json['html']).toContain('>1<');
  });

  it.each([
    { Origin: 'http://attacker.example' },
    { Origin: 'null' },
    { Origin: 'http://127.0.0.1:1' },
    { Origin: '', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: '', 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'none' },
  ])('#89: a command of another site is refused, whatever it knows: %j', async (headers) => {
    const server = await DebugServer.start();
    const { secret } = await server.page();
    const all = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >;
    expect((await server.command('pin', { pin: '123456789' }, { secret, headers: all })).status).toBe(403);
    expect(server.failures).toEqual([]);
  });

  it('#89: commands are JSON by POST, which no form can send, and nothing allows other origins', async () => {
    const server = await DebugServer.start();
    const { secret, error } = await server.page();
    const cookie = await server.unlock(secret);
    const headers = { 'X-Flacon-Secret': secret, Cookie: cookie };
    const body = JSON.stringify({ error, frame: 0, code: '1' });
    const types = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
    for (const type of types) {
      const answer = await server.ask('POST /__flacon__/debug/eval', {
        headers: { ...headers, 'Content-Type': type },
        body,
      });
      expect(answer.status).toBe(415);
    }
    const origin = { Origin: 'http://attacker.example', 'Access-Control-Request-Method': 'POST' };
    const answers = [
      await server.ask(`GET /__flacon__/debug/eval?error=${error}&frame=0&code=1`, { headers }),
      await server.ask('OPTIONS /__flacon__/debug/eval', { headers: origin }),
      await server.ask('GET /posts/1', { headers: origin }),
      await server.ask('GET /__flacon__/debug/debugger.js', { headers: { Origin: 'http://attacker.example' } }),
      await server.command('eval', { error, frame: 0, code: '1' }, { secret, headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([405, 405, 500, 200, 200]);
    for (const { headers: given } of answers) {
      expect(Object.keys(given).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(given['cross-origin-resource-policy']).toBe('same-origin');
      expect(given['cache-control']).toBe('no-store');
    }
  });

  it('#89: the secret is not that of another process, and no error can be guessed', async () => {
    const [first, second] = [await DebugServer.start(), await DebugServer.start()];
    const pages = [await first.page(), await first.page(), await second.page()];
    expect(new Set(pages.map(({ secret }) => secret)).size).toBe(2);
    expect(new Set(pages.map(({ error }) => error)).size).toBe(3);
    for (const { secret } of pages) expect(secret.length).toBeGreaterThanOrEqual(32);
  });
});
