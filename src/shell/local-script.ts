import { resolve } from 'node:path';
import { stripAnsi } from '../util/terminal.ts';
import { loadOwnPlugins } from './own-plugins.ts';
import type { ScriptSession } from './script.ts';
import { Session } from './session.ts';
import { ansiText, plainText } from './spans.ts';
import type { StreamName } from './output.ts';
import type { ShellTarget } from './target.ts';

/** Options of {@link openScriptSession}. */
export interface LocalScriptOptions {
  color: boolean;
  columns: number;
  /** Standard output is for values only. */
  json: boolean;
  /** `--sandbox`. */
  sandbox?: boolean | undefined;
  /** `--read-only`. */
  readOnly?: boolean | undefined;
  /** The script's file and what follows it: it finds them in `process.argv`, as under Node. */
  args?: { file: string; args: readonly string[] } | undefined;
}

/** A session in this process. */
export interface LocalScript {
  session: ScriptSession;
  /** Resolves with the code when the script's code calls `process.exit()` after its last entry. */
  exited: Promise<number>;
  /** The code that the script has asked for by `process.exitCode`, or by an error that nobody handled. */
  exitCode(): number | undefined;
}

/** Opens a session for a script in this process, without sockets: the process is the script's own. */
export async function openScriptSession(target: ShellTarget, options: LocalScriptOptions): Promise<LocalScript> {
  const { color, columns, json, sandbox, readOnly, args } = options;
  if (args) process.argv = [process.argv[0] ?? process.execPath, resolve(target.root, args.file), ...args.args];
  // The guards of the session catch what its code writes to the process: this writes past them.
  const writers = {
    stdout: process.stdout.write.bind(process.stdout),
    stderr: process.stderr.write.bind(process.stderr),
  };
  const write = (stream: StreamName, text: string): void =>
    void writers[json ? 'stderr' : stream](color ? text : stripAnsi(text));
  let exitCode: number | undefined;
  let leave = (_code: number): void => {};
  const exited = new Promise<number>((resolve) => (leave = resolve));
  const session = await Session.open(target, {
    number: 1,
    mode: 'script',
    color,
    columns,
    isAttached: false,
    start: { sandbox, readOnly },
    plugins: await loadOwnPlugins(),
    events: {
      output: write,
      uncaught(printed) {
        write('stderr', `Uncaught ${color ? ansiText(printed) : plainText(printed)}\n`);
        exitCode ??= 1;
      },
      exit: (code) => leave(code),
    },
  });
  for (const warning of session.warnings) write('stderr', `! ${warning}\n`);
  return {
    exited,
    exitCode: () => exitCode ?? (process.exitCode === undefined ? undefined : Number(process.exitCode)),
    session: {
      submit: (code, { args: words, ...rest }) => session.submit(code, { ...rest, args: words }),
      async close() {
        for (const problem of await session.close()) write('stderr', `${problem}\n`);
      },
    },
  };
}
