import type { Connection } from './connection.ts';
import type { ResultFrame } from './protocol.ts';
import { ansiText, plainText, type Span } from './spans.ts';
import { scan } from './tokens.ts';

/** Runs code: a session in this process, or one at the other end of a connection. */
export interface ScriptSession {
  submit(code: string, options: ScriptEntryOptions): Promise<Omit<ResultFrame, 'op' | 'id'>>;
  /** Ends the session, with its clean-up. */
  close(): Promise<void>;
}

/** How one entry of a script runs. */
export interface ScriptEntryOptions {
  filename: string;
  json: boolean;
  /** Wait for a promise that is the value. */
  wait: boolean;
  args?: readonly string[] | undefined;
  /** Gets the value of each statement. */
  echo?: ((printed: Span[], json: string | undefined) => void) | undefined;
}

/** What is to be run. */
export type Script =
  /** `-e CODE`: the value of the last statement is printed. */
  | { kind: 'code'; code: string }
  /** A file: nothing is printed but what it prints. */
  | { kind: 'file'; code: string; file: string; args: readonly string[] }
  /** Standard input: the value of every statement is printed, and lines may be commands. */
  | { kind: 'input'; code: string };

/** Where a script's values go. */
export interface ScriptOutput {
  json: boolean;
  color: boolean;
  stdout(text: string): void;
  stderr(text: string): void;
}

/** Exit codes of a shell without a terminal. */
export const EXIT = { fine: 0, threw: 1, syntax: 2, noServer: 3, interrupted: 130 } as const;

/** Runs a script to its end, or to its first error. Gives the exit code. */
export async function runScript(session: ScriptSession, script: Script, output: ScriptOutput): Promise<number> {
  const render = output.color ? ansiText : plainText;
  const show = (printed: readonly Span[], json: string | undefined): void => {
    if (output.json) output.stdout(`${json ?? 'null'}\n`);
    else if (printed.length > 0) output.stdout(`${render(printed)}\n`);
  };
  for (const code of entriesOf(script)) {
    const result = await session.submit(code, {
      filename: nameOf(script),
      json: output.json,
      // A file often ends in `main()`.
      wait: script.kind === 'file',
      args: script.kind === 'file' ? script.args : undefined,
      echo: script.kind === 'input' ? show : undefined,
    });
    const isShown = script.kind === 'code' && (output.json || result.status === 'value');
    switch (result.status) {
      case 'value':
      case 'nothing':
        if (isShown) show(result.printed, result.json);
        break;
      case 'exit':
        return result.exitCode ?? EXIT.fine;
      case 'interrupted':
        return EXIT.interrupted;
      case 'threw':
        output.stderr(`${render(result.printed)}\n`);
        return EXIT.threw;
      case 'invalid':
        output.stderr(`${render(result.printed)}\n`);
        return EXIT.syntax;
      case 'incomplete':
        output.stderr(`SyntaxError: the code ends too early\n    at ${nameOf(script)}\n`);
        return EXIT.syntax;
      default:
        throw new Error(`unknown status ${String(result.status satisfies never)}`);
    }
  }
  return EXIT.fine;
}

function nameOf(script: Script): string {
  return script.kind === 'file' ? script.file : script.kind === 'code' ? '-e' : 'stdin';
}

const COMMAND_LINE = /^\.[a-z][\w-]*(?:\s.*)?$/;

/** The entries of a script: the whole text, or for standard input the text between lines that are commands. */
function entriesOf(script: Script): string[] {
  if (script.kind !== 'input') return [script.code];
  const entries: string[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.join('').trim() !== '') entries.push(lines.join('\n'));
    lines = [];
  };
  for (const line of script.code.split('\n')) {
    // `.name` in a template or in brackets is no command.
    if (!COMMAND_LINE.test(line) || isInside(lines.join('\n'))) {
      lines.push(line);
      continue;
    }
    flush();
    entries.push(line);
  }
  flush();
  return entries;
}

function isInside(text: string): boolean {
  const { end, open } = scan(text);
  return end !== 'code' || open.length > 0;
}

/** A session at the other end of a connection. */
export function remoteScriptSession(
  connection: Connection,
  onEntry: (id: number, show: ScriptEntryOptions['echo']) => void,
): ScriptSession {
  return {
    async submit(code, { filename, json, wait, args, echo }) {
      const { id, answer } = connection.send({
        op: 'eval',
        code,
        filename,
        json,
        wait,
        ...(args && { args: [...args] }),
        ...(echo && { echo: true }),
      });
      onEntry(id, echo);
      const frame = await answer;
      if (frame.op === 'result') return frame;
      throw new Error(frame.op === 'failed' ? frame.message : `unexpected answer '${frame.op}'`);
    },
    close: () => connection.close(),
  };
}
