import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { compileFunction, runInNewContext } from 'node:vm';
import inspector from 'node:inspector';
import { describe, expect, it, onTestFinished } from 'vitest';

import { FrameRecorder } from '../../src/debug/frames.ts';
import type { FrameRecorderOptions } from '../../src/debug/frames.ts';
import { NotFound } from '../../src/http/exceptions.ts';

const PROJECT = '/frames-project/';

/** Code of a project, as the development server compiles it. */
function load(code: string, file = `${PROJECT}app.js`): Record<string, (...args: any[]) => any> {
  const exports = {};
  compileFunction(`"use strict";\n${code}`, ['exports'], { filename: file })(exports);
  return exports;
}

function start(options: Partial<FrameRecorderOptions> = {}): FrameRecorder {
  const recorder = new FrameRecorder({ isUserFile: (file) => file.startsWith(PROJECT), ...options });
  onTestFinished(() => recorder.close());
  recorder.open();
  recorder.arm();
  return recorder;
}

function thrown(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const app = load(`
  let visits = 0;
  class Blog {
    #secret = 'private';
    show(id) {
      const user = { id };
      visits += 1;
      { let inner = [id]; return this.render(undefined, user, inner); }
    }
    render(post, user, inner) {
      for (const word of ['a']) return post.title + word;
    }
  }
  exports.show = (id) => new Blog().show(id);
  exports.showLater = async (id) => { await null; const later = { id }; return new Blog().show(later.id); };
  exports.caught = (times) => { for (let i = 0; i < times; i++) try { null.x } catch {} return times; };
  exports.throws = (value) => { const local = 'kept'; throw value; };
  exports.rejects = (value) => { const local = 'kept'; return Promise.reject(value); };
  exports.again = (value) => { const outer = 1; try { exports.throws(value); } catch (error) { throw error; } };
  exports.visits = () => visits;
  const held = [];
  exports.holds = () => { const big = [1]; held.push(new WeakRef(big)); throw new Error('x'); };
  exports.held = () => held.splice(0).map((ref) => ref.deref() !== undefined);
`);

describe('frames of an error', () => {
  it('are those of the project, innermost first, with place and names', () => {
    const frames = start().keep(thrown(() => app['show']?.(42)));
    expect(frames.map(({ functionName, file, line }) => [functionName, file, line])).toEqual([
      ['render', `${PROJECT}app.js`, 12],
      ['show', `${PROJECT}app.js`, 9],
      ['exports.show', `${PROJECT}app.js`, 15],
    ]);
    expect(frames.map(({ names }) => names)).toEqual([
      ['word', 'post', 'user', 'inner'],
      ['inner', 'id', 'user'],
      ['id'],
    ]);
  });

  it('can be evaluated in after the call: variables, this, private fields, the module, the same objects', () => {
    const recorder = start();
    const [render, show] = recorder.keep(thrown(() => app['show']?.(42)));
    recorder.disarm();
    expect(render?.evaluate('post')).toBeUndefined();
    expect(render?.evaluate('[word, user.id, arguments.length]')).toEqual(['a', 42, 3]);
    expect(show?.evaluate('this.#secret')).toBe('private');
    expect(show?.evaluate('typeof visits')).toBe('number');
    expect(show?.evaluate('user')).toBe(render?.evaluate('user'));
    show?.evaluate('visits = 1000');
    expect(app['visits']?.()).toBe(1000);
  });

  it('of an async function are there too', async () => {
    const recorder = start();
    const error: unknown = await app['showLater']?.(7).catch((reason: unknown) => reason);
    const frames = recorder.keep(error);
    expect(frames.map(({ functionName }) => functionName)).toEqual(['render', 'show', 'exports.showLater']);
    expect(frames[2]?.evaluate('later.id')).toBe(7);
  });

  it('belong to where it was thrown first, also when it is thrown again', () => {
    const recorder = start();
    const error = thrown(() => app['again']?.(new Error('x')));
    expect(recorder.keep(error)[0]?.evaluate('local')).toBe('kept');
  });

  it.each([
    ['text', 'text'],
    ['undefined', undefined],
    ['a number', Number.NaN],
    ['a bigint', 5n],
  ])('of %s as error', (_, value) => {
    const recorder = start();
    expect(recorder.keep(thrown(() => app['throws']?.(value)))[0]?.evaluate('local')).toBe('kept');
  });

  it('of a promise that is rejected', async () => {
    const recorder = start();
    const error: unknown = await app['rejects']?.(new Error('x')).catch((reason: unknown) => reason);
    expect(recorder.keep(error)[0]?.evaluate('local')).toBe('kept');
  });

  it('of the cause are kept with it', () => {
    const recorder = start();
    const cause = thrown(() => app['throws']?.(new Error('x')));
    const error = thrown(() => app['throws']?.(new Error('y', { cause })));
    recorder.keep(error);
    recorder.disarm();
    expect(recorder.framesOf(cause)[0]?.evaluate('local')).toBe('kept');
  });

  it('have the places that were written', () => {
    const originalPosition = (_: string, line: number) => ({ line: line + 100, column: 3 });
    const [frame] = start({ originalPosition }).keep(thrown(() => app['throws']?.(new Error('x'))));
    expect([frame?.line, frame?.column]).toEqual([118, 3]);
  });

  it('with variables that hide eval and globalThis are shown, and say that they cannot be looked into', () => {
    const hidden = load('exports.run = (globalThis) => { throw new Error("x"); };');
    const [frame] = start().keep(thrown(() => hidden['run']?.(1)));
    expect(frame?.names).toEqual(['globalThis']);
    expect(() => frame?.evaluate('1')).toThrow('cannot be looked into');
  });
});

describe('what is kept', () => {
  it('nothing of errors that are caught, once the requests are over', () => {
    const recorder = start();
    app['caught']?.(30);
    expect(recorder.size).toBeLessThanOrEqual(20);
    const error = thrown(() => app['throws']?.(new Error('handled')));
    recorder.disarm();
    expect(recorder.size).toBe(0);
    expect(recorder.framesOf(error)).toEqual([]);
  });

  it('keeps no variable alive that nobody asked for, nor the inspector behind its back', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const isHeld = async (): Promise<boolean[]> => {
      // A WeakRef keeps its target until the turn is over.
      await wait(0);
      collect();
      return app['held']?.() as boolean[];
    };
    const recorder = start();
    for (let i = 0; i < 3; i++) thrown(() => app['holds']?.());
    recorder.disarm();
    expect(await isHeld()).toEqual([false, false, false]);
    recorder.arm();
    const error = thrown(() => app['holds']?.());
    recorder.keep(error);
    recorder.disarm();
    expect(await isHeld()).toEqual([true]);
    expect(recorder.framesOf(error)).toHaveLength(1);
  });

  it('the last ones only', () => {
    const recorder = start({ keep: 2 });
    const errors = [1, 2, 3].map((number) => thrown(() => app['throws']?.(new Error(String(number)))));
    for (const error of errors) recorder.keep(error);
    recorder.disarm();
    expect(errors.map((error) => recorder.framesOf(error).length)).toEqual([0, 2, 2].map((n) => n && 1));
  });

  it('nothing of answers, of other files, and while it is not armed', () => {
    const recorder = start({ isAnswer: (error) => error instanceof NotFound });
    const answer = thrown(() => app['throws']?.(new NotFound()));
    const foreign = load('exports.run = () => { throw new Error("x"); };', '/elsewhere/app.js');
    const other = thrown(() => foreign['run']?.());
    recorder.disarm();
    const late = thrown(() => app['throws']?.(new Error('late')));
    expect([answer, other, late].map((error) => recorder.keep(error))).toEqual([[], [], []]);
  });

  it('nothing while another debugger is attached, which would stop at every throw', () => {
    const recorder = start();
    inspector.open(0, '127.0.0.1');
    try {
      recorder.disarm();
      recorder.arm();
      expect(recorder.isArmed).toBe(false);
      expect(recorder.keep(thrown(() => app['throws']?.(new Error('x'))))).toEqual([]);
    } finally {
      inspector.close();
    }
    recorder.arm();
    expect(recorder.keep(thrown(() => app['throws']?.(new Error('x'))))).toHaveLength(1);
  });

  it('nothing more for a while in code that throws without end, which goes on at its speed', async () => {
    const recorder = start();
    expect(app['caught']?.(20_000)).toBe(20_000);
    expect(recorder.isArmed).toBe(false);
    while (!recorder.isArmed) await wait(10);
    expect(recorder.keep(thrown(() => app['throws']?.(new Error('x'))))).toHaveLength(1);
  });
});
