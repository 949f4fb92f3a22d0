import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import type { DevServerOptions } from '../../src/dev/supervisor.ts';
import { DevProcess } from './dev-process.ts';
import { Project } from './project.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const SWITCHES =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const FILES = {
  'app.ts': `import { Flacon, renderTemplate } from 'flacon';
import { word } from './word.ts';
export const app = new Flacon(import.meta);
app.get('/', () => renderTemplate('page.html', { word }));
app.get('/data', () => ({ word }));
`,
  'word.ts': `export const word: string = 'one';\n`,
  'templates/page.html': `<!doctype html>
<html><head><title>T</title><link rel="stylesheet" href="/static/css/page.css"></head>
<body><h1>Hello {{ word }}</h1><form><input name="note"></form></body></html>
`,
  'static/css/page.css': 'h1 { color: rgb(255, 0, 0) }',
};

/** Runs in the page. */
const COLOR = `getComputedStyle(document.querySelector('h1')).color`;

describe('an open page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: SWITCHES.split(' ') });
  });
  afterAll(() => browser.close());

  async function start(options: DevServerOptions = {}, files: Record<string, string> = {}) {
    const project = new Project({ ...FILES, ...files });
    const server = await DevProcess.start(project.root, options);
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    const connected = options.liveReload === false ? undefined : page.waitForResponse(/__flacon__\/events/);
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await connected;
    return { project, server, page, problems };
  }

  const heading = (page: Page, text: string): Promise<void> => page.locator('h1', { hasText: text }).waitFor();
  const color = (page: Page): Promise<string> => page.evaluate(COLOR);
  const note = (page: Page): Promise<string> => page.locator('input').inputValue();
  const overlay = (page: Page) => page.locator('#flacon-error');

  it('is fetched again after a save of a template, of a module, and after a restart', async () => {
    const { project, page, problems } = await start();
    await heading(page, 'Hello one');
    project.write('templates/page.html', FILES['templates/page.html'].replace('Hello', 'Welcome'));
    await heading(page, 'Welcome one');
    project.write('word.ts', `export const word: string = 'two';\n`);
    await heading(page, 'Welcome two');
    project.write('word.ts', 'export const word = `process ${process.pid}`;\n');
    await heading(page, 'Welcome process');
    const before = await page.locator('h1').innerText();
    project.write('.env', 'A=1');
    await page.locator('h1', { hasText: 'Welcome process', hasNotText: before }).waitFor();
    expect(problems).toEqual([]);
  });

  it('takes a style sheet without being fetched: what was typed into it stays', async () => {
    const { project, page, problems } = await start();
    await page.locator('input').fill('half a sentence');
    expect(await color(page)).toBe('rgb(255, 0, 0)');
    for (const value of ['rgb(0, 128, 0)', 'rgb(0, 0, 255)']) {
      project.write('static/css/page.css', `h1 { color: ${value} }`);
      await page.waitForFunction(`${COLOR} === '${value}'`);
      expect(await note(page)).toBe('half a sentence');
    }
    await page.waitForFunction(`document.querySelectorAll('link[rel=stylesheet]').length === 1`);
    expect(problems).toEqual([]);
  });

  it('shows the error of a save, and takes it away when it is repaired', async () => {
    const { project, page, problems } = await start();
    await page.locator('input').fill('kept');
    project.write('word.ts', `export const fine = 1;\nexport const word: string = ;\n`);
    await overlay(page).waitFor();
    const text = overlay(page).locator('div').first();
    expect(await text.innerText()).toContain('SyntaxError: Unexpected token');
    expect(await text.innerText()).toContain('word.ts:2:29');
    expect(await text.innerText()).toContain('> 2 | export const word: string = ;');
    // Another error takes its place, and Escape closes it.
    project.write('word.ts', `export const word: string = null.x;\n`);
    await overlay(page).locator('div', { hasText: 'TypeError' }).first().waitFor();
    await page.keyboard.press('Escape');
    await overlay(page).waitFor({ state: 'detached' });
    project.write('word.ts', `export const word: string = `);
    await overlay(page).waitFor();
    // Taken back: the page is still the right one, with all that is in it.
    project.write('word.ts', FILES['word.ts']);
    await overlay(page).waitFor({ state: 'detached' });
    expect(await note(page)).toBe('kept');
    project.write('word.ts', `export const word: string = `);
    await overlay(page).waitFor();
    project.write('word.ts', `export const word: string = 'repaired';`);
    await heading(page, 'Hello repaired');
    await overlay(page).waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
  });

  it('that was opened while a save was broken has the overlay, too', async () => {
    const { project, server, page } = await start();
    project.write('word.ts', `export const word: string = `);
    await server.line(/not loaded/);
    await page.reload();
    await heading(page, 'Hello one');
    await overlay(page).waitFor();
    project.write('word.ts', FILES['word.ts']);
    await overlay(page).waitFor({ state: 'detached' });
  });

  it('of an application that cannot be loaded becomes that of the application', async () => {
    const { project, page } = await start({}, { 'word.ts': `export const word: string = ` });
    await page.locator('text=The application could not be loaded').waitFor();
    project.write('word.ts', `export const word: string = null.x;`);
    await page.locator('text=Cannot read properties of null').first().waitFor();
    project.write('word.ts', FILES['word.ts']);
    await heading(page, 'Hello one');
  });

  it('is left alone with liveReload: false, and so is what is no page', async () => {
    const { server, page } = await start({ liveReload: false });
    expect(await page.content()).not.toContain('__flacon__');
    expect((await server.get('/', { accept: 'text/html' })).text).toBe(
      FILES['templates/page.html'].replace('{{ word }}', 'one').trimEnd(),
    );
    const { server: other, page: data } = await start();
    const answer = await data.goto(`http://127.0.0.1:${other.port}/data`);
    expect(await answer?.text()).toBe('{\n  "word": "one"\n}\n');
  });
});
