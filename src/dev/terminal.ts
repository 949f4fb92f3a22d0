import { spawn } from 'node:child_process';

import { divert } from './output.ts';
import { note } from './report.ts';
import type { DevServer } from './supervisor.ts';
import { TerminalKeys, keysHint } from './terminal-keys.ts';
import type { KeyCommand } from './terminal-keys.ts';

/** The terminal of a development server: its keys, and the shell that can be opened in it. */
export class DevTerminal {
  readonly #server: DevServer;
  readonly #keys: TerminalKeys;
  #isInShell = false;

  constructor(server: DevServer) {
    this.#server = server;
    this.#keys = new TerminalKeys(process.stdin, (command) => this.#obey(command));
    void server.closed.then(() => this.#keys.off());
  }

  /** Takes keys from now on. */
  start(): void {
    this.#keys.on();
  }

  /** Opens a shell in this terminal; what the server says meanwhile stands above its prompt. Resolves when it is left. */
  async openShell(): Promise<void> {
    if (this.#isInShell) return;
    this.#isInShell = true;
    await this.#server.hosting;
    // The editor, too: what is typed while it is loaded waits for it.
    const [{ findServer, runShell }] = await Promise.all([
      import('../shell/client.ts'),
      import('../shell/terminal-shell.ts'),
    ]);
    const { file, name, root } = this.#server.location;
    const subject = { file, name };
    const startHost = (): never => {
      throw new Error('The server of this terminal has ended.');
    };
    if (findServer(subject) === undefined) {
      note('There is no shell in this server.');
      this.#isInShell = false;
      return;
    }
    let print: ((text: string) => void) | undefined;
    const show = (text: string): void => {
      if (print) print(text);
      else process.stdout.write(text);
    };
    const undo = divert(process.stderr, show);
    this.#server.divertOutput(show);
    try {
      const { closed: serverClosed } = this.#server;
      await runShell({ root, subject, attach: true, startHost, serverClosed, onAbove: (above) => (print = above) });
    } finally {
      print = undefined;
      undo();
      this.#server.divertOutput(undefined);
      this.#isInShell = false;
    }
  }

  #obey(command: KeyCommand): void {
    switch (command) {
      case 'restart':
        return this.#server.restart('asked for');
      case 'open':
        return openBrowser(this.#server.url);
      case 'shell':
        return void this.#lendToShell();
      case 'quit':
        return void this.#server.close();
      default:
        return command satisfies never;
    }
  }

  async #lendToShell(): Promise<void> {
    this.#keys.off({ isLent: true });
    try {
      await this.openShell();
    } catch (error) {
      note(`The shell has ended: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (this.#server.isClosing) return;
    this.#keys.on();
    note(keysHint(true));
  }
}

/** Shows a page in the user's browser, or in the program that `BROWSER` names. */
function openBrowser(url: string): void {
  const own = process.env['BROWSER'];
  const [program, ...args] =
    own !== undefined && own !== ''
      ? [own, url]
      : process.platform === 'darwin'
        ? ['open', url]
        : process.platform === 'win32'
          ? ['cmd', '/c', 'start', '', url]
          : ['xdg-open', url];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.once('error', () => note(`No browser could be started: open ${url}`));
  child.unref();
}
