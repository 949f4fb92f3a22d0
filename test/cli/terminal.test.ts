import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { spawn, type IPty } from '@lydell/node-pty';
import { afterAll, describe, expect, it } from 'vitest';
import { Project } from './support.ts';

const program = fileURLToPath(new URL('../../bin/app.js', import.meta.url));
const project = new Project({
  'app.ts': `import { confirm, echo, Flacon, prompt } from 'flacon';
export const app = new Flacon(import.meta);
app.get('/', function index() { return 'hi'; });
app.cli.command('ask').action(async () => {
  const name = await prompt('Name', { default: 'Bob' });
  const secret = await prompt('Secret', { hideInput: true });
  echo(\`\${name} knows \${secret.length} letters: \${await confirm('Sure?')}\`);
});
`,
});
afterAll(() => project.remove());

class Terminal {
  output = '';
  readonly ended: Promise<number>;
  readonly #pty: IPty;
  #wake: () => void = () => undefined;

  constructor(...args: string[]) {
    this.#pty = spawn(process.execPath, [program, ...args], {
      cwd: project.folder,
      cols: 100,
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm' },
    });
    this.#pty.onData((text) => {
      this.output += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  /** Types a text once another one is there. */
  async answer(question: string, text: string): Promise<void> {
    while (!this.output.includes(question)) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#pty.write(text);
  }
}

describe('in a terminal', () => {
  it('questions are asked, and a secret is not shown', async () => {
    const terminal = new Terminal('ask');
    await terminal.answer('Name [Bob]: ', '\r');
    await terminal.answer('Secret: ', 'xyzzy\r');
    await terminal.answer('Sure? [y/N]: ', 'y\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.output).toContain('Bob knows 5 letters: true');
    expect(terminal.output).not.toContain('xyzzy');
  });

  it('Ctrl-C at a question ends with 130, Ctrl-D with 1', async () => {
    const interrupted = new Terminal('ask');
    await interrupted.answer('Name [Bob]: ', '\u0003');
    expect(await interrupted.ended).toBe(130);
    const ended = new Terminal('ask');
    await ended.answer('Name [Bob]: ', '\u0004');
    expect(await ended.ended).toBe(1);
    expect(ended.output).toContain('Aborted!');
  });

  it('another port is offered for one that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const terminal = new Terminal('run', '--port', String(port));
    await terminal.answer(' instead? [Y/n]: ', '\r');
    await terminal.answer('Press CTRL+C to quit', '\u0003');
    expect(await terminal.ended).toBe(0);
    server.close();
    const [, next] = /Use (\d+) instead/.exec(terminal.output) ?? [];
    expect(terminal.output).toContain(`Running on http://127.0.0.1:${next}`);
  });
});
