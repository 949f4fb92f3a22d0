import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Flacon, flash, session, Markup, Tuple, UUID } from 'flacon';

const python = '/usr/bin/python3';
const probe = spawnSync(python, ['-c', 'import flask'], { encoding: 'utf8' });
const missing =
  probe.status === 0 ? undefined : 'the package python3-flask is not installed (apt-get install python3-flask)';

if (missing !== undefined && process.env['CI']) it('has python3-flask in CI', () => expect.fail(missing));

const KEY = 'a key of both';

/** Runs a program in which `app` is a Flask app with the same key, and gives what it prints as JSON. */
function runFlask(program: string, input: unknown = null): unknown {
  const head = `
import json, sys, uuid, datetime
from flask import Flask, session, flash, get_flashed_messages, request
from markupsafe import Markup
app = Flask('app')
app.secret_key = ${JSON.stringify(KEY)}
given = json.load(sys.stdin)
`;
  return JSON.parse(
    execFileSync(python, ['-c', `${head}\n${program}`], { input: JSON.stringify(input), encoding: 'utf8' }),
  );
}

function makeApp(): Flacon {
  const app = new Flacon();
  app.config.SECRET_KEY = KEY;
  return app;
}

/** The session cookie that Flacon sets after `write`. */
async function flaconCookie(write: () => void): Promise<string> {
  const app = makeApp();
  app.get('/', () => {
    write();
    return '';
  });
  const client = app.testClient();
  await client.get('/');
  return client.getCookie('session')?.value ?? '';
}

/** What Flacon has in the session of a cookie. */
async function flaconSession(cookie: string): Promise<Record<string, unknown>> {
  const app = makeApp();
  let seen: Record<string, unknown> = {};
  app.get('/', () => {
    seen = session.toObject();
    return '';
  });
  const client = app.testClient();
  client.setCookie('session', cookie);
  await client.get('/');
  return seen;
}

const flaskReads = `
@app.route('/')
def index():
    return {key: [type(value).__name__, repr(value)] for key, value in session.items()}
print(json.dumps(app.test_client(use_cookies=False).get('/', headers={'Cookie': 'session=' + given}).json))
`;

const flaskWrites = `
@app.route('/')
def index():
    session['text'] = 'grün \\U0001f511'
    session['number'] = 42
    session['half'] = 0.5
    session['list'] = [1, [2, None, True]]
    session['pair'] = (1, ('two', 3))
    session['bytes'] = b'\\x00\\xff'
    session['html'] = Markup('<b>&amp;</b>')
    session['id'] = uuid.UUID('12345678-1234-5678-1234-567812345678')
    session['when'] = datetime.datetime(2026, 1, 8, 17, 9, 7, tzinfo=datetime.timezone.utc)
    session['dict'] = {' t': [1]}
    session['long'] = 'x' * 3000
    flash('hello', 'success')
    return ''
answer = app.test_client().get('/')
print(json.dumps(answer.headers['Set-Cookie'].split(';')[0].split('=', 1)[1]))
`;

describe.skipIf(missing !== undefined)(`sessions of real Flask${missing === undefined ? '' : ` (${missing})`}`, () => {
  const when = new Date(Date.UTC(2026, 0, 8, 17, 9, 7));

  it("reads a cookie of Flask's, every type of it", async () => {
    const cookie = runFlask(flaskWrites) as string;
    const seen = await flaconSession(cookie);
    expect(seen).toEqual({
      text: 'grün \u{1f511}',
      number: 42,
      half: 0.5,
      list: [1, [2, null, true]],
      pair: Tuple.of<unknown>(1, Tuple.of<unknown>('two', 3)),
      bytes: expect.anything(),
      html: new Markup('<b>&amp;</b>'),
      id: new UUID('12345678-1234-5678-1234-567812345678'),
      when,
      dict: { ' t': [1] },
      long: 'x'.repeat(3000),
      _flashes: [Tuple.of('success', 'hello')],
    });
    expect([...(seen['bytes'] as Uint8Array)]).toEqual([0, 255]);
  });

  it('writes a cookie that Flask reads, every type of it', async () => {
    const cookie = await flaconCookie(() => {
      session.update({
        text: 'grün \u{1f511}',
        number: 42,
        half: 0.5,
        list: [1, [2, null, true]],
        pair: Tuple.of<unknown>(1, Tuple.of<unknown>('two', 3)),
        bytes: Uint8Array.of(0, 255),
        html: new Markup('<b>&amp;</b>'),
        id: new UUID('12345678-1234-5678-1234-567812345678'),
        when,
        dict: { ' t': [1] },
        long: 'x'.repeat(3000),
      });
      flash('hello', 'success');
    });
    expect(runFlask(flaskReads, cookie)).toEqual({
      text: ['str', "'grün \u{1f511}'"],
      number: ['int', '42'],
      half: ['float', '0.5'],
      list: ['list', '[1, [2, None, True]]'],
      pair: ['tuple', "(1, ('two', 3))"],
      bytes: ['bytes', "b'\\x00\\xff'"],
      html: ['Markup', "Markup('<b>&amp;</b>')"],
      id: ['UUID', "UUID('12345678-1234-5678-1234-567812345678')"],
      when: ['datetime', 'datetime.datetime(2026, 1, 8, 17, 9, 7, tzinfo=datetime.timezone.utc)'],
      dict: ['dict', "{' t': [1]}"],
      long: ['str', `'${'x'.repeat(3000)}'`],
      _flashes: ['list', "[('success', 'hello')]"],
    });
  });

  it('takes turns with Flask on one session', async () => {
    const program = `
@app.route('/')
def index():
    session['visits'] = session.get('visits', 0) + 1
    session.permanent = True
    return ''
answer = app.test_client(use_cookies=False).get('/', headers={'Cookie': 'session=' + given} if given else {})
print(json.dumps(answer.headers['Set-Cookie'].split(';')[0].split('=', 1)[1]))
`;
    let cookie = '';
    for (let turn = 0; turn < 3; turn += 1) {
      cookie = runFlask(program, cookie) as string;
      const app = makeApp();
      app.get('/', () => {
        session.set('visits', session.get<number>('visits', 0) + 1);
        return '';
      });
      const client = app.testClient();
      client.setCookie('session', cookie);
      await client.get('/');
      cookie = client.getCookie('session')?.value ?? '';
    }
    expect(await flaconSession(cookie)).toEqual({ visits: 6, _permanent: true });
  });

  it('believes no cookie of another key, either way', async () => {
    const cookie = await flaconCookie(() => session.set('a', 1));
    const forged = `${cookie.slice(0, -3)}AAA`;
    expect([runFlask(flaskReads, cookie), runFlask(flaskReads, forged)]).toEqual([{ a: ['int', '1'] }, {}]);
    const theirs = runFlask(`app.secret_key = 'another'\n${flaskWrites}`) as string;
    expect(await flaconSession(theirs)).toEqual({});
  });
});
