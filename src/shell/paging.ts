import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Editor } from './editor.ts';
import { Pager } from './pager.ts';
import { wrapLine, type Size } from './screen.ts';
import { paint } from './spans.ts';

/** What long texts are shown with. */
export interface PagingOptions {
  editor: Editor;
  color: boolean;
  size(): Size;
  /** Whether pages are wanted: not in a plain terminal, and not when they are switched off. */
  isWanted(): boolean;
  env?: NodeJS.ProcessEnv;
}

/** How many rows of a paged text stay on the screen afterwards. */
const KEPT_ROWS = 10;

/**
 * Shows texts: at once those that fit on the screen, the others page by page. With `$PAGER` set, that program shows
 * them, and `cat` means none; without it, or when it cannot be started, the shell's own pager does.
 */
export class Paging {
  readonly #options: PagingOptions;

  constructor(options: PagingOptions) {
    this.#options = options;
  }

  /** Resolves once the text was read. `text` ends with its last line. */
  async show(text: string): Promise<void> {
    if (text === '') return;
    const { editor, isWanted, env = process.env } = this.#options;
    const command = env['PAGER']?.trim() ?? '';
    if (!isWanted() || command === 'cat' || this.#fits(text)) return editor.printAbove(text);
    const isShown = command !== '' && (await this.#showElsewhere(text, command, env));
    const wasRead = isShown || (await editor.runFullScreen(new Pager(text, this.#options)));
    editor.printAbove(wasRead ? this.#digest(text) : text);
  }

  #fits(text: string): boolean {
    const { columns, rows } = this.#options.size();
    const lines = text.replace(/\n$/, '').split('\n');
    if (lines.length >= rows) return false;
    return lines.reduce((sum, line) => sum + wrapLine(line, columns).length, 0) < rows;
  }

  /** Gives whether the program could be started. */
  async #showElsewhere(text: string, command: string, env: NodeJS.ProcessEnv): Promise<boolean> {
    const { editor } = this.#options;
    editor.suspend();
    try {
      // POSIX has the variable be a command for `sh -c`, and git and man run it so: `less -S | tee seen` is fine. What it
      // says is the person's own; nothing else is in the command.
      const child = spawn(command, {
        shell: true,
        stdio: ['pipe', 'inherit', 'inherit'],
        env: { LESS: 'R', ...env },
      });
      // It may leave before it has read everything.
      child.stdin.on('error', () => undefined);
      child.stdin.end(text);
      const [code] = (await once(child, 'close')) as [number | null];
      return code !== 127 && code !== 126;
    } catch {
      // It could not be started: the shell's own pager takes over.
      return false;
    } finally {
      editor.resume();
    }
  }

  /** The beginning, for the screen that the pager has left. */
  #digest(text: string): string {
    const lines = text.replace(/\n$/, '').split('\n');
    const { columns, rows } = this.#options.size();
    let left = Math.max(1, Math.min(KEPT_ROWS, rows - 3));
    let kept = 0;
    for (const line of lines) {
      left -= wrapLine(line, columns).length;
      if (left < 0 && kept > 0) break;
      kept += 1;
    }
    const rest = lines.length - kept;
    if (rest <= 0) return text;
    const more = `… ${rest.toLocaleString('en-US')} more lines (.pager off prints all)`;
    return `${lines.slice(0, kept).join('\n')}\n${this.#options.color ? paint(more, 'gray') : more}\n`;
  }
}
