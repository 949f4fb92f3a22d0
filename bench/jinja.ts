/*
 * Rendering: a table of 1,000 rows with escaping, and a page of three levels of inheritance.
 *
 *   node --import tsx bench/jinja.ts
 *
 * Compared with nunjucks as it is and, where Python has it, with Jinja 3. Every engine is timed in rounds, and the rounds
 * of the engines take turns; the figures are medians.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { DictLoader, Environment } from '../src/jinja/index.ts';

const TEMPLATES: Record<string, string> = {
  'table.html': `<table>
{% for row in rows %}<tr class="{% if row.active %}on{% else %}off{% endif %}"><td>{{ loop.index }}</td><td>{{ row.name }}</td><td>{{ row.email }}</td><td>{{ row.note }}</td></tr>
{% endfor %}</table>`,
  'base.html': `<!doctype html>
<html>
<head><title>{% block title %}Site{% endblock %}</title></head>
<body>
<nav><ul>{% for item in navigation %}<li><a href="{{ item.href }}">{{ item.caption }}</a></li>{% endfor %}</ul></nav>
<main>{% block content %}{% endblock %}</main>
<footer>{% block footer %}&copy; {{ year }} {{ owner }}{% endblock %}</footer>
</body>
</html>`,
  'section.html': `{% extends "base.html" %}
{% block title %}{{ section }} - {{ super() }}{% endblock %}
{% block content %}<section><h1>{{ section }}</h1>{% block body %}{% endblock %}</section>{% endblock %}`,
  'page.html': `{% extends "section.html" %}
{% block title %}{{ heading }} - {{ super() }}{% endblock %}
{% block body %}<h2>{{ heading }}</h2>
{% for paragraph in paragraphs %}<p>{{ paragraph }}</p>
{% endfor %}{% if user %}<p>Hello {{ user.name|upper }}!</p>{% endif %}{% endblock %}`,
};

const CONTEXTS: Record<string, object> = {
  'table.html': {
    rows: Array.from({ length: 1000 }, (_, i) => ({
      name: `User ${i}`,
      email: `user${i}@example.com`,
      note: i % 3 === 0 ? `<b>"${i}" & more</b>` : 'nothing special about this one',
      active: i % 2 === 0,
    })),
  },
  'page.html': {
    navigation: Array.from({ length: 8 }, (_, i) => ({ href: `/page/${i}?a=1&b=2`, caption: `Page ${i}` })),
    year: 2022,
    owner: 'ACME <Inc>',
    section: 'News & more',
    heading: 'Today',
    paragraphs: Array.from({ length: 20 }, (_, i) => `Paragraph ${i}: it's <short>.`),
    user: { name: 'ann' },
  },
};

interface Figures {
  /** Milliseconds a rendering, median of the rounds. */
  render: number;
  /** Milliseconds to load, compile and render once, median. */
  first: number;
}

interface Nunjucks {
  Environment: new (loader: object, options: object) => { render(name: string, context: object): string };
}

interface Engine {
  name: string;
  /** Makes an environment that has compiled nothing. */
  create(): (name: string) => string;
}

const { Environment: NunjucksEnvironment } = createRequire(import.meta.url)('nunjucks') as Nunjucks;

const ENGINES: Engine[] = [
  {
    name: 'flacon/jinja',
    create() {
      const environment = new Environment({ loader: new DictLoader(TEMPLATES), autoescape: true, autoReload: false });
      return (name) => environment.getTemplate(name).render(CONTEXTS[name]);
    },
  },
  {
    name: 'nunjucks',
    create() {
      const loader = { getSource: (name: string) => ({ src: TEMPLATES[name], path: name, noCache: false }) };
      const environment = new NunjucksEnvironment(loader, { autoescape: true });
      return (name) => environment.render(name, CONTEXTS[name] ?? {});
    },
  },
];

const PYTHON = `
import json, statistics, sys, time
import jinja2
data = json.load(sys.stdin)
def make():
    return jinja2.Environment(loader=jinja2.DictLoader(data['templates']), autoescape=True, auto_reload=False)
out = {'version': jinja2.__version__}
for name, context in data['contexts'].items():
    first = []
    for _ in range(15):
        start = time.perf_counter()
        text = make().get_template(name).render(context)
        first.append((time.perf_counter() - start) * 1000)
    template = make().get_template(name)
    rounds = []
    for _ in range(data['rounds']):
        start = time.perf_counter()
        for _ in range(data['repeat'][name]):
            template.render(context)
        rounds.append((time.perf_counter() - start) * 1000 / data['repeat'][name])
    out[name] = {'render': statistics.median(rounds), 'first': statistics.median(first), 'text': text}
print(json.dumps(out))
`;

const ROUNDS = 25;
const REPEAT: Record<string, number> = { 'table.html': 20, 'page.html': 400 };

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function timed(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

function measure(name: string): Map<string, Figures & { text: string }> {
  const rounds = new Map(
    ENGINES.map((engine) => [engine.name, { render: [] as number[], first: [] as number[], run: engine.create() }]),
  );
  const repeat = REPEAT[name] ?? 1;
  // What is measured cold comes first, everything is warm afterwards.
  for (let round = 0; round < 15; round++) {
    for (const engine of ENGINES) rounds.get(engine.name)?.first.push(timed(() => engine.create()(name)));
  }
  for (let round = -5; round < ROUNDS; round++) {
    for (const { render, run } of rounds.values()) {
      const ms = timed(() => {
        for (let i = 0; i < repeat; i++) run(name);
      });
      if (round >= 0) render.push(ms / repeat);
    }
  }
  return new Map(
    Array.from(rounds, ([engine, { render, first, run }]) => [
      engine,
      { render: median(render), first: median(first), text: run(name) },
    ]),
  );
}

function measurePython(): { version: string; figures: Record<string, Figures & { text: string }> } | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    const input = JSON.stringify({ templates: TEMPLATES, contexts: CONTEXTS, rounds: ROUNDS, repeat: REPEAT });
    const { status, stdout } = spawnSync(python, ['-c', PYTHON], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) continue;
    const { version, ...figures } = JSON.parse(stdout) as { version: string } & Record<
      string,
      Figures & { text: string }
    >;
    return { version, figures: figures as Record<string, Figures & { text: string }> };
  }
  return undefined;
}

const python = measurePython();
const table: Record<string, string | number>[] = [];
for (const name of Object.keys(CONTEXTS)) {
  const measured = measure(name);
  if (python?.figures[name]) measured.set(`Jinja ${python.version}`, python.figures[name]);
  const ours = measured.get('flacon/jinja');
  if (!ours) continue;
  for (const [engine, { render, first, text }] of measured) {
    // Only the spelling of the quote differs in nunjucks.
    const isSame = text.replaceAll('&quot;', '&#34;').trimEnd() === ours.text.trimEnd();
    table.push({
      template: name,
      engine,
      'render ms': Number(render.toFixed(4)),
      'ours/this': Number((ours.render / render).toFixed(2)),
      'first render ms': Number(first.toFixed(2)),
      output: isSame ? 'same' : 'DIFFERS',
    });
  }
}
console.table(table);
if (!python) console.log('Jinja is not installed for python3: not compared.');
