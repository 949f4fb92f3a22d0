import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Blueprint,
  Flacon,
  flash,
  g,
  getFlashedMessages,
  renderTemplate,
  renderTemplateString,
  session,
  streamTemplateString,
  templateRendered,
} from 'flacon';

let folder: string;
let app: Flacon;

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-templates-'));
  app = new Flacon(import.meta, { name: 'app', rootPath: folder });
  app.secretKey = 'key';
  app.testing = true;
});

afterEach(() => rmSync(folder, { recursive: true }));

const get = async (view: () => string): Promise<string> => {
  app.addUrlRule('/', 'view', view);
  return (await app.testClient().get('/')).text;
};

describe('templates', () => {
  it('inherit, escape, and know the globals', async () => {
    write('templates/base.html', '<title>{% block title %}{% endblock %}</title>{{ config.NAME }}');
    write(
      'templates/page.html',
      '{% extends "base.html" %}{% block title %}{{ name }} {{ request.path }} {{ g.visitor }} {{ url_for("static", filename="a b.css") }}{% endblock %}',
    );
    app.config['NAME'] = 'ACME';
    const text = await get(() => {
      g['visitor'] = 'ann';
      return renderTemplate('page.html', { name: '<&>' });
    });
    expect(text).toBe('<title>&lt;&amp;&gt; / ann /static/a%20b.css</title>ACME');
  });

  it("of the app win over a blueprint's, those over nothing", async () => {
    write('templates/both.html', 'app');
    write('part/both.html', 'part');
    write('part/own.html', 'own');
    const part = new Blueprint('part', import.meta, { rootPath: folder, templateFolder: 'part' });
    app.registerBlueprint(part);
    expect(await get(() => renderTemplate('both.html') + renderTemplate(['none.html', 'own.html']))).toBe('appown');
    await expect(get(() => renderTemplate('none.html'))).rejects.toThrow();
  });

  it('get the values of processors, given ones winning', async () => {
    const part = new Blueprint('part', import.meta);
    app.contextProcessor(() => ({ a: 'app', b: 'app', c: 'app' }));
    part.contextProcessor(() => ({ b: 'part', c: 'part' }));
    part.get('/part', function page() {
      return renderTemplateString('{{ a }} {{ b }} {{ c }}', { c: 'given' });
    });
    app.registerBlueprint(part);
    expect((await app.testClient().get('/part')).text).toBe('app part given');
  });

  it('have filters, tests and globals of the app', async () => {
    app.templateFilter('shout', (text: string, times = 1) => text.toUpperCase() + '!'.repeat(times));
    app.templateTest('evenlength', (text: string) => text.length % 2 === 0);
    app.templateGlobal('double', (value: number) => value * 2);
    expect(
      await get(() => renderTemplateString('{{ "a"|shout(2) }} {{ "yes" if "ab" is evenlength }} {{ double(4) }}')),
    ).toBe('A!! yes 8');
  });

  it('announce what they rendered', async () => {
    const seen: unknown[] = [];
    const receiver = (_app: unknown, payload: object): void =>
      void seen.push((payload as { context: { x: unknown } }).context.x);
    templateRendered.connect(receiver, app);
    await get(() => renderTemplateString('{{ x }}', { x: 1 }));
    expect(seen).toEqual([1]);
  });

  it('explain where they were looked for', async () => {
    app.config.EXPLAIN_TEMPLATE_LOADING = true;
    const lines: string[] = [];
    app.logger.handlers.push(({ message }) => lines.push(message));
    await expect(get(() => renderTemplate('none.html'))).rejects.toThrow();
    expect(lines.join('\n')).toContain("1: trying application 'app'");
    expect(lines.join('\n')).toContain('no match');
  });

  it('read the configuration as a dictionary', async () => {
    app.config['COLOR'] = 'red';
    const source =
      '{{ config.get("COLOR") }} {{ config.get("NONE", 1) }} {% for k, v in config.items() if k == "COLOR" %}{{ v }}{% endfor %}';
    expect(await get(() => renderTemplateString(source))).toBe('red 1 red');
  });

  it('stream', async () => {
    app.get('/stream', () => streamTemplateString('{% for x in [1, 2] %}{{ x }} {{ request.path }};{% endfor %}'));
    expect((await app.testClient().get('/stream')).text).toBe('1 /stream;2 /stream;');
  });
});

describe('flashed messages', () => {
  it('are seen once, in order, with categories and filters', async () => {
    app.get('/flash', () => {
      flash('one');
      flash('<two>', 'error');
      return 'ok';
    });
    app.get('/show', () =>
      renderTemplateString(
        '{% for c, m in get_flashed_messages(with_categories=true) %}{{ c }}:{{ m }};{% endfor %}{{ get_flashed_messages(category_filter=["error"])|length }}',
      ),
    );
    const client = app.testClient();
    await client.get('/flash');
    expect((await client.get('/show')).text).toBe('message:one;error:&lt;two&gt;;1');
    expect((await client.get('/show')).text).toBe('0');
  });

  it('are at hand in a test', () => {
    app.testRequestContext('/').run(() => {
      flash('x');
      expect(session.modified).toBe(true);
      expect(getFlashedMessages()).toEqual(['x']);
    });
  });
});
