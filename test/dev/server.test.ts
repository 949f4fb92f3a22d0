import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';

import { DevProcess, isAlive, sampleFiles } from './dev-process.ts';
import { Project } from './project.ts';

async function start(files: Record<string, string> = {}, options: Parameters<typeof DevProcess.start>[1] = {}) {
  const project = new Project({ ...sampleFiles, ...files });
  const server = await DevProcess.start(project.root, options);
  return { project, server };
}

/** Two writes of a file that are no further apart are one save, in milliseconds. */
const TWO_WRITES_MS = 50;

describe('a save', () => {
  it('of a module two imports deep, of a template and of a static file shows; untouched modules keep their state', async () => {
    const { project, server } = await start({
      'app.ts': `${sampleFiles['app.ts']}import { state } from './state.ts'; app.get('/count', () => String(++state.count));`,
      'state.ts': `export const state = { count: 0 };`,
    });
    expect(await server.text('/')).toBe('Hello one');
    expect(await server.text('/count')).toBe('1');
    project.write('word.ts', `export const word: string = 'two';`);
    const { input: line } = await server.reloaded('word.ts');
    expect(line).toMatch(/^ \* word\.ts → 3 modules, \d+(\.\d)? ms, generation 2$/);
    expect(await server.text('/')).toBe('Hello two');
    expect(await server.text('/count')).toBe('2');
    expect(await server.text('/template')).toBe('T1');
    const next = await server.events();
    await next();
    project.write('templates/t.html', 'T2');
    expect((await next()).event).toBe('refresh');
    expect(await server.text('/template')).toBe('T2');
    expect(await server.text('/static/a.css')).toBe('a { color: red }');
    project.write('static/a.css', 'a { color: blue }');
    expect(await next()).toMatchObject({ event: 'styles', data: { files: ['a.css'] } });
    expect(await server.text('/static/a.css')).toBe('a { color: blue }');
  });

  it('that is broken leaves the old app, with the error in the terminal and on the page; its repair takes over', async () => {
    const { project, server } = await start();
    expect(await server.text('/')).toBe('Hello one');
    const next = await server.events();
    expect((await next()).event).toBe('hello');
    project.write('word.ts', `export const fine = 1;\nexport const word: string = ;\n`);
    await server.line(/\* word\.ts: not loaded/);
    await server.line(/^SyntaxError: Unexpected token/);
    await server.line(/at word\.ts:2:29/);
    await server.line(/^> 2 \| export const word: string = ;/);
    expect(await next()).toMatchObject({
      event: 'failed',
      data: { name: 'SyntaxError', place: 'word.ts:2:29', excerpt: expect.stringContaining('> 2 | export const word') },
    });
    expect(await server.text('/')).toBe('Hello one');
    project.write('word.ts', `export const word: string = 'three';`);
    await server.reloaded('word.ts');
    expect((await next()).event).toBe('refresh');
    expect(await server.text('/')).toBe('Hello three');
    project.write('word.ts', `export const word: string = `);
    await server.line(/not loaded/);
    expect((await next()).event).toBe('failed');
    project.write('word.ts', `export const word: string = 'three';`);
    await server.line(/Repaired/);
    expect((await next()).event).toBe('repaired');
  });

  it('with an error when it is evaluated, or in the factory, leaves the old app', async () => {
    const { project, server } = await start({
      'app.ts':
        sampleFiles['app.ts']!.replace('export const app = new', 'const app = new') +
        `export function createApp() { return app; }`,
    });
    expect(await server.text('/')).toBe('Hello one');
    project.write('word.ts', `export const word = 'x';\nnull.x;`);
    await server.line(/^TypeError: Cannot read properties of null/);
    await server.line(/at word\.ts:2:6/);
    expect(await server.text('/')).toBe('Hello one');
    project.write('word.ts', `export const word = 'x';`);
    await server.reloaded();
    project.write('app.ts', `export function createApp() {\n  throw new Error('no factory');\n}`);
    await server.line(/^Error: no factory/);
    await server.line(/at createApp \(app\.ts:2:9\)/);
    expect(await server.text('/')).toBe('Hello x');
  });

  it('in two writes is read once it is whole', async () => {
    const { project, server } = await start();
    expect(await server.text('/')).toBe('Hello one');
    const text = `export const word: string = 'whole';\n`;
    for (const cut of [0, 20, text.indexOf("'whole") + 3]) {
      for (let isQuick = false; !isQuick;) {
        const said = server.lines.length;
        const begin = performance.now();
        writeFileSync(project.path('word.ts'), text.slice(0, cut));
        await server.text('/');
        appendFileSync(project.path('word.ts'), text.slice(cut));
        // A machine that holds the second write up for longer than a save takes makes two saves of it: once more.
        isQuick = performance.now() - begin < TWO_WRITES_MS;
        await server.reloaded('word.ts');
        expect(await server.text('/')).toBe('Hello whole');
        if (isQuick) expect(server.lines.slice(said).join('\n')).not.toContain('not loaded');
        project.write('word.ts', `export const word: string = 'back';`);
        await server.reloaded('word.ts');
      }
    }
  });

  it.each<[string, (path: string, text: string) => void]>([
    [
      'a rename over the file',
      (path, text) => {
        writeFileSync(`${path}.tmp`, text);
        renameSync(`${path}.tmp`, path);
      },
    ],
    [
      'a backup and a new file, as vim does',
      (path, text) => {
        renameSync(path, `${path}~`);
        writeFileSync(path, text);
        unlinkSync(`${path}~`);
      },
    ],
    [
      'sed -i',
      (path, text) => {
        execFileSync('sed', ['-i', `s/.*/${text}/`, path]);
      },
    ],
  ])('by %s, again and again', async (_name, save) => {
    const { project, server } = await start();
    expect(await server.text('/')).toBe('Hello one');
    for (const word of ['a', 'b', 'c']) {
      save(project.path('word.ts'), `export const word: string = '${word}';`);
      await server.reloaded('word.ts');
      expect(await server.text('/')).toBe(`Hello ${word}`);
    }
  });

  it('by git of many files is one reload', async () => {
    const many = Array.from({ length: 200 }, (_, n) => n);
    const files = (n: number): Record<string, string> => ({
      ...Object.fromEntries(many.map((i) => [`many/m${i}.ts`, `export const m${i} = ${n};`])),
      'word.ts': `${many.map((i) => `import { m${i} } from './many/m${i}.ts';`).join('\n')}\nexport const word = [${many.map((i) => `m${i}`).join(',')}].join('');`,
    });
    const project = new Project({ ...sampleFiles, ...files(1) });
    const git = (...args: string[]): void =>
      void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: project.root });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'one');
    for (const [name, text] of Object.entries(files(2))) project.write(name, text);
    git('commit', '-qam', 'two');
    const server = await DevProcess.start(project.root);
    expect(await server.text('/')).toBe(`Hello ${'2'.repeat(200)}`);
    git('checkout', '-q', 'HEAD~1');
    const [line] = await server.reloaded();
    expect(line).toContain('generation 2');
    expect(await server.text('/')).toBe(`Hello ${'1'.repeat(200)}`);
    git('checkout', '-q', '-');
    expect((await server.reloaded())[0]).toContain('generation 3');
    expect(await server.text('/')).toBe(`Hello ${'2'.repeat(200)}`);
  });

  it('new, renamed and deleted modules', async () => {
    const { project, server } = await start();
    expect(await server.text('/')).toBe('Hello one');
    project.write('greet.ts', `import { other } from './deep/other.ts';\nexport const greet = () => other;`);
    await server.line(/Cannot find module '\.\/deep\/other\.ts'/);
    await server.line(/at greet\.ts:1:23/);
    mkdirSync(project.path('deep'));
    project.write('deep/other.ts', `export const other = 'new';`);
    await server.reloaded();
    expect(await server.text('/')).toBe('new');
    project.rename('deep/other.ts', 'deep/renamed.ts');
    await server.line(/Cannot find module/);
    expect(await server.text('/')).toBe('new');
    project.write('greet.ts', `import { other } from './deep/renamed.ts';\nexport const greet = () => other + '!';`);
    await server.reloaded();
    expect(await server.text('/')).toBe('new!');
  });

  it('of a file outside of the project, and by looking again and again', async () => {
    const project = new Project({
      ...Object.fromEntries(Object.entries(sampleFiles).map(([name, text]) => [`app/${name}`, text])),
      'app/package.json': '{"type":"module"}',
      'app/greet.ts': `import { word } from '../lib/word.ts';\nexport const greet = () => word;`,
      'lib/word.ts': `export const word = 'outside';`,
    });
    for (const options of [{}, { pollInterval: 20 }]) {
      const server = await DevProcess.start(project.path('app'), options);
      expect(await server.text('/')).toBe('outside');
      project.write('lib/word.ts', `export const word = 'changed';`);
      await server.reloaded('word.ts');
      expect(await server.text('/')).toBe('changed');
      project.write('lib/word.ts', `export const word = 'outside';`);
      await server.reloaded('word.ts');
      await server.stop();
    }
  });

  it('of views that are registered by another module than makes the app or the blueprint', async () => {
    const { project, server } = await start({
      'app.ts': `import { app } from './base.ts'; import './views.ts'; import { bp } from './bp.ts'; import './bp-views.ts';
        app.registerBlueprint(bp); export { app };`,
      'base.ts': `import { Flacon } from 'flacon'; export const app = new Flacon(import.meta);`,
      'views.ts': `import { app } from './base.ts'; app.get('/', () => 'v1');`,
      'bp.ts': `import { Blueprint } from 'flacon'; export const bp = new Blueprint('bp', import.meta, { urlPrefix: '/bp' });`,
      'bp-views.ts': `import { bp } from './bp.ts'; bp.get('/', () => 'b1');`,
    });
    expect([await server.text('/'), await server.text('/bp/')]).toEqual(['v1', 'b1']);
    project.write('views.ts', `import { app } from './base.ts'; app.get('/', () => 'v2');`);
    await server.reloaded();
    project.write('bp-views.ts', `import { bp } from './bp.ts'; bp.get('/', () => 'b2');`);
    await server.reloaded();
    expect([await server.text('/'), await server.text('/bp/')]).toEqual(['v2', 'b2']);
  });
});

describe('requests', () => {
  it('none of 1,000 is dropped across 20 saves', async () => {
    const { project, server } = await start();
    await server.text('/');
    const agents = Array.from({ length: 10 }, (_, n) => new Agent({ keepAlive: n % 2 === 0 }));
    const seen = new Set<string>();
    let answered = 0;
    const clients = agents.map(async (agent) => {
      for (let n = 0; n < 100; n++) {
        const { status, text } = await server.get('/', {}, agent);
        expect(status).toBe(200);
        seen.add(text);
        answered += 1;
      }
    });
    for (let n = 1; n <= 20; n++) {
      const broken = n % 5 === 0;
      project.write('word.ts', `export const word: string = ${broken ? '' : `'w${n}'`};`);
      await (broken ? server.line(/not loaded/) : server.reloaded());
    }
    await Promise.all(clients);
    expect(answered).toBe(1000);
    expect(await server.text('/')).toBe('Hello w19');
    for (const agent of agents) agent.destroy();
  });

  it('in flight finish on the app they began on; event streams of it end; then it is closed', async () => {
    const { project, server } = await start({
      'app.ts': `import { Flacon, Response } from 'flacon'; import { word } from './word.ts';
        export const app = new Flacon(import.meta);
        let release; const wait = new Promise((resolve) => { release = resolve; });
        globalThis.release ??= release;
        app.get('/slow', async () => { globalThis.begun = true; await wait; return word; });
        app.get('/begun', () => String(globalThis.begun === true));
        app.get('/release', () => { globalThis.release(); return word; });
        app.get('/sse', () => new Response((async function* () { yield 'data: 1\\n\\n'; await new Promise(() => {}); })(), { mimetype: 'text/event-stream' }));
        import.meta.hot?.dispose(() => { console.log('closed ' + word); });`,
    });
    const slow = server.get('/slow');
    const stream = server.get('/sse');
    while ((await server.text('/begun')) !== 'true');
    project.write('word.ts', `export const word = 'new';`);
    await server.reloaded();
    expect((await stream).text).toBe('data: 1\n\n');
    expect(server.lines.join('\n')).not.toContain('closed');
    expect(await server.text('/release')).toBe('new');
    expect((await slow).text).toBe('one');
    await server.line(/closed one/);
  });

  it('an unhandled error is a page in debug, escaped, and in the terminal', async () => {
    const { server } = await start();
    const { status, text } = await server.get('/boom', { accept: 'text/html' });
    expect(status).toBe(500);
    expect(text).toContain('boom &lt;script&gt;');
    expect(text).not.toContain('boom <script>');
    expect(text).toContain('app.ts:9:');
    expect(text).toContain('/__flacon__/client.js');
    await server.line(/^Error: boom/);
    await server.line(/app\.ts:9:32/);
    await server.line(/"GET \/boom HTTP\/1\.1" 500 - \d/);
    expect(await server.text('/')).toBe('Hello one');
  });

  it('only pages that a browser shows get the script', async () => {
    const { server } = await start();
    const injected = async (path: string, headers: Record<string, string>): Promise<boolean> =>
      (await server.get(path, headers)).text.includes('__flacon__');
    expect(await injected('/page', { accept: 'text/html' })).toBe(true);
    expect(await injected('/', { accept: 'text/html', 'sec-fetch-dest': 'document' })).toBe(true);
    expect(await injected('/page', { accept: 'text/html', 'sec-fetch-dest': 'empty' })).toBe(false);
    expect(await injected('/page', { accept: '*/*' })).toBe(false);
    expect(await injected('/json', { accept: 'text/html' })).toBe(false);
    const { text, headers } = await server.get('/page', { accept: 'text/html' });
    expect(text).toMatch(/Hello one<script src="[^"]+" defer><\/script><\/body><\/html>$/);
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
    expect((await server.get('/__flacon__/client.js')).headers['content-type']).toContain('javascript');
  });
});

describe('at the start', () => {
  it('an app that cannot be loaded is a page until a save repairs it', async () => {
    const { project, server } = await start({ 'word.ts': `export const word: string = ;` });
    const { status, text } = await server.get('/anything');
    expect(status).toBe(500);
    expect(text).toContain('word.ts:1:29');
    await server.line(/at word\.ts:1:29/);
    const next = await server.events();
    expect(await next()).toMatchObject({ event: 'hello', data: { error: { name: 'SyntaxError' } } });
    project.write('word.ts', `export const word: string = 'fixed';`);
    await server.reloaded('word.ts');
    expect((await next()).event).toBe('refresh');
    expect(await server.text('/')).toBe('Hello fixed');
  });

  it('without reload it ends with exit code 1 and the error', async () => {
    const { server } = await start({ 'word.ts': `throw new Error('at start');` }, { reload: false });
    await server.line(/^Error: at start/);
    expect(await server.exited).toBe(1);
  });

  it('a process that ends while it starts waits for the next save', async () => {
    const { project, server } = await start({ 'word.ts': `process.exit(5);` });
    await server.line(/has ended \(exit code 5\)/);
    const { status, text } = await server.get('/');
    expect(status).toBe(500);
    expect(text).toContain('exit code 5');
    project.write('word.ts', `export const word = 'alive';`);
    await server.line(/Restarting: word\.ts has changed/);
    expect(await server.text('/')).toBe('Hello alive');
  });

  it('the banner is as in Flask', async () => {
    const { server } = await start({}, { app: 'app:app', shellCommand: 'app shell' });
    await server.text('/');
    expect(server.lines.slice(0, 7).sort()).toEqual([
      ' * Debug mode: on',
      expect.stringMatching(/^ \* Debugger PIN: \d{3}-\d{3}-\d{3}$/),
      ' * Open a shell in this server with: app shell',
      ` * Running on http://127.0.0.1:${server.port}`,
      " * Serving Flacon app 'app:app'",
      'Press CTRL+C to quit',
      expect.stringContaining('WARNING: This is a development server.'),
    ]);
    await server.line(/^127\.0\.0\.1 - - \[.*\] "GET \/ HTTP\/1\.1" 200 - [\d.]+ms$/);
  });
});

describe('a full restart', () => {
  it('of .env or package.json keeps connections waiting, and none fails', async () => {
    const { project, server } = await start({ '.env': 'A=1' });
    const before = await server.text('/pid');
    const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    let stop = false;
    let answered = 0;
    const clients = agents.map(async (agent) => {
      while (!stop) {
        expect((await server.get('/', {}, agent)).text).toBe('Hello one');
        answered += 1;
      }
    });
    const pids = new Set([before]);
    for (const [name, text] of [
      ['.env', 'A=2'],
      ['package.json', '{"type":"module","x":1}'],
      ['.env', 'A=3'],
    ] as const) {
      project.write(name, text);
      await server.line(new RegExp(`Restarting: ${name.replace('.', '\\.')} has changed`));
      const pid = await server.text('/pid');
      expect(pids.has(pid)).toBe(false);
      pids.add(pid);
    }
    stop = true;
    await Promise.all(clients);
    expect(answered).toBeGreaterThan(20);
    expect(isAlive(Number(before))).toBe(false);
  });

  it('an unchanged .env does nothing', async () => {
    const { project, server } = await start({ '.env': 'A=1' });
    const pid = await server.text('/pid');
    project.write('.env', 'A=1');
    project.write('word.ts', `export const word = 'two';`);
    await server.reloaded('word.ts');
    expect(await server.text('/pid')).toBe(pid);
  });

  it('of tsconfig.json, and when packages were installed', async () => {
    const { project, server } = await start({ 'tsconfig.json': '{}', 'node_modules/.package-lock.json': '{}' });
    await server.text('/');
    project.write('tsconfig.json', '{ "compilerOptions": {} }');
    await server.line(/Restarting: tsconfig\.json has changed/);
    await server.text('/');
    project.write('node_modules/.package-lock.json', '{ "packages": {} }');
    await server.line(/Restarting: \.package-lock\.json has changed/);
    expect(await server.text('/')).toBe('Hello one');
  });

  it('extra files, by glob, and excluded ones', async () => {
    const { project, server } = await start(
      { 'data/a.yml': '1', 'data/b.txt': '1', 'skip/c.ts': '' },
      { extraFiles: ['data/*.yml'], excludePatterns: ['word.ts'] },
    );
    const pid = await server.text('/pid');
    project.write('word.ts', `export const word = 'unseen';`);
    project.write('data/b.txt', '2');
    project.write('data/a.yml', '2');
    await server.line(/Restarting: a\.yml has changed/);
    expect(await server.text('/pid')).not.toBe(pid);
  });

  it('process.exit() in a view: the next process answers; one that does so at once each time waits for a save', async () => {
    const { project, server } = await start({
      'app.ts': `${sampleFiles['app.ts']}app.get('/exit', () => { setTimeout(() => process.exit(3), 10); return 'bye'; });`,
    });
    await server.text('/exit');
    await server.line(/Restarting: the application's process has ended \(exit code 3\)/);
    expect(await server.text('/')).toBe('Hello one');
    project.write('word.ts', `export const word = 'x'; setTimeout(() => process.exit(4), 30);`);
    await server.line(/has ended \(exit code 4\)\. It starts again when a file is saved/);
    project.write('word.ts', `export const word = 'calm';`);
    await server.line(/Restarting: word\.ts has changed/);
    expect(await server.text('/')).toBe('Hello calm');
  });

  it('an endless loop is ended by the next save', async () => {
    const { project, server } = await start({
      'app.ts': `${sampleFiles['app.ts']}app.get('/loop', () => { process.stderr.write('looping\\n'); for (;;); });`,
    });
    await server.text('/');
    const loop = server.get('/loop').catch(() => 'dropped');
    await server.line(/looping/);
    project.write('word.ts', `export const word = 'after';`);
    await server.line(/Restarting: word\.ts has changed/);
    expect(await loop).toBe('dropped');
    expect(await server.text('/')).toBe('Hello after');
  });

  it('hot.decline', async () => {
    const { project, server } = await start({ 'word.ts': `export const word = 'd1'; import.meta.hot?.decline();` });
    expect(await server.text('/')).toBe('Hello d1');
    project.write('word.ts', `export const word = 'd2'; import.meta.hot?.decline();`);
    await server.line(/Restarting: word\.ts declines hot updates/);
    expect(await server.text('/')).toBe('Hello d2');
  });
});

describe('the end', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends every process, and the port is free', async (signal) => {
    const { server } = await start();
    const pid = Number(await server.text('/pid'));
    expect(await server.stop(signal)).toBe(0);
    expect(isAlive(pid)).toBe(false);
    const probe = createServer();
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(server.port, '127.0.0.1', resolve);
    });
    probe.close();
  });

  it('no worker outlives a supervisor that was killed', async () => {
    const { server } = await start();
    const pid = Number(await server.text('/pid'));
    await server.stop('SIGKILL');
    while (isAlive(pid)) await new Promise(setImmediate);
  });

  it('a port in use is an error of its own kind', async () => {
    const { project, server } = await start();
    await expect(DevProcess.start(project.root, { port: server.port })).rejects.toThrow('EADDRINUSE');
  });
});
