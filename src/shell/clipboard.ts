import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What the clipboard is reached by. */
export interface ClipboardOptions {
  /** Writes to the terminal; absent where escape sequences are not wanted. */
  write?: ((text: string) => void) | undefined;
  env?: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
}

/** Terminals pass over longer ones. */
const MAX_SEQUENCE = 100_000;

/**
 * Copies a text: with the program of the system where there is one, else by the terminal (OSC 52), which also works over
 * ssh. Gives the name of the way. Throws, saying what to install, when there is none.
 */
export async function copyToClipboard(text: string, options: ClipboardOptions = {}): Promise<string> {
  const { write, env = process.env, platform = process.platform } = options;
  for (const [program, ...args] of programs(env, platform)) {
    if (program !== undefined && (await runs(program, args, text, env))) return program;
  }
  const sequence = `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  if (write && sequence.length <= MAX_SEQUENCE) {
    write(sequence);
    return 'the terminal';
  }
  const what = write ? 'the text is too long for the terminal' : 'a plain terminal has no clipboard';
  throw new Error(`${what}: install wl-copy, xclip or xsel`);
}

function programs(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[][] {
  if (env['SSH_CONNECTION'] || env['SSH_TTY']) return [];
  if (platform === 'darwin') return [['pbcopy']];
  if (platform === 'win32') return [['clip']];
  return [
    ...(env['WAYLAND_DISPLAY'] ? [['wl-copy']] : []),
    ...(env['DISPLAY']
      ? [
          ['xclip', '-selection', 'clipboard'],
          ['xsel', '--clipboard', '--input'],
        ]
      : []),
    ...(env['TMUX'] ? [['tmux', 'load-buffer', '-w', '-']] : []),
  ];
}

/** Gives the text to a program, without a shell; false when it is not there or fails. */
async function runs(program: string, args: readonly string[], text: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], env });
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0;
  } catch {
    // It is not installed: the next way is tried.
    return false;
  }
}
