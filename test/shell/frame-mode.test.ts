import { compileFunction } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Flacon } from '../../src/index.ts';
import type { ErrorFrame } from '../../src/shell/frame-source.ts';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import type { ErrorSource, ServerError } from '../../src/shell/target.ts';
import { TestHost } from './client-support.ts';

/** Calls of a request that has failed; `total` and `item` are live. */
function failedRequest(app: Flacon): ServerError {
  const frames = compileFunction(`
    let visits = 0;
    function title(item, password) {
      let total = 1;
      return { functionName: 'title', names: ['item', 'password', 'total'], evaluate: (code) => eval(code) };
    }
    function show(id) {
      return [title({ id }, 'hunter2'), { functionName: '', names: ['id'], evaluate: (code) => eval(code) }];
    }
    return show(7);
  `)() as ErrorFrame[];
  const context = app.testRequestContext('/posts/7');
  const placed = frames.map((frame, index) => ({ ...frame, file: '/project/app.ts', line: index + 1, column: 1 }));
  return { error: new TypeError('no title'), context, frames: placed };
}

function errorsOf(list: ServerError[]): ErrorSource & { add(error: ServerError): void } {
  const listeners = new Set<(error: ServerError) => void>();
  return {
    list: () => list,
    onError: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    importsOf: async () => new Map([['find', () => (id: number) => `post ${id}`]]),
    add(error) {
      list.unshift(error);
      for (const listener of listeners) listener(error);
    },
  };
}

async function open(count = 1) {
  const app = new Flacon(undefined, { name: 'blog' });
  app.get('/posts/<int:id>', { endpoint: 'show' }, ({ id }) => ({ id }));
  const errors = errorsOf(Array.from({ length: count }, () => failedRequest(app)));
  const host = await TestHost.start(app);
  onTestFinished(() => host.close());
  Object.assign(host.target, { errors });
  const client = await host.open();
  /** What an entry prints, with its result or error. */
  const type = async (code: string): Promise<string> => {
    const before = client.frames.length;
    const shown = await client.show(code);
    const output = client.frames.slice(before).map((frame) => (frame.op === 'out' ? frame.text : ''));
    return output.join('') + shown;
  };
  return { app, errors, client, type };
}

describe('.wtf and .frame', () => {
  it('list the calls with their variables, secrets hidden', async () => {
    const { type } = await open();
    expect(await type('.wtf')).toBe(
      [
        'GET /posts/7',
        'TypeError: no title',
        '#0 title  app.ts:1  item = { id: 7 }  password = «redacted»  total = 1',
        '#1 show  app.ts:2  id = 7',
        '.frame 0 opens the first one',
        '',
      ].join('\n'),
    );
  });

  it('evaluate in a call: its variables, its imports, the context of its request', async () => {
    const { type } = await open();
    await type('const total = "mine"; let item = 1');
    await type('.frame 0');
    expect(await type('[item.id, total]')).toBe('[ 7, 1 ]');
    expect(await type('find(item.id)')).toBe("'post 7'");
    expect(await type('request.path')).toBe("'/posts/7'");
    expect(await type('total += 5; total')).toBe('6');
    expect(await type('const own = total * 2; own')).toBe('12');
    await type('.up');
    expect(await type('[id, typeof password, own]')).toBe("[ 7, 'undefined', 12 ]");
    await type('.down');
    expect(await type('total')).toBe('6');
    await type('.frame');
    expect(await type('[total, item, own, typeof find]')).toBe("[ 'mine', 1, 12, 'undefined' ]");
  });

  it('say what cannot be had', async () => {
    const { type } = await open();
    expect(await type('.up')).toContain('no call is open');
    expect(await type('.frame 9')).toContain('there is no call #9');
    expect(await type('.frame x')).toContain("'x' is no number");
    expect(await type('.wtf 2')).toContain('there are 1 errors');
    await type('.frame 1');
    expect(await type('.up')).toContain('outermost');
    expect(await (await open(0)).type('.wtf')).toContain('no request has failed yet');
    const host = await TestHost.start();
    onTestFinished(() => host.close());
    expect(await (await host.open()).show('.wtf')).toContain('nobody records errors here');
  });

  it('are announced above the prompt, unless the session asked itself', async () => {
    const { app, errors, client } = await open();
    const notices = (): string[] =>
      client.frames.flatMap((frame) => (frame.op === 'notice' ? [plainText(frame.printed)] : []));
    errors.add(failedRequest(app));
    await client.next((frame): frame is Extract<HostFrame, { op: 'notice' }> => frame.op === 'notice');
    expect(notices()).toEqual(['! 500 GET /posts/7 — .wtf']);
    (globalThis as Record<string, unknown>)['addTestError'] = () => errors.add(failedRequest(app));
    await client.eval('globalThis.addTestError()');
    delete (globalThis as Record<string, unknown>)['addTestError'];
    expect(notices()).toHaveLength(1);
  });
});
