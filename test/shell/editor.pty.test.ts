import { fileURLToPath } from 'node:url';
import { spawn, type IPty } from '@lydell/node-pty';
import { afterEach, describe, expect, it } from 'vitest';
import { bytesOf, pasteOf } from '../support/editor-session.ts';
import { TestTerminal } from '../support/terminal.ts';

const program = fileURLToPath(new URL('../support/editor-program.ts', import.meta.url));
const started: IPty[] = [];

afterEach(() => {
  for (const pty of started.splice(0)) pty.kill('SIGKILL');
});

/** The test program in a terminal of the system, with `stty` telling afterwards how it left that. */
class PtySession {
  readonly terminal: TestTerminal;
  readonly pty: IPty;
  readonly exited: Promise<void>;

  constructor(columns = 80, rows = 24) {
    this.terminal = new TestTerminal(columns, rows);
    const command = `"$0" --import tsx "$1"; echo "exit $?"; stty -a`;
    this.pty = spawn('/bin/sh', ['-c', command, process.execPath, program], {
      cols: columns,
      rows,
      env: { ...process.env, TERM: 'xterm-256color' },
    });
    started.push(this.pty);
    this.pty.onData((data) => this.terminal.write(data));
    this.exited = new Promise((resolve) => this.pty.onExit(() => resolve()));
  }

  static async start(columns?: number, rows?: number): Promise<PtySession> {
    const session = new PtySession(columns, rows);
    await session.until('app>');
    return session;
  }

  /** Types, and waits for `expected` at the end of the screen. */
  async type(keys: string[], expected: string): Promise<void> {
    this.pty.write(bytesOf(...keys));
    await this.until(expected);
  }

  async until(expected: string): Promise<void> {
    await this.terminal.until((text) => text.endsWith(expected));
  }

  /** Changes the size, and waits for the program to hear of it: it paints anew. */
  async resize(columns: number, rows: number): Promise<void> {
    const painted = new Promise((resolve) => this.terminal.once('written', resolve));
    this.terminal.resize(columns, rows);
    this.pty.resize(columns, rows);
    await painted;
  }

  /** Ends it, and checks that the terminal is as it was. */
  async end(): Promise<void> {
    this.pty.write(bytesOf('ctrl-d'));
    await this.exited;
    this.expectRestored('exit 0');
  }

  expectRestored(exit: string): void {
    const text = [...this.terminal.scrolled, ...this.terminal.screen].join('\n');
    expect(text).toContain(exit);
    expect(text).toMatch(/(?:^|[ ;])icanon\b/m);
    expect(text).toMatch(/(?:^|[ ;])echo\b/m);
    expect(this.terminal.modes).toEqual(new Set(['?25']));
  }
}

describe('the editor in a terminal', () => {
  it('reads entries of one line and of several, and brings them back', async () => {
    const session = await PtySession.start();
    await session.type(['1 + 1', 'enter'], 'app> 1 + 1\nentered 1: "1 + 1"\napp>');
    await session.type(
      ['f(', 'enter', '1', 'enter', ')', 'enter'],
      'app> f(\n ...   1\n ... )\nentered 3: "f(\\n  1\\n)"\napp>',
    );
    await session.type(['up'], 'app> f(\n ...   1\n ... )');
    await session.type(['up', 'up', 'up'], '\napp> 1 + 1');
    await session.type(['down', 'down'], '"f(\\n  1\\n)"\napp>');
    await session.end();
  });

  it('takes a paste of 200 lines as one entry', async () => {
    const session = await PtySession.start();
    const lines = Array.from({ length: 200 }, (_, index) => `const x${index} = \`a \${${index}}\``);
    session.pty.write(pasteOf(`${lines.join('\n')}\n`));
    await session.until(' ... const x199 = `a ${199}`');
    session.pty.write(bytesOf('enter'));
    await session.terminal.until((text) => text.includes('entered 200: "const x0'));
    const all = [...session.terminal.scrolled, ...session.terminal.screen];
    expect(all.filter((row) => / const x\d+ = /.test(row)).map((row) => row.slice(5))).toEqual(lines);
    await session.end();
  });

  it('follows the size of the terminal while one types', async () => {
    const session = await PtySession.start(60, 12);
    await session.type(['const a = "123456789 123456789 123456789"'], '123456789"');
    await session.resize(24, 12);
    await session.type(['!'], 'app> const a = "12345678\n9 123456789 123456789"!');
    await session.resize(70, 12);
    await session.type(['!'], 'app> const a = "123456789 123456789 123456789"!!');
    expect(session.terminal.screen.filter((row) => row.includes('const'))).toHaveLength(1);
    await session.type(['ctrl-c'], 'app>');
    await session.end();
  });

  it('searches the history', async () => {
    const session = await PtySession.start();
    await session.type(['client.get("/posts")', 'enter'], 'app>');
    await session.type(['other', 'enter'], 'entered 1: "other"\napp>');
    await session.type(['ctrl-r', 'posts'], 'app> client.get("/posts")\nsearch: posts');
    await session.type(
      ['ctrl-e', '.x', 'enter'],
      'app> client.get("/posts").x\nentered 1: "client.get(\\"/posts\\").x"\napp>',
    );
    await session.end();
  });

  it('counts wide characters as the terminal does', async () => {
    const session = await PtySession.start(20, 10);
    await session.type(['"日本語日本語日本語"', 'left', 'left', 'x'], 'app> "日本語日本語日\n本x語"');
    expect(session.terminal.cursor).toEqual({ row: 1, column: 3 });
    await session.type(['ctrl-c'], '\napp>');
    await session.end();
  });

  it('drops the text at Ctrl-C, and tells of it when there is none', async () => {
    const session = await PtySession.start();
    await session.type(['typed', 'ctrl-c'], 'app> typed\napp>');
    await session.type(['ctrl-c'], 'app> typed\ninterrupted\napp>');
    await session.end();
  });

  it('leaves the terminal as it was when it is ended from outside', async () => {
    const session = await PtySession.start();
    session.pty.write(bytesOf('.pid', 'enter'));
    await session.terminal.until((text) => /entered 1: \d+\napp>$/.test(text));
    const pid = /^entered 1: (\d+)$/m.exec(session.terminal.text)?.[1];
    await session.type(['f(', 'enter', '1'], ' ...   1');
    process.kill(Number(pid), 'SIGTERM');
    await session.exited;
    session.expectRestored('exit 143');
  });
});
