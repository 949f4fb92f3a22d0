import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { HostFrame, NoticeFrame } from '../../src/shell/protocol.ts';
import { sendToShell } from '../../src/shell/send.ts';
import { plainText } from '../../src/shell/spans.ts';
import { TestHost, type TestClient } from './client-support.ts';

let host: TestHost;

afterEach(() => host.close());

const isNotice = (frame: HostFrame): frame is NoticeFrame => frame.op === 'notice';

/** The words in a client's prompt, as it heard of them last. */
function marksOf(client: TestClient): string[] {
  const last = client.frames.findLast((frame) => frame.op === 'prompt' || frame.op === 'welcome');
  return last && 'marks' in last ? last.marks.map(({ text }) => text) : [];
}

describe('several shells in one server', () => {
  it('have numbers in their prompts as long as there is more than one', async () => {
    host = await TestHost.start();
    const one = await host.open();
    expect(marksOf(one)).toEqual([]);
    const script = await host.open('script');
    await one.eval('1');
    expect(marksOf(one)).toEqual([]);
    const two = await host.open();
    await one.eval('1');
    expect([marksOf(one), marksOf(two)]).toEqual([['#1'], ['#3']]);
    await one.eval('.who');
    expect(one.output).toMatch(/^#1 +tester +pid 1 +0 min +this shell$/m);
    expect(one.output).toMatch(/^#2 +tester +pid 1 +0 min +script$/m);
    expect(one.output).toMatch(/^#3 +tester +pid 1 +0 min *$/m);
    await two.ask({ op: 'close' });
    await one.eval('1');
    expect(marksOf(one)).toEqual([]);
    script.socket.destroy();
  });

  it('share variables: read, followed, and kept when the owner leaves', async () => {
    host = await TestHost.start();
    const [one, two] = [await host.open(), await host.open()];
    await one.eval('let rows = [1]; const mine = {}');
    await two.eval('let mine = 2');
    expect(await one.show('.share nothing')).toBe('no variable nothing');
    await one.eval('.share rows mine');
    const notices = async (): Promise<string[]> => {
      await two.eval('1');
      return two.frames.filter(isNotice).map(({ printed }) => plainText(printed));
    };
    expect(await notices()).toEqual(['#1 shares rows', '#1 shares mine — hidden by a variable of yours']);
    expect(await two.show('[rows, mine]')).toBe('[ [ 1 ], 2 ]');
    await one.eval('rows = [1, 2]');
    expect(await two.show('rows.length')).toBe('2');
    // An assignment makes a variable of one's own.
    await two.eval('rows = "two"');
    expect(await one.show('rows')).toBe('[ 1, 2 ]');
    const three = await host.open();
    await three.eval('.share');
    expect(three.output).toMatch(/^rows +by #1$/m);
    await one.ask({ op: 'close' });
    expect(await three.show('rows')).toBe('[ 1, 2 ]');
    await three.eval('.unshare rows');
    expect(await three.show('typeof rows')).toBe("'undefined'");
    expect(await three.show('.unshare rows')).toBe('rows is not shared');
  });

  it('get their own output, also after awaits, in timers, and of requests that they make', async () => {
    host = await TestHost.start();
    host.target.current?.get('/noisy', async () => {
      await Promise.resolve();
      process.stdout.write('from the view\n');
      return 'ok';
    });
    const clients = [await host.open(), await host.open(), await host.open()];
    await Promise.all(
      clients.map((client, index) =>
        client.eval(`
          for (let i = 0; i < 20; i++) {
            console.log(${index});
            await new Promise((resolve) => setTimeout(() => { console.log(${index}); setImmediate(resolve) }, i % 3));
            queueMicrotask(() => process.stdout.write('${index}\\n'));
            await Promise.resolve();
          }
          await client.get('/noisy')`),
      ),
    );
    for (const [index, client] of clients.entries())
      expect(client.output).toBe(`${`${index}\n`.repeat(60)}from the view\n`);
  });
});

describe('code that an editor sends', () => {
  it('runs in the session of a person, who sees it; the sender gets what came of it', async () => {
    host = await TestHost.start();
    const editor = await host.open('script');
    expect(await editor.ask({ op: 'send', code: '1' })).toMatchObject({
      op: 'failed',
      message: 'no shell is attached',
    });
    const [one, two] = [await host.open(), await host.open()];
    await one.eval('const n = 1');
    const code = '\n\nconst m: number = n + 1\nconsole.log("out");\n({ m })';
    expect(await editor.ask({ op: 'send', code, filename: 'src/a.ts', session: 2 })).toMatchObject({
      op: 'sent',
      session: 2,
      status: 'value',
      text: '{ m: 2 }',
      json: '{"m":2}',
      output: 'out\n',
    });
    expect(await one.show('m')).toBe('2');
    expect(one.output).toBe('out\n');
    const notice = one.frames.filter(isNotice).at(-1);
    expect(plainText(notice?.printed ?? [])).toBe('⇥ src/a.ts\n{ m: 2 }');
    // The newest one, unless it is said which.
    const failed = await editor.ask({ op: 'send', code: '\n\nnull.x', filename: 'src/a.ts' });
    expect(failed).toMatchObject({ session: 3, status: 'threw' });
    expect(failed.op === 'sent' && failed.text).toMatch(/^TypeError: .*\n {4}at src\/a\.ts:3:6/);
    expect(await two.show('typeof m')).toBe("'undefined'");
    expect(await editor.ask({ op: 'send', code: '1', session: 9 })).toMatchObject({
      message: 'no shell has the number 9',
    });
    expect(await editor.ask({ op: 'sessions' })).toMatchObject({
      sessions: [
        { session: 1, mode: 'script', user: 'tester', isBusy: false },
        { session: 2, mode: 'terminal' },
        { session: 3, mode: 'terminal' },
      ],
    });
  });

  it('waits for its turn, and can be interrupted', async () => {
    host = await TestHost.start();
    const [one, editor] = [await host.open(), await host.open('script')];
    const first = one.eval('await new Promise((resolve) => setTimeout(resolve, 50)); globalThis.first = 1');
    const sent = editor.ask({ op: 'send', code: 'globalThis.first + 1' });
    expect(await sent).toMatchObject({ text: '2' });
    await first;
    const endless = editor.ask({ op: 'send', code: 'await new Promise(() => {})' });
    const second = await editor.next(
      (frame): frame is Extract<HostFrame, { op: 'sending' }> => frame.op === 'sending' && frame.target % 10 === 2,
    );
    const { control } = one.welcome;
    const socket = connect(control?.path ?? '');
    socket.write(`${JSON.stringify({ token: host.host.record.token, slot: second.slot, target: second.target })}\n`);
    expect(await endless).toMatchObject({ status: 'interrupted' });
    socket.destroy();
    expect(await one.show('1 + 1')).toBe('2');
  });

  it('is given up by SIGINT before its turn, and then does not run', async () => {
    const subject = { file: '/project/app.ts' };
    host = await TestHost.start(undefined, { subject });
    const one = await host.open();
    await one.eval('const ran = []');
    const target = one.nextId;
    const busy = one.eval('await new Promise(() => {})');
    const said: string[] = [];
    const stream = { write: (text: string) => said.push(text) } as unknown as NodeJS.WriteStream;
    const file = join(mkdtempSync(join(tmpdir(), 'flacon-send-')), 'sent.ts');
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    writeFileSync(file, 'ran.push("sent")\n');
    const before = process.listeners('SIGINT');
    const sending = sendToShell({ root: '/project', subject, place: file, stdout: stream, stderr: stream });
    const added = (): NodeJS.SignalsListener | undefined =>
      process.listeners('SIGINT').find((listener) => !before.includes(listener));
    await expect.poll(() => host.audit).toContainEqual(expect.stringMatching(/^shell 2 attached/));
    await expect.poll(added).toBeDefined();
    added()?.('SIGINT');
    expect(await sending).toBe(130);
    await expect(sendToShell({ root: '/project', subject, place: `${file}:2` })).rejects.toMatchObject({
      message: `${file} has no lines 2 to 2`,
      fix: 'it has 1 line',
    });
    expect(said).toEqual(['interrupted before its turn: it has not run\n']);
    await one.ask({ op: 'interrupt', target });
    expect(await busy).toMatchObject({ status: 'interrupted' });
    expect(await one.show('ran')).toBe('[]');
  });
});
