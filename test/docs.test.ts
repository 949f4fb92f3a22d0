import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestHost } from './shell/client-support.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'bin', 'app.js');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] ?? '',
  );
}

describe('the application in README.md', () => {
  // Below the project's folder, so that `flacon` is this package.
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(root, 'test', '.readme-'));
    const source = blocks(readme, 'ts').find((block) => block.startsWith('// app.ts')) ?? '';
    writeFileSync(join(folder, 'app.ts'), source);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('answers under `app run`', async () => {
    const server = spawn(process.execPath, [program, 'run', '--port', '0'], { cwd: folder });
    try {
      let output = '';
      let address: string | undefined;
      server.stdout.on('data', (data: Buffer) => (output += data.toString()));
      server.stderr.on('data', (data: Buffer) => (output += data.toString()));
      while (address === undefined) {
        await Promise.race([once(server.stdout, 'data'), once(server.stderr, 'data')]);
        address = /Running on (http:\S+)/.exec(output)?.[1];
      }
      expect(await (await fetch(address)).text()).toContain('<h1>Welcome to the Flacon App!</h1>');
      expect(await (await fetch(`${address}/users/41`)).json()).toEqual({ id: 41, next: 42 });
      expect(await (await fetch(`${address}/hello`)).text()).toContain('Hello World!');
      expect(await (await fetch(`${address}/hello?name=ann`)).text()).toContain('Hello Ann!');
    } finally {
      server.kill('SIGINT');
      await once(server, 'exit');
    }
  });
});

/** What a shell prints for the lines that a transcript types, and what the transcript says. */
async function replayTranscript(
  transcript: string,
  prompt: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ typed: string[]; printed: string[]; expected: string[] }> {
  const lines = transcript.trimEnd().split('\n');
  const typed = lines.filter((line) => line.startsWith(prompt)).map((line) => line.slice(prompt.length));
  const expected = lines.filter((line) => !line.startsWith(prompt));
  const shell = spawn(process.execPath, [program, ...args, 'shell', '--no-attach'], { env });
  // Piped in, the lines are one program: a line that begins with a bracket would go on with the one before.
  shell.stdin.end(typed.map((line) => (line.startsWith('(') ? `;${line}` : line)).join('\n'));
  let output = '';
  shell.stdout.on('data', (data: Buffer) => (output += data.toString()));
  shell.stderr.on('data', (data: Buffer) => (output += data.toString()));
  await once(shell, 'close');
  return { typed, printed: output.trimEnd().split('\n'), expected };
}

describe('the transcript in README.md', () => {
  it('is what the shell prints', async () => {
    const transcript = blocks(readme, 'console').find((block) => block.includes('portfolio(dev)> ')) ?? '';
    const folder = mkdtempSync(join(root, 'test', '.transcript-'));
    try {
      const env = {
        ...process.env,
        FLACON_DATABASE: join(folder, 'test.sqlite'),
        FLACON_SECRET_KEY: 'test',
        NO_COLOR: '1',
      };
      const app = ['--app', join(root, 'sample-app', 'app.ts')];
      await promisify(execFile)(process.execPath, [program, ...app, 'seed'], { env });
      const { typed, printed, expected } = await replayTranscript(transcript, 'portfolio(dev)> ', app, env);
      expect(typed.length).toBeGreaterThan(5);
      expect(printed).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the plugin in docs/shell.md', () => {
  it('does what the page shows', async () => {
    const page = readFileSync(join(root, 'docs', 'shell.md'), 'utf8');
    const source = blocks(page, 'ts').find((block) => block.startsWith('// app.ts')) ?? '';
    const transcript = blocks(page, 'console').find((block) => block.includes('shop(dev)> ')) ?? '';
    const folder = mkdtempSync(join(root, 'test', '.readme-'));
    try {
      writeFileSync(join(folder, 'app.ts'), source);
      const env = { ...process.env, NO_COLOR: '1' };
      const app = ['--app', join(folder, 'app.ts')];
      const { typed, printed, expected } = await replayTranscript(transcript, 'shop(dev)> ', app, env);
      expect(typed.length).toBe(3);
      expect(printed).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the commands in docs/cli.md', () => {
  it('do what the page shows', async () => {
    const page = readFileSync(join(root, 'docs', 'cli.md'), 'utf8');
    const source = blocks(page, 'ts').find((block) => block.startsWith('// app.ts')) ?? '';
    const transcript = blocks(page, 'console').at(-1) ?? '';
    const folder = mkdtempSync(join(root, 'test', '.readme-'));
    try {
      writeFileSync(join(folder, 'app.ts'), source);
      const runs = [...transcript.matchAll(/^\$ app (.+)\n(.+\n)/gm)];
      expect(runs).toHaveLength(2);
      for (const [, args = '', expected] of runs) {
        const { stdout } = await promisify(execFile)(process.execPath, [program, ...args.split(' ')], { cwd: folder });
        expect(stdout).toBe(expected);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the documentation', () => {
  const pages = [
    'README.md',
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];

  it.each(pages)('%s links to files that exist', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(
        () => readdirSync(join(root, dirname(page), target.endsWith('.md') ? dirname(target) : target)),
        `${page}: ${target}`,
      ).not.toThrow();
      if (target.endsWith('.md'))
        expect(() => readFileSync(join(root, dirname(page), target)), `${page}: ${target}`).not.toThrow();
    }
  });

  const guide = pages
    .filter((page) => !page.includes('decisions/'))
    .map((page) => readFileSync(join(root, page), 'utf8'))
    .join('\n');

  it.each(['', 'run', 'routes', 'shell', 'shell send'])('names every option of app %s', async (command) => {
    const args = [program, '--app', join(root, 'sample-app', 'app.ts'), ...command.split(' '), '--help'];
    const words = args.filter((arg) => arg !== '');
    const { stdout } = await promisify(execFile)(process.execPath, words, { env: { ...process.env, NO_COLOR: '1' } });
    const options = stdout.match(/(?<= )--[a-z][\w-]*/g) ?? [];
    expect(options).toContain('--help');
    expect(options.filter((option) => !guide.includes(option))).toEqual([]);
  });

  it('names every command of the shell', async () => {
    const host = await TestHost.start();
    const { welcome } = await host.open();
    await host.close();
    const names = welcome.commands.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => !new RegExp(`\\.${name}(?![\\w-])`).test(guide))).toEqual([]);
  });

  it('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, name = ''] of readme.matchAll(/npm run ([a-z:]+)/g)) expect(scripts).toHaveProperty([name]);
  });
});
