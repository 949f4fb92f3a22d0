import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Blueprint, Flacon, flash, renderTemplate, renderTemplateString, request, session } from 'flacon';

// The template snippets of the Flask tips, as a Flask user writes them, in an app with session, flash and URLs.
let folder: string;
let app: Flacon;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-tips-'));
  app = new Flacon(import.meta, { rootPath: folder, templateFolder: '.' });
  app.secretKey = 'key';
  app.testing = true;
  const stocks = new Blueprint('stocks', import.meta, { urlPrefix: '/stocks' });
  stocks.get('/', function index() {
    return 'list';
  });
  stocks.get('/<int:id>', function stock_details({ id }) {
    return `details ${id}`;
  });
  app.registerBlueprint(stocks);
});

afterEach(() => rmSync(folder, { recursive: true }));

async function render(
  source: string,
  context: Record<string, unknown> = {},
  prepare: () => void = () => undefined,
): Promise<string> {
  writeFileSync(join(folder, 'page.html'), source);
  app.get('/page', function page() {
    prepare();
    return renderTemplate('page.html', context);
  });
  return (await app.testClient().get('/page')).text;
}

describe('the tips', () => {
  it('25, 27: renders a file with a variable, escaped', async () => {
    expect(await render('<h1>Welcome to {{ organization }}!</h1>', { organization: '<ACME>' })).toBe(
      '<h1>Welcome to &lt;ACME&gt;!</h1>',
    );
  });

  it('26, 28: if, else, and for over objects', async () => {
    const source =
      '{% if users %}<ul>{% for user in users %}<li>{{ user.name }}</li>{% endfor %}</ul>{% else %}none{% endif %}';
    expect(await render(source, { users: [{ name: 'ann' }, { name: 'bob' }] })).toBe(
      '<ul><li>ann</li><li>bob</li></ul>',
    );
    expect(await app.appContext().run(() => renderTemplateString(source, { users: [] }))).toBe('none');
  });

  it('29: config, request, session, g, url_for() and get_flashed_messages() are there', async () => {
    const source =
      "{{ config.NAME }} {{ request.path }} {% if session['email'] %}{{ session['email'] }}{% else %}nobody{% endif %} {{ g.x }} {{ url_for('stocks.index') }} {{ get_flashed_messages()|length }}";
    app.config['NAME'] = 'ACME';
    expect(await render(source)).toBe('ACME /page nobody  /stocks/ 0');
  });

  it('30, 33: current_user, and strftime on a date', async () => {
    const current_user = { isAuthenticated: true, registeredOn: new Date(2022, 0, 8, 17, 9, 7) };
    const source =
      "{% if current_user.is_authenticated %}<p>Joined on {{ current_user.registered_on.strftime('%A, %B %d, %Y') }}</p>{% endif %}";
    expect(await render(source, { current_user })).toBe('<p>Joined on Saturday, January 08, 2022</p>');
  });

  it('31, 32: inheritance, and a block for the CSS of one page', async () => {
    writeFileSync(
      join(folder, 'base.html'),
      '<head>{% block styling %}{% endblock %}</head><main>{% block content %}{% endblock %}</main>',
    );
    const source = `{% extends "base.html" %}
{% block styling %}<link href="{{ url_for('static', filename='css/register.css') }}">{% endblock %}
{% block content %}Hello{% endblock %}`;
    expect(await render(source)).toBe('<head><link href="/static/css/register.css"></head><main>Hello</main>');
  });

  it('44, 45: a value of the session in a template that is text', async () => {
    app.post('/set_email', () => {
      session.set('email', request.form.require('email_address'));
      return 'ok';
    });
    app.get('/get_email', () =>
      renderTemplateString(
        "{% if session['email'] %}<h1>Welcome {{ session['email'] }}!</h1>{% else %}<h1>Enter your email</h1>{% endif %}",
      ),
    );
    const client = app.testClient();
    expect((await client.get('/get_email')).text).toBe('<h1>Enter your email</h1>');
    await client.post('/set_email', { data: { email_address: 'a@b.c' } });
    expect((await client.get('/get_email')).text).toBe('<h1>Welcome a@b.c!</h1>');
  });

  it('52, 53: URLs of a blueprint, with arguments in a loop', async () => {
    const source =
      '{% for stock in stocks %}<a href="{{ url_for(\'stocks.stock_details\', id=stock.id) }}">{{ stock.symbol }}</a>{% endfor %}';
    expect(
      await render(source, {
        stocks: [
          { id: 1, symbol: 'AAPL' },
          { id: 2, symbol: 'IBM' },
        ],
      }),
    ).toBe('<a href="/stocks/1">AAPL</a><a href="/stocks/2">IBM</a>');
  });

  it('57: flashed messages, escaped', async () => {
    const source = '{% for message in get_flashed_messages() %}<p>{{ message }}</p>{% endfor %}';
    expect(await render(source, {}, () => flash('Added <AAPL>!'))).toBe('<p>Added &lt;AAPL&gt;!</p>');
  });

  it('58: flashed messages with categories', async () => {
    const source = `{% with messages = get_flashed_messages(with_categories=true) %}
{% if messages %}{% for category, message in messages %}<div class="flash-{{ category }}"><p>{{ message }}</p></div>{% endfor %}{% endif %}
{% endwith %}`;
    const text = await render(source, {}, () => {
      flash('Added new stock (AAPL)!', 'success');
      flash('Careful', 'error');
    });
    expect(text.trim()).toBe(
      '<div class="flash-success"><p>Added new stock (AAPL)!</p></div><div class="flash-error"><p>Careful</p></div>',
    );
  });
});
