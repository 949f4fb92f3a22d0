import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { DevProcess } from '../dev/dev-process.ts';
import { Project } from '../dev/project.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const SWITCHES =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const FILES = {
  'app.ts': `import { Flacon } from 'flacon';
import { find } from './store.ts';

interface Post { id: number; title: string }
export const app = new Flacon(import.meta);
app.get('/', () => 'fine');
app.get('/posts/<int:id>', async function show({ id }) {
  const post = (await find(id)) as Post;
  return titleOf(post, '<b>markup</b>');
});

function titleOf(post: Post, markup: string): string {
  return post.title + markup;
}
`,
  'store.ts': `export async function find(id: number): Promise<unknown> {
  return id === 1 ? { id, title: 'One' } : undefined;
}
`,
};

describe('the debugger in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: SWITCHES.split(' ') });
  });
  afterAll(() => browser.close());

  async function start(options: { colorScheme?: 'light' | 'dark' } = {}): Promise<{
    server: DevProcess;
    project: Project;
    pin: string;
    context: BrowserContext;
    page: Page;
    problems: string[];
  }> {
    const project = new Project(FILES);
    const server = await DevProcess.start(project.root);
    const [, pin = ''] = await server.line(/Debugger PIN: ([\d-]+)/);
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // What the network panel says of the error itself and of the missing PIN.
      if (message.type() === 'error' && !/status of (?:500|401|403)/.test(message.text()))
        problems.push(message.text());
    });
    return { server, project, pin, context, page, problems };
  }

  const url = (server: DevProcess, path = '/posts/9'): string => `http://localhost:${server.port}${path}`;
  const pinField = (page: Page) => page.getByLabel('Debugger PIN');
  const prompt = (page: Page) => page.getByLabel('Code to run in this frame');
  const output = (page: Page) => page.locator('.console output');

  async function type(page: Page, code: string): Promise<void> {
    await page.locator('.console label span').getByText('›').waitFor();
    await prompt(page).fill(code);
    await prompt(page).press('Enter');
  }

  it('an error page: source, variables, a wrong PIN, the right one, and code in each frame, by keyboard alone', async () => {
    const { server, pin, page, problems } = await start();
    await page.goto(url(server));
    expect(await page.locator('h1').textContent()).toBe('TypeError');
    expect(await page.locator('.frame[open] .current').textContent()).toContain('return post.title + markup;');
    expect(await page.locator('.frame[open] .values').innerText()).toMatch(
      /post\s+undefined\s+markup\s+'<b>markup<\/b>'/,
    );
    await page.getByRole('button', { name: 'Open a console here' }).first().press('Enter');
    await pinField(page).waitFor();
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Debugger PIN');
    await page.keyboard.type('000-000-000');
    await page.keyboard.press('Enter');
    await page.getByText('That is not the PIN.').waitFor();
    await page.keyboard.type(pin);
    await page.keyboard.press('Enter');
    await prompt(page).waitFor();
    await page.keyboard.type('markup.length as number');
    await page.keyboard.press('Enter');
    await output(page).getByText('13', { exact: true }).waitFor();
    await page.locator('.frame summary').nth(1).press('Enter');
    await page.locator('.frame').nth(1).getByRole('button').press('Enter');
    // The PIN is asked for once.
    const second = page.locator('.frame').nth(1).getByLabel('Code to run in this frame');
    await second.waitFor();
    await page.keyboard.type('(await find(1)).title + id');
    await page.keyboard.press('Enter');
    await page.locator('.frame').nth(1).getByText("'One9'").waitFor();
    expect(problems).toEqual([]);
  });

  it('#1031: markup that is typed or printed stays text', async () => {
    const { server, pin, page, problems } = await start();
    await page.goto(url(server));
    await page.getByRole('button', { name: 'Open a console here' }).first().click();
    await pinField(page).fill(pin);
    await pinField(page).press('Enter');
    const attack = `'<img src=x onerror="document.title=1"><b>x</b>'`;
    for (const code of [attack, `console.log(${attack})`, `throw new Error(${attack})`]) await type(page, code);
    await output(page).getByText('Error: <img').waitFor();
    expect(await page.locator('main img, output b').count()).toBe(0);
    expect((await output(page).locator('.echo').allTextContents())[0]).toBe(`› ${attack}`);
    expect(await page.title()).toContain('TypeError');
    expect(problems).toEqual([]);
  });

  it('several lines, the history, clearing and interrupting', async () => {
    const { server, pin, page } = await start();
    await page.goto(url(server));
    await page.getByRole('button', { name: 'Open a console here' }).first().click();
    await pinField(page).fill(pin);
    await pinField(page).press('Enter');
    await type(page, 'const twice = (x: number) => {');
    await expect.poll(() => prompt(page).inputValue()).toBe('const twice = (x: number) => {\n');
    await prompt(page).press('End');
    await page.keyboard.type('return x * 2 }');
    await page.keyboard.press('Enter');
    await output(page).getByText('const twice').waitFor();
    await type(page, 'twice(21)');
    await output(page).getByText('42', { exact: true }).waitFor();
    await prompt(page).press('ArrowUp');
    expect(await prompt(page).inputValue()).toBe('twice(21)');
    await prompt(page).press('ArrowDown');
    expect(await prompt(page).inputValue()).toBe('');
    await type(page, 'await new Promise(() => {})');
    await prompt(page).press('Escape');
    await output(page).getByText('Interrupted.').waitFor();
    await prompt(page).press('Control+l');
    expect(await output(page).textContent()).toBe('');
  });

  it('ten wrong PINs lock it, also for the right one, until the server is started again', async () => {
    const { server, project, pin, page } = await start();
    await page.goto(url(server));
    await page.getByRole('button', { name: 'Open a console here' }).first().click();
    for (let attempt = 0; attempt < 10; attempt++) {
      const answered = page.waitForResponse(/debug\/pin/);
      await pinField(page).fill(String(attempt));
      await pinField(page).press('Enter');
      await answered;
    }
    await page.getByText('locked until the server is started again').waitFor();
    // A new process of the application is no new server.
    project.write('package.json', '{ "type": "module", "private": true }');
    await server.line(/Restarting/);
    await page.goto(url(server));
    await page.getByRole('button', { name: 'Open a console here' }).first().click();
    await page.getByText('locked until the server is started again').waitFor();
    expect(await pinField(page).isDisabled()).toBe(true);
    expect(pin).toMatch(/^\d{3}-\d{3}-\d{3}$/);
  });

  it('the PIN is not asked for again after a restart, and a page of before says what to do', async () => {
    const { server, project, pin, page } = await start();
    // Else the page would refresh itself before anything can be typed into it.
    await page.route('**/__flacon__/events', (route) => route.abort());
    await page.goto(url(server));
    await page.getByRole('button', { name: 'Open a console here' }).first().click();
    await pinField(page).fill(pin);
    await pinField(page).press('Enter');
    await prompt(page).waitFor();
    project.write('package.json', '{ "type": "module", "private": true }');
    await server.line(/Restarting/);
    expect(await server.text('/')).toBe('fine');
    await type(page, '1 + 1');
    await output(page).getByText('of an earlier process of the server. Load it again.').waitFor();
    await page.goto(url(server));
    await page.getByRole('button', { name: 'Open a console here' }).first().click();
    await type(page, '1 + 1');
    await output(page).getByText('2', { exact: true }).waitFor();
  });

  it('the page goes on when the error is repaired, and copies its text', async () => {
    const { server, project, page, context } = await start();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(url(server));
    await page.getByText('Traceback as text').click();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toMatch(
      /^TypeError: Cannot read .*\n {4}at titleOf \(app\.ts:13:\d+\)\n {8}return post\.title \+ markup;\n/,
    );
    project.write('app.ts', FILES['app.ts'].replace('return post.title', 'return (post?.title ?? "none")'));
    await page.getByText('none').waitFor();
  });

  it('another site in the same browser gets nothing', async () => {
    const { server, page, context, pin } = await start();
    await page.goto(url(server));
    await page.getByRole('button', { name: 'Open a console here' }).first().click();
    await pinField(page).fill(pin);
    await pinField(page).press('Enter');
    await prompt(page).waitFor();
    const other = await context.newPage();
    await other.route('http://other.test/', (route) => route.fulfill({ contentType: 'text/html', body: '<p>other' }));
    await other.goto('http://other.test/');
    const [read, sent, framed] = await other.evaluate<string[]>(`(async () => {
      const target = ${JSON.stringify(url(server))};
      const attempt = (promise) => promise.then(() => 'done', (error) => error.name);
      const frame = document.createElement('iframe');
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      frame.src = target;
      document.body.append(frame);
      await loaded;
      const headers = { 'content-type': 'application/json', 'x-flacon-secret': 'x' };
      const options = { method: 'POST', credentials: 'include', headers, body: '{}' };
      return [
        await attempt(fetch(target, { credentials: 'include' }).then((response) => response.text())),
        await attempt(fetch(new URL('/__flacon__/debug/eval', target), options)),
        frame.contentDocument === null ? 'closed' : 'open',
      ];
    })()`);
    expect([read, sent, framed]).toEqual(['TypeError', 'TypeError', 'closed']);
  });

  it.each(['light', 'dark'] as const)('is readable in %s, also on a phone', async (colorScheme) => {
    const { server, page } = await start({ colorScheme });
    await page.setViewportSize({ width: 360, height: 640 });
    await page.goto(url(server));
    expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    // The contrast of text to what is behind it, as WCAG computes it.
    const faint = await page.evaluate<unknown[]>(`(() => {
      const context = document.createElement('canvas').getContext('2d');
      const luminance = (color) => {
        context.fillStyle = color;
        const parts = context.fillStyle.match(/[\\da-f]{2}/gi).map((part) => Number.parseInt(part, 16) / 255);
        const [r, g, b] = parts.map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (node) => {
        const color = getComputedStyle(node).backgroundColor;
        if (!/, 0\\)$/.test(color)) return color;
        return node.parentElement ? behind(node.parentElement) : '#ffffff';
      };
      return [...document.querySelectorAll('h1, p, pre, summary, code, i, u, th, button, .current, .caret')]
        .map((node) => {
          const [a, b] = [luminance(getComputedStyle(node).color), luminance(behind(node))];
          return [node.outerHTML.slice(0, 60), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
        })
        .filter(([, contrast]) => contrast < 4.5);
    })()`);
    expect(faint).toEqual([]);
  });
});
