import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createProxy } from '../../src/util/local.ts';
import { Namespace, Signal } from '../../src/util/signal.ts';

function recorder(): { seen: unknown[]; receiver: (sender: unknown, payload: object) => string } {
  const seen: unknown[] = [];
  const receiver = (sender: unknown, payload: object): string => {
    seen.push([sender, payload]);
    return 'done';
  };
  return { seen, receiver };
}

describe('Signal', () => {
  it('calls receivers with sender and payload, and pairs them with what they return', () => {
    const signal = new Signal('saved');
    const { seen, receiver } = recorder();
    expect(signal.hasReceivers).toBe(false);
    expect(signal.connect(receiver)).toBe(receiver);
    expect(signal.hasReceivers).toBe(true);
    expect(signal.send('shop', { id: 1 })).toEqual([[receiver, 'done']]);
    expect(signal.send('shop')).toEqual([[receiver, 'done']]);
    expect(seen).toEqual([
      ['shop', { id: 1 }],
      ['shop', {}],
    ]);
  });

  it('filters by sender: objects by identity, texts and numbers by value', () => {
    const signal = new Signal();
    const app = {};
    const { seen, receiver } = recorder();
    signal.connect(receiver, app);
    signal.connect(receiver, 'text');
    signal.send({});
    signal.send(undefined);
    signal.send(app);
    signal.send('text');
    expect(seen.map((entry) => (entry as unknown[])[0])).toEqual([app, 'text']);
    expect(signal.hasReceiversFor(app)).toBe(true);
    expect(signal.hasReceiversFor({})).toBe(false);
  });

  it('takes a context proxy for the object behind it', () => {
    const signal = new Signal();
    const app = { name: 'app' };
    const proxy = createProxy(
      () => app,
      () => new Error('unbound'),
      'app',
    );
    const { seen, receiver } = recorder();
    signal.connect(receiver, proxy);
    signal.send(app);
    expect(seen).toHaveLength(1);
    signal.disconnect(receiver, app);
    expect(signal.hasReceivers).toBe(false);
  });

  it('calls a receiver once, in the order of connecting', () => {
    const signal = new Signal();
    const order: string[] = [];
    const first = (): void => void order.push('first');
    const second = (): void => void order.push('second');
    const app = {};
    signal.connect(first, app);
    signal.connect(second);
    signal.connect(first);
    signal.send(app);
    expect(order).toEqual(['first', 'second']);
  });

  it('disconnects from one sender or from all', () => {
    const signal = new Signal();
    const [a, b] = [{}, {}];
    const { seen, receiver } = recorder();
    signal.connect(receiver, a);
    signal.connect(receiver, a);
    signal.connect(receiver, b);
    signal.disconnect(receiver, a);
    signal.send(a);
    signal.send(b);
    expect(seen).toHaveLength(1);
    signal.disconnect(receiver);
    signal.disconnect(receiver);
    expect(signal.hasReceivers).toBe(false);
    signal.connect(receiver, a);
    signal.disconnect(receiver, b);
    signal.disconnect(receiver, a);
    expect(signal.hasReceivers).toBe(false);
  });

  it('lets errors of receivers through', () => {
    const signal = new Signal();
    signal.connect(() => {
      throw new Error('broken');
    });
    expect(() => signal.send(null)).toThrow('broken');
  });

  it('waits for asynchronous receivers one after the other', async () => {
    const signal = new Signal();
    const order: string[] = [];
    signal.connect(async () => {
      await tick();
      order.push('slow');
    });
    signal.connect(() => order.push('fast'));
    await signal.sendAsync(null);
    expect(order).toEqual(['slow', 'fast']);
  });

  it('is connected for a while: by disposal, function or promise', async () => {
    const signal = new Signal();
    const { receiver } = recorder();
    const connection = signal.connectedTo(receiver);
    expect(signal.hasReceivers).toBe(true);
    connection[Symbol.dispose]();
    connection.dispose();
    expect(signal.hasReceivers).toBe(false);
    expect(signal.connectedTo(receiver, undefined, () => signal.hasReceivers)).toBe(true);
    expect(signal.hasReceivers).toBe(false);
    const promise = signal.connectedTo(receiver, undefined, async () => {
      await tick();
      return signal.hasReceivers;
    });
    expect(signal.hasReceivers).toBe(true);
    expect(await promise).toBe(true);
    expect(signal.hasReceivers).toBe(false);
    const failing = (): never => {
      throw new Error('in the body');
    };
    expect(() => signal.connectedTo(receiver, undefined, failing)).toThrow('in the body');
    expect(signal.hasReceivers).toBe(false);
  });

  it('can be muted', () => {
    const signal = new Signal();
    const { seen, receiver } = recorder();
    signal.connect(receiver);
    signal.muted(() => signal.send('quiet'));
    expect(seen).toEqual([]);
    signal.send('loud');
    expect(seen).toHaveLength(1);
  });
});

describe('Namespace', () => {
  it('makes each signal once', () => {
    const signals = new Namespace();
    const saved = signals.signal('saved', 'Sent after saving.');
    expect(signals.signal('saved')).toBe(saved);
    expect(saved.doc).toBe('Sent after saving.');
    expect([...signals].map(([name]) => name)).toEqual(['saved']);
  });
});
