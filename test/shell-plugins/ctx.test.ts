import { afterEach, describe, expect, it } from 'vitest';
import { abort, Flacon, g, redirect, request, session } from '../../src/index.ts';
import { plainText } from '../../src/shell/spans.ts';
import { PluginShell } from './support.ts';

let shell: PluginShell | undefined;

afterEach(async () => {
  await shell?.close();
  shell = undefined;
});

/** An application that notes what runs around its requests. */
function makeApp(events: string[] = [], name = 'blog'): Flacon {
  const app = new Flacon(undefined, { name });
  app.config.SECRET_KEY = 'key';
  app.get('/posts/<int:id>', function show({ id }) {
    return { id };
  });
  app.get('/login', () => {
    session.set('user', 'ann');
    return 'in';
  });
  app.beforeRequest(async () => {
    await Promise.resolve();
    if (request.args.get('refuse')) abort(403);
    if (request.args.get('away')) return redirect('/login');
    g.user = session.get('user') ?? 'nobody';
    events.push(`before ${request.path} in ${name}`);
    return undefined;
  });
  app.teardownRequest(() => void events.push(`teardown ${request.path} in ${name}`));
  app.shellContextProcessor(() => ({ request, session, g }));
  return app;
}

describe('.ctx', () => {
  it('runs entries inside of a request, hooks before and teardown after, once', async () => {
    const events: string[] = [];
    shell = await PluginShell.open(makeApp(events));
    expect(await shell.ask('request.path')).toContain('Working outside of request context');
    expect(await shell.ask('.ctx push GET /posts/4?x=1')).toBe('');
    expect(shell.prompt).toBe('blog(dev) GET /posts/4?x=1>');
    expect(
      await shell.ask('[request.path, request.endpoint, request.viewArgs.id, request.args.get("x"), g.user]'),
    ).toBe("[ '/posts/4', 'show', 4, '1', 'nobody' ]");
    expect(await shell.ask('await new Promise(setImmediate); request.path')).toBe("'/posts/4'");
    expect(events).toEqual(['before /posts/4 in blog']);
    expect(await shell.ask('.ctx')).toBe('GET /posts/4?x=1  show');
    await shell.ask('.ctx pop');
    expect(shell.prompt).toBe('blog(dev)>');
    expect(events).toEqual(['before /posts/4 in blog', 'teardown /posts/4 in blog']);
    expect(await shell.ask('request.path')).toContain('Working outside of request context');
    expect(await shell.ask('.ctx pop')).toBe('there is no request to leave: .ctx push GET /');
    await shell.client.ask({ op: 'close' });
    expect(events).toHaveLength(2);
  });

  it('knows who is logged in by client, and takes a body', async () => {
    shell = await PluginShell.open(makeApp());
    await shell.ask('await client.get("/login")');
    await shell.ask('.ctx push POST /posts/4 --json {"title": "New one"}');
    expect(await shell.ask('[g.user, session.get("user"), request.json.title]')).toBe("[ 'ann', 'ann', 'New one' ]");
  });

  it('leaves the hooks out on request', async () => {
    const events: string[] = [];
    shell = await PluginShell.open(makeApp(events));
    await shell.ask('.ctx push /posts/4 --no-hooks');
    expect(shell.prompt).toBe('blog(dev) GET /posts/4>');
    expect(await shell.ask('g.user')).toBe('undefined');
    expect(events).toEqual([]);
  });

  it('nests', async () => {
    const events: string[] = [];
    shell = await PluginShell.open(makeApp(events));
    await shell.ask('.ctx push /posts/1');
    await shell.ask('.ctx push /posts/2');
    expect(await shell.ask('request.path')).toBe("'/posts/2'");
    await shell.ask('.ctx pop');
    expect(shell.prompt).toBe('blog(dev) GET /posts/1>');
    expect(await shell.ask('request.path')).toBe("'/posts/1'");
    expect(events.at(-1)).toBe('teardown /posts/2 in blog');
  });

  it('tears down once when the session ends', async () => {
    const events: string[] = [];
    shell = await PluginShell.open(makeApp(events));
    await shell.ask('.ctx push /posts/1');
    await shell.ask('.ctx push /posts/2');
    await shell.client.ask({ op: 'close' });
    expect(events.slice(2)).toEqual(['teardown /posts/2 in blog', 'teardown /posts/1 in blog']);
  });

  it('makes the request again after a reload: the old one ends in the old application', async () => {
    const events: string[] = [];
    shell = await PluginShell.open(makeApp(events));
    await shell.ask('.ctx push /posts/4');
    await shell.reload(makeApp(events, 'next'));
    expect(events).toEqual(['before /posts/4 in blog', 'teardown /posts/4 in blog', 'before /posts/4 in next']);
    expect(shell.prompt).toBe('blog(dev) GET /posts/4>');
    expect(await shell.ask('request.app.name')).toBe("'next'");
    await shell.ask('.ctx pop');
    expect(events.slice(3)).toEqual(['teardown /posts/4 in next']);
    await shell.ask('.ctx push /posts/5');
    const broken = makeApp(events, 'broken');
    broken.beforeRequest(() => {
      throw new Error('not today');
    });
    expect(plainText((await shell.reload(broken)).printed)).toContain('left GET /posts/5: not today');
    expect(shell.prompt).toBe('blog(dev)>');
    expect(events.filter((event) => event === 'teardown /posts/5 in next')).toHaveLength(1);
  });

  it('says what the hooks answer, and what is wrong', async () => {
    const events: string[] = [];
    shell = await PluginShell.open(makeApp(events));
    expect(await shell.ask('.ctx push /posts/4?away=1')).toBe('a beforeRequest function answers: 302 FOUND /login');
    await shell.ask('.ctx pop');
    expect(await shell.ask('.ctx push /posts/4?refuse=1')).toBe(
      'a beforeRequest function refuses it: 403 Forbidden (--no-hooks leaves them out)',
    );
    expect(shell.prompt).toBe('blog(dev)>');
    // The request that was refused has ended.
    expect(events).toEqual(['teardown /posts/4 in blog', 'teardown /posts/4 in blog']);
    expect(await shell.ask('.ctx push /nowhere')).toBe('no view: 404 Not Found');
    expect(await shell.ask('.ctx push')).toBe('which path? .ctx push GET /');
    expect(await shell.ask('.ctx off')).toMatch(/^'off' is neither push nor pop/);
  });
});
