import { afterEach, describe, expect, it } from 'vitest';
import { channel } from 'node:diagnostics_channel';
import { Flacon } from '../../src/index.ts';
import { LogTail } from '../../src/shell/log-tail.ts';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { PluginShell } from './support.ts';

let shell: PluginShell | undefined;
let tail: LogTail | undefined;

afterEach(async () => {
  await shell?.close();
  shell = undefined;
  tail?.close();
  tail = undefined;
});

function makeApp(): Flacon {
  const app = new Flacon(undefined, { name: 'blog' });
  // Nothing to the standard error of the tests.
  app.logger.handlers.push(() => {});
  return app;
}

describe('.log', () => {
  it('shows the last lines', async () => {
    tail = new LogTail(30);
    const app = makeApp();
    shell = await PluginShell.open(app, ({ target }) => Object.assign(target, { log: tail }));
    expect(await shell.ask('.log')).toBe('Nothing was logged yet.');
    for (let count = 1; count <= 40; count += 1) app.logger.info(`line ${count}`);
    app.logger.debug('not at this level');
    const lines = (await shell.ask('.log')).split('\n');
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toMatch(/^\[\d{4}-\d\d-\d\d [\d:,]+\] INFO in blog: line 40$/);
    expect((await shell.ask('.log 2')).split('\n').map((line) => line.replace(/.*: /, ''))).toEqual([
      'line 39',
      'line 40',
    ]);
    expect((await shell.ask('.log 1000')).split('\n')).toHaveLength(30);
    app.logger.info('from \u001b[2Jsomebody');
    expect(await shell.ask('.log 1')).toMatch(/: from \\x1b\[2Jsomebody$/);
    expect(await shell.ask('.log few')).toMatch(/'few' is no number of lines/);
  });

  it('follows until it is interrupted', async () => {
    const app = makeApp();
    shell = await PluginShell.open(app);
    const { client } = shell;
    const isHeard = (): boolean => channel('flacon.log').hasSubscribers;
    const target = client.nextId;
    const answer = client.eval('.log -f');
    // The command runs when it has begun to listen.
    while (!isHeard()) await client.ask({ op: 'check', code: '1' });
    app.logger.warning('disk is full');
    const line = await client.next((frame): frame is Extract<HostFrame, { op: 'out' }> => frame.op === 'out');
    expect(line.text).toMatch(/WARNING in blog: disk is full\n$/);
    await client.ask({ op: 'interrupt', target });
    expect(await answer).toMatchObject({ status: 'nothing', printed: [] });
    expect(isHeard()).toBe(false);
    app.logger.warning('not heard any more');
    expect(await shell.ask('1')).toBe('1');
    expect(client.output).not.toContain('not heard');
  });

  it('changes the level, also of the next application, until the shell ends', async () => {
    const first = makeApp();
    shell = await PluginShell.open(first);
    expect(await shell.ask('.log level')).toBe('log level is INFO');
    expect(await shell.ask('.log level debug')).toBe('log level is DEBUG until this shell ends');
    expect(first.logger.level).toBe('DEBUG');
    const second = makeApp();
    await shell.reload(second);
    expect([first.logger.level, second.logger.level]).toEqual(['INFO', 'DEBUG']);
    expect(await shell.ask('.log level loud')).toBe("'loud' is none of debug, info, warning, error, critical");
    await shell.client.ask({ op: 'close' });
    expect(second.logger.level).toBe('INFO');
  });
});
