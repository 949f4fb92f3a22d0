import { afterEach, describe, expect, it } from 'vitest';
import time from '../../shell-plugins/time.ts';
import { measure } from '../../shell-plugins/bench.ts';
import { Flacon } from '../../src/index.ts';
import { TestHost, type TestClient } from '../shell/client-support.ts';

let host: TestHost | undefined;

afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function start(): Promise<TestClient> {
  const app = new Flacon(undefined, { name: 'shop' });
  app.shellPlugin(time);
  host = await TestHost.start(app);
  const client = await host.open();
  await client.eval(
    'let runs = 0; function spin(ms) { runs++; const end = performance.now() + ms; while (performance.now() < end); return 42 }',
  );
  return client;
}

const TIME = String.raw`\d+(?:\.\d+)? (?:ns|µs|ms|s)`;

describe('.time', () => {
  it('runs code once and says how long it took', async () => {
    const client = await start();
    expect(await client.run('.time spin(20)')).toMatch(/^42\n(?:2\d(?:\.\d)?|[3-9]\d(?:\.\d)?|\d{3}) ms\n$/);
    expect(await client.show('runs')).toBe('1');
    expect(await client.run('.time await Promise.resolve("later")')).toMatch(new RegExp(`^later\\n${TIME}\\n$`));
    expect(await client.run('.time for (let i = 0; i < 3; i++) spin(0)')).toMatch(new RegExp(`^${TIME}\\n$`));
    expect(await client.show('runs')).toBe('4');
  });

  it('shows what the code throws, and what is wrong with it', async () => {
    const client = await start();
    expect(await client.run('.time nothing()')).toMatch(/^ReferenceError: nothing is not defined/);
    expect(await client.run('.time 1 +* 2')).toMatch(/^SyntaxError: Unexpected token/);
    expect(await client.run('.time')).toBe('of what? .time EXPR');
  });
});

describe('.bench', () => {
  it('gives the median and the deviation', async () => {
    const client = await start();
    const shown = await client.run('.bench spin(5)');
    const [, median] = /^([\d.]+) ms ± [\d.]+ (?:ns|µs|ms) {3}median of \d+ runs? in [\d.]+ s\n/.exec(shown) ?? [];
    expect(Number(median)).toBeGreaterThanOrEqual(5);
  });

  it('runs what is fast in batches, and at most a million times', async () => {
    let calls = 0;
    const measured = await measure(() => (calls += 1), new AbortController().signal);
    expect(calls).toBe(measured.runs);
    expect(measured.runs).toBeGreaterThan(10_000);
    expect(measured.runs).toBeLessThanOrEqual(1_000_000);
    expect(measured.median).toBeLessThan(0.01);
  });

  it('counts collections of garbage', async () => {
    const keep: unknown[] = [];
    const body = (): void => void (keep[0] = Array.from({ length: 10_000 }, (_, index) => ({ index })));
    expect(await measure(body, new AbortController().signal)).toMatchObject({
      collections: expect.toSatisfy((count: number) => count > 0) as number,
    });
  });

  it('ends at Ctrl-C with what it has', async () => {
    const abort = new AbortController();
    abort.abort();
    expect((await measure(() => undefined, abort.signal)).runs).toBe(1);
  });
});

describe('.cpu', () => {
  it('lists the functions that took the time', async () => {
    const client = await start();
    const shown = await client.run('.cpu spin(60)');
    expect(shown).toMatch(/^SELF +FUNCTION +PLACE\n/);
    expect(shown).toMatch(/\d+(?:\.\d+)? ms +\d+ % +(?:spin|\(entry\)) +shell#/);
    expect(shown).toMatch(/\n[\d.]+ ms in all\n$/);
  });
});

describe('.mem', () => {
  it('says what a value keeps', async () => {
    const client = await start();
    const shown = await client.run('.mem Array.from({ length: 100000 }, (_, id) => ({ id, name: `n${id}` }))');
    expect(shown).toMatch(/^heap \+\d+\.\d MB while it ran, \+\d+\.\d MB kept by its value\n/);
    expect(await client.run('.mem Buffer.alloc(5_000_000)')).toMatch(/\nbuffers \+5\.0 MB\n$/);
    expect(await client.show('typeof _mem')).toBe("'undefined'");
  });
});

describe('.timing', () => {
  it('prints the time of each entry', async () => {
    const client = await start();
    expect(await client.run('.timing on')).toBe('timing is on\n');
    expect(await client.show('6 * 7')).toMatch(new RegExp(`^42 {3}\\(${TIME}\\)$`));
    expect(await client.show('const a = 1')).toMatch(new RegExp(`^\\(${TIME}\\)$`));
    await client.eval('.timing off');
    expect(await client.show('6 * 7')).toBe('42');
    expect(await client.run('.timing maybe')).toBe("'maybe' is neither on nor off");
  });
});
