import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { Flacon } from '../../src/index.ts';
import { definePlugin, type FinishedEntry, type Shell } from '../../src/shell/index.ts';
import { promptText } from '../../src/shell/prompt-marks.ts';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import { TestHost, type TestClient } from './client-support.ts';

let host: TestHost | undefined;

afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function open(...plugins: ReturnType<typeof definePlugin>[]): Promise<TestClient> {
  const app = new Flacon(undefined, { name: 'blog' });
  for (const plugin of plugins) app.shellPlugin(plugin);
  host = await TestHost.start(app, { plugins: [] });
  return host.open();
}

const isPrompt = (frame: HostFrame): frame is Extract<HostFrame, { op: 'prompt' }> => frame.op === 'prompt';

describe('hooks of a plugin', () => {
  it('run before and after entries; what they say stands behind the result', async () => {
    const seen: FinishedEntry[] = [];
    const client = await open(
      definePlugin({
        name: 'watch',
        before(_shell, { kind, text }) {
          if (text.includes('forbidden')) throw new Error(`no ${kind} like that`);
        },
        after(_shell, entry) {
          seen.push(entry);
          return entry.text === 'const quiet = 1' ? undefined : '(seen)';
        },
        commands: [{ name: 'fine', description: 'Works.', run: (shell) => shell.print('fine') }],
      }),
    );
    expect(await client.show('1 + 1')).toBe('2   (seen)');
    expect(await client.show('const quiet = 1')).toBe('');
    // Behind what has several lines, on a line of its own.
    expect(await client.show('({ a: "x".repeat(60), b: "y".repeat(60) })')).toMatch(/^\{\n[^]*\}\n\(seen\)$/);
    expect(await client.show('throw new Error("no")')).toMatch(/Error: no[^]*\n\(seen\)$/);
    expect(await client.show('globalThis.forbidden = 1')).toContain('Error: no code like that');
    expect(await client.show('globalThis.forbidden')).toContain('no code like that');
    expect(await client.show('.fine forbidden')).toMatch(/^no command like that/);
    expect(await client.show('.fine')).toBe('(seen)');
    expect(seen.map(({ kind, status }) => `${kind} ${status}`).slice(0, 3)).toEqual([
      'code done',
      'code done',
      'code done',
    ]);
    expect(seen.map(({ status }) => status)).toContain('threw');
    expect('forbidden' in globalThis).toBe(false);
  });

  it('are around everything that the session runs, also after an await', async () => {
    const store = new AsyncLocalStorage<string>();
    const client = await open(
      definePlugin({
        name: 'store',
        helpers: { where: () => store.getStore() },
        around: (_shell, body) => store.run('inside', body),
        commands: [{ name: 'where', description: 'Where?', run: (shell) => shell.print(store.getStore()) }],
      }),
    );
    expect(await client.show('where()')).toBe("'inside'");
    expect(await client.show('await new Promise(setImmediate); where()')).toBe("'inside'");
    await client.eval('.where');
    expect(client.output).toBe('inside\n');
    expect(store.getStore()).toBeUndefined();
  });

  it('are named when they keep entries from running', async () => {
    const client = await open(
      definePlugin({
        name: 'broken',
        around(shell, body) {
          if (shell.variables['fail'] === 'throw') throw new Error('out of order');
          return shell.variables['fail'] === 'forget' ? (undefined as ReturnType<typeof body>) : body();
        },
      }),
    );
    expect(await client.show('throw new Error("mine")')).toMatch(/^Error: mine/);
    await client.eval('let fail = "throw"');
    expect(await client.show('globalThis.ran = 1')).toContain('plugin broken let nothing run: out of order');
    expect('ran' in globalThis).toBe(false);
  });

  it('hear of reloads; one that fails is told', async () => {
    const heard: string[] = [];
    const client = await open();
    const plugin = definePlugin({
      name: 'news',
      reloaded(shell) {
        heard.push(shell.app.name);
        throw new Error('not ready');
      },
    });
    const next = new Flacon(undefined, { name: 'next' });
    next.shellPlugin(plugin);
    host?.target.replace(next);
    const notice = await client.next(
      (frame): frame is Extract<HostFrame, { op: 'notice' }> => frame.op === 'notice' && frame.kind === 'reloaded',
    );
    expect(heard).toEqual(['next']);
    expect(plainText(notice.printed)).toContain('plugin news failed: not ready');
  });

  it('put words into the prompt, and print under the banner', async () => {
    const client = await open(
      definePlugin({
        name: 'marks',
        setup(shell) {
          shell.setMark('mode', 'careful');
          shell.print('careful now');
        },
        commands: [
          {
            name: 'at',
            description: 'Where it is.',
            run: (shell, args) => shell.setMark('at', args === '' ? undefined : args, 'after'),
          },
        ],
      }),
    );
    expect(client.welcome.warnings.map(plainText)).toEqual(['careful now']);
    expect(promptText('blog', 'dev', client.welcome.marks)).toBe('blog(dev careful)>');
    await client.eval('.at GET /posts/4');
    expect(promptText('blog', 'dev', (await client.next(isPrompt)).marks)).toBe('blog(dev careful) GET /posts/4>');
    await client.eval('.at');
    const last = client.frames.filter(isPrompt).at(-1);
    expect(promptText('blog', 'dev', last?.marks ?? [])).toBe('blog(dev careful)>');
  });

  it('see which code is of their session, what the application gives, and where an error is from', async () => {
    let shell: Shell | undefined;
    const client = await open(
      definePlugin({
        name: 'eyes',
        helpers: (given) => {
          shell = given;
          return { mine: () => given.isCurrent, place: (error: Error) => given.placeOf(error) };
        },
      }),
    );
    expect(await client.show('mine()')).toBe('true');
    expect(shell?.isCurrent).toBe(false);
    expect(await client.show('\nplace(new Error())')).toMatch(/^'shell#\d+:2'$/);
    expect(shell?.isInteractive).toBe(true);
    expect(shell?.environment).toBe('test');
    expect(shell?.provided()).toEqual([]);
    const next = new Flacon(undefined, { name: 'next' });
    next.shellContextProcessor(() => ({
      answer: 42,
      get broken(): never {
        throw new Error('not now');
      },
    }));
    host?.target.replace(next);
    await client.next((frame): frame is Extract<HostFrame, { op: 'notice' }> => frame.op === 'notice');
    // The new application does not bring the plugin, but the face of the session stays.
    expect(shell?.provided()).toEqual([['answer', 42]]);
  });
});

describe('a command that is interrupted', () => {
  it('may end by itself, by its signal', async () => {
    const client = await open(
      definePlugin({
        name: 'follow',
        commands: [
          {
            name: 'follow',
            description: 'Goes on until Ctrl-C.',
            run(shell, _args, signal) {
              shell.print('following');
              return new Promise<void>((resolve) => {
                signal.addEventListener('abort', () => {
                  shell.print('the end');
                  resolve();
                });
              });
            },
          },
        ],
      }),
    );
    const target = client.nextId;
    const answer = client.eval('.follow');
    await client.next((frame): frame is Extract<HostFrame, { op: 'out' }> => frame.op === 'out');
    await client.ask({ op: 'interrupt', target });
    expect(await answer).toMatchObject({ status: 'nothing' });
    expect(client.output).toBe('following\nthe end\n');
    expect(await client.show('1 + 1')).toBe('2');
  });

  it('is left behind when it does not', async () => {
    const client = await open(
      definePlugin({
        name: 'stubborn',
        commands: [
          {
            name: 'hang',
            description: 'Never ends.',
            run(shell) {
              shell.print('hanging');
              return new Promise<void>(() => {});
            },
          },
        ],
      }),
    );
    const target = client.nextId;
    const answer = client.eval('.hang');
    await client.next((frame): frame is Extract<HostFrame, { op: 'out' }> => frame.op === 'out');
    await client.ask({ op: 'interrupt', target });
    expect(await answer).toMatchObject({ status: 'interrupted' });
    expect(await client.show('1 + 1')).toBe('2');
  });
});
