import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** What a key asks the development server for. */
export type KeyCommand = 'restart' | 'open' | 'shell' | 'quit';

/** What the banner says about the keys. */
export function keysHint(hasShell: boolean): string {
  return `Keys: r restart · o open in the browser${hasShell ? ' · s shell' : ''} · q quit`;
}

const COMMANDS: Readonly<Record<string, KeyCommand>> = { r: 'restart', o: 'open', s: 'shell', q: 'quit' };

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';

/** Reads single keys from the terminal. It is given back whenever this is off, and when the process ends. */
export class TerminalKeys {
  readonly #input: NodeJS.ReadStream;
  readonly #onCommand: (command: KeyCommand) => void;
  readonly #onData = (data: Buffer): void => this.#read(data.toString());
  readonly #onExit = (): void => void this.#input.setRawMode(false);
  #isOn = false;

  constructor(input: NodeJS.ReadStream, onCommand: (command: KeyCommand) => void) {
    this.#input = input;
    this.#onCommand = onCommand;
  }

  on(): void {
    process.off('exit', this.#onExit);
    // To change the mode of a terminal that another program uses would stop this process.
    if (this.#isOn || !isInForeground()) return;
    this.#isOn = true;
    this.#input.setRawMode(true);
    process.on('exit', this.#onExit);
    this.#input.on('data', this.#onData);
    this.#input.resume();
  }

  /** `isLent`: to a program in this process that reads keys, too, so that none is lost in between. */
  off({ isLent = false } = {}): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#input.off('data', this.#onData);
    this.#input.pause();
    if (isLent) return;
    this.#input.setRawMode(false);
    process.off('exit', this.#onExit);
  }

  #read(text: string): void {
    for (const key of text) {
      const command = key === CTRL_C ? 'quit' : COMMANDS[key.toLowerCase()];
      if (command) this.#onCommand(command);
      // People separate what was from what comes by empty lines.
      else if (key === '\r') process.stderr.write('\n');
      else if (key === CTRL_Z) this.#suspend();
    }
  }

  #suspend(): void {
    this.off();
    process.once('SIGCONT', () => this.on());
    // All processes of this job, as the terminal would do it.
    process.kill(0, 'SIGTSTP');
  }
}

/** Node sets the terminal at the end of a process to what it was at its start, for those who still use it, too. */
export function keepRawMode(input = process.stdin): void {
  if (!input.isTTY || !input.isRaw) return;
  input.setRawMode(false);
  input.setRawMode(true);
}

/** Whether the terminal listens to this process, and not to the one that has started it in the background. */
function isInForeground(): boolean {
  if (process.platform === 'win32') return true;
  if (existsSync('/proc/self/stat')) {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  }
  return spawnSync('ps', ['-o', 'stat=', '-p', String(process.pid)], { encoding: 'utf8' }).stdout.includes('+');
}
