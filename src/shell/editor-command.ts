import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';

/**
 * The words of a command line such as `code --wait` or `"/opt/My Editor/ed" -n`. Quotes and backslashes hold words together;
 * nothing is expanded and nothing else has a meaning, as no shell reads it.
 */
export function splitCommandLine(text: string): string[] {
  const words: string[] = [];
  for (const [piece] of text.matchAll(/(?:[^\s"'\\]+|"(?:\\["\\]|[^"])*"?|'[^']*'?|\\[^]?)+/g))
    words.push(
      piece.replace(
        /"((?:\\["\\]|[^"])*)"?|'([^']*)'?|\\([^]?)/g,
        (_, double?: string, single?: string, one?: string) =>
          double !== undefined ? double.replace(/\\(["\\])/g, '$1') : (single ?? one ?? ''),
      ),
    );
  return words;
}

/** The person's editor, as `$VISUAL` or `$EDITOR` say. Default: `vi`, on Windows `notepad`. */
export function editorCommand(env: NodeJS.ProcessEnv = process.env): string[] {
  const words = splitCommandLine(env['VISUAL'] ?? env['EDITOR'] ?? '');
  if (words.length > 0) return words;
  return [process.platform === 'win32' ? 'notepad' : 'vi'];
}

/** How editors want to be told a line; `+LINE FILE` is what most know. */
function placeArguments(program: string, file: string, line: number | undefined): string[] {
  if (line === undefined) return [file];
  const name = basename(program).replace(/\.(?:exe|cmd)$/i, '');
  if (/^(?:code|code-insiders|codium|cursor|windsurf)$/.test(name)) return ['--goto', `${file}:${line}`];
  if (/^(?:subl|zed|hx|helix|mate)$/.test(name)) return [`${file}:${line}`];
  if (/^(?:idea|webstorm|pycharm)(?:64)?$/.test(name)) return ['--line', String(line), file];
  if (name === 'notepad') return [file];
  return [`+${line}`, file];
}

/** Opens a file in the person's editor and waits until it is closed. Gives whether the editor says that all is well. */
export function openInEditor(file: string, line?: number, env: NodeJS.ProcessEnv = process.env): boolean {
  const [program = 'vi', ...args] = editorCommand(env);
  const { status, error } = spawnSync(program, [...args, ...placeArguments(program, file, line)], {
    stdio: 'inherit',
    env,
  });
  if (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such program' : error.message;
    throw new Error(`'${program}' could not be started: ${why} (set VISUAL or EDITOR)`, { cause: error });
  }
  return status === 0;
}
