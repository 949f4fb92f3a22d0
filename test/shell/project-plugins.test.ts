import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOwnTarget } from '../../src/cli/own-target.ts';
import type { Span } from '../../src/shell/spans.ts';
import { plainText } from '../../src/shell/spans.ts';
import { Session } from '../../src/shell/session.ts';

let folder: string;
let close: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-plugins-'));
});

afterEach(async () => {
  for (const step of close.toReversed()) await step();
  close = [];
  rmSync(folder, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

const command = (plugin: string): string =>
  `export default { name: '${plugin}', commands: [{ name: '${plugin}', description: '', run: (shell) => shell.print('${plugin} of ' + shell.app.name) }] };`;

/** A session in the project of the folder; gives what entries write, and what they are warned of. */
async function open(): Promise<{ ask(code: string): Promise<string>; session: Session; reload(): Promise<unknown> }> {
  const { target, close: closeTarget } = await openOwnTarget(undefined, folder);
  close.push(closeTarget);
  let output = '';
  const session = await Session.open(target, {
    number: 1,
    mode: 'script',
    columns: 80,
    color: false,
    isAttached: false,
    events: { output: (_, text) => (output += text), uncaught: () => undefined, exit: () => undefined },
  });
  close.push(() => session.close());
  return {
    session,
    async ask(code) {
      output = '';
      const { printed }: { printed: Span[] } = await session.submit(code);
      return (output + plainText(printed)).trimEnd();
    },
    async reload() {
      const event = await target.reload?.();
      if (event?.kind === 'reloaded') await session.follow(event.modules);
      return event;
    },
  };
}

const APP = "import { Flacon } from 'flacon'; export const app = new Flacon(import.meta, { name: 'shop' });";

describe('plugins of a project', () => {
  it('come from the app, from the list in package.json, and from packages of the name flacon-shell-*', async () => {
    write(
      'app.ts',
      `${APP} app.shellPlugin({ name: 'own', commands: [{ name: 'own', description: '', run: (shell) => shell.print('own') }] });`,
    );
    write('tools/listed.ts', command('listed'));
    for (const name of ['flacon-shell-first', '@ours/flacon-shell-second', 'unrelated']) {
      const plugin = name.replace(/.*-/, '');
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './index.js' }));
      write(`node_modules/${name}/index.js`, command(plugin));
    }
    write(
      'package.json',
      JSON.stringify({
        type: 'module',
        flacon: { shellPlugins: ['./tools/listed.ts'] },
        dependencies: { 'flacon-shell-first': '1.0.0', unrelated: '1.0.0' },
        devDependencies: { '@ours/flacon-shell-second': '1.0.0' },
      }),
    );
    const { ask, session } = await open();
    expect(session.warnings).toEqual([]);
    expect(await ask('.own')).toBe('own');
    expect(await ask('.listed')).toBe('listed of shop');
    expect(await ask('.first')).toBe('first of shop');
    expect(await ask('.second')).toBe('second of shop');
    expect(await ask('.unrelated')).toContain('no command .unrelated');
  });

  it('that throw are named and left out; the others are there', async () => {
    write(
      'app.ts',
      `${APP} app.shellPlugin({ name: 'explosive', setup() { throw new Error('boom'); }, commands: [{ name: 'explode', description: '', run() {} }] });`,
    );
    write('throws.ts', 'throw new Error("not loadable");');
    write('empty.ts', 'export const nothing = 1;');
    write('fine.ts', command('fine'));
    write(
      'package.json',
      JSON.stringify({
        type: 'module',
        flacon: { shellPlugins: ['./throws.ts', './empty.ts', './missing.ts', './fine.ts'] },
        dependencies: { 'flacon-shell-gone': '1.0.0' },
      }),
    );
    const { ask, session } = await open();
    const warnings = session.warnings.join('\n');
    expect(warnings).toContain('plugin ./throws.ts is left out: not loadable');
    expect(warnings).toContain('plugin ./empty.ts is left out: it has no plugin as its default export');
    expect(warnings).toMatch(/plugin \.\/missing\.ts is left out: .*missing\.ts/);
    expect(warnings).toMatch(/plugin flacon-shell-gone is left out: .*flacon-shell-gone/);
    expect(warnings).toContain('plugin explosive is left out: boom');
    expect(await ask('.fine')).toBe('fine of shop');
    expect(await ask('.explode')).toContain('no command .explode');
  });

  it('follow a reload', async () => {
    write('app.ts', APP);
    write('package.json', JSON.stringify({ type: 'module', flacon: { shellPlugins: './plugin.ts' } }));
    write('plugin.ts', command('before'));
    const { ask, reload } = await open();
    expect(await ask('.before')).toBe('before of shop');
    write('plugin.ts', command('after'));
    write('app.ts', APP.replace('shop', 'store'));
    await reload();
    expect(await ask('.after')).toBe('after of store');
    expect(await ask('.before')).toContain('no command .before');
  });

  it('need no package.json', async () => {
    write('app.ts', APP);
    const { session } = await open();
    expect(session.warnings).toEqual([]);
  });
});
