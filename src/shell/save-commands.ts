import { writeFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { locateApp } from '../script-info.ts';
import { FlaconError } from '../util/errors.ts';
import { failedAssertions } from './check-test.ts';
import type { SessionContext } from './context.ts';
import { transcriptOf } from './export-session.ts';
import { messageOf } from './printer.ts';
import type { Shell, ShellCommand } from './plugins.ts';
import { prettyJson } from './print-commands.ts';
import { savedEntries, scriptOf, type SavedEntry } from './save-script.ts';
import { testFileOf } from './save-test.ts';
import type { SessionLog } from './session-log.ts';

/** What files are made of. */
export interface SaveParts {
  log: SessionLog;
  context: SessionContext;
  /** Folder that file names are relative to. */
  cwd: string;
}

/** Commands that make files of a session: a script, a test, a transcript; or of a value. */
export function saveCommands({ log, context, cwd }: SaveParts): ShellCommand[] {
  const entriesFor = ({ range }: Target): SavedEntry[] => {
    const entries = savedEntries(log.entries, range);
    if (entries.length === 0) throw new Error('no entry that went well is among them; .save lists all');
    return entries;
  };
  return [
    {
      name: 'save',
      usage: '.save FILE.ts [N-M] | .save [EXPR] FILE.json',
      description: 'Make a script of the entries that went well, or save a value as JSON.',
      help: `'app shell FILE.ts' runs the script. Without FILE the entries are listed with their numbers. --force overwrites.`,
      group: 'session',
      async run(shell, args) {
        if (args === '') return listEntries(shell, savedEntries(log.entries, undefined));
        const target = parseTarget(args, cwd);
        const { file, rest } = target;
        if (file.endsWith('.json')) {
          write(target, `${prettyJson(await shell.evaluate(rest === '' ? '_' : rest))}\n`);
          return shell.print(`saved as ${nameOf(file, cwd)}`);
        }
        if (!/\.[cm]?[jt]s$/.test(file)) throw new Error('the name of the file has to end in .ts or .json');
        const entries = entriesFor(noRest(target));
        write(target, scriptOf(entries));
        shell.print(
          `saved ${counted(entries.length, 'entry', 'entries')} as ${nameOf(file, cwd)}: app shell ${nameOf(file, cwd)}`,
        );
      },
    },
    {
      name: 'test',
      usage: '.test save FILE.test.ts [N-M]',
      description: 'Make a test of the entries that went well, and run it once.',
      help: 'What was not the same when it ran again is a comment in the test. --no-run leaves that out; --force overwrites.',
      group: 'session',
      complete: () => ['save', '--force', '--no-run'],
      async run(shell, args) {
        const [, rest] = /^save\s+([^]+)$/.exec(args) ?? [];
        if (rest === undefined) throw new Error('where to? .test save FILE.test.ts [N-M]');
        const target = noRest(parseTarget(rest, cwd));
        if (!/\.[cm]?ts$/.test(target.file)) throw new Error('the name of the file has to end in .ts');
        await saveTest(shell, { target, entries: entriesFor(target), context, cwd });
      },
    },
    {
      name: 'export',
      usage: '.export FILE.md [N-M]',
      description: 'Make a transcript of the session, with results and without secrets.',
      group: 'session',
      run(shell, args) {
        const target = noRest(parseTarget(args, cwd));
        const { range, file } = target;
        const entries = log.entries.filter(
          ({ number }) => range === undefined || (number >= range.first && number <= range.last),
        );
        if (entries.length === 0) throw new Error('there is no entry yet');
        write(target, transcriptOf(entries, { app: shell.app.name, environment: shell.environment }));
        shell.print(`exported ${counted(entries.length, 'entry', 'entries')} to ${nameOf(file, cwd)}`);
      },
    },
  ];
}

function listEntries(shell: Shell, entries: readonly SavedEntry[]): void {
  if (entries.length === 0) return shell.print('There is no entry yet.');
  const room = Math.max(20, shell.columns - 8);
  shell.table(
    ['', ''],
    entries.map(({ number, text }) => {
      const [first = '', ...more] = text.trim().split('\n');
      const line = more.length > 0 ? `${first} …` : first;
      return [String(number).padStart(3), line.length > room ? `${line.slice(0, room - 1)}…` : line];
    }),
  );
}

interface TestParts {
  target: Target;
  entries: readonly SavedEntry[];
  context: SessionContext;
  cwd: string;
}

async function saveTest(shell: Shell, { target, entries, context, cwd }: TestParts): Promise<void> {
  const { file, options } = target;
  const folder = relative(dirname(file), shell.root).replaceAll(sep, '/');
  const test = testFileOf(entries, {
    title: `${shell.app.name}: ${counted(entries.length, 'entry', 'entries')} of a session`,
    file: nameOf(file, cwd),
    root: folder === '' ? './' : `${folder}/`,
    app: namedApp(shell.root),
    provided: context
      .describe()
      .flatMap(({ name, from }) => (from === 'core' || from.startsWith('plugin ') ? [] : [name])),
  });
  // Before it is tried: what it does may be seen in the database.
  write(target, test.text(new Set()));
  const name = nameOf(file, cwd);
  const what = `saved ${counted(entries.length, 'entry', 'entries')}, ${counted(test.assertions, 'assertion', 'assertions')} as ${name}`;
  if (options.has('--no-run')) return shell.print(what);
  try {
    const failed = await failedAssertions(test.checking(), file);
    if (failed.size > 0) writeFileSync(file, test.text(failed));
    const left = failed.size === 0 ? '' : ` (${failed.size} left out: not the same in another run)`;
    shell.print(`${what}${left}; it passes: node --import tsx --test ${name}`);
  } catch (error) {
    shell.print(`${what}; it does not pass: ${messageOf(error)}`);
  }
}

/** How the application was named where it cannot be found without that. */
function namedApp(root: string): string | undefined {
  try {
    const { origin, text } = locateApp({ cwd: root });
    return origin === 'environment' ? text : undefined;
  } catch {
    // Named by an option of this program: the test says that it finds nothing.
    return undefined;
  }
}

interface Target {
  file: string;
  /** What stands before the name of the file. */
  rest: string;
  range: { first: number; last: number } | undefined;
  options: ReadonlySet<string>;
}

/** Reads `[EXPR] FILE [N-M] [--force]`. */
function parseTarget(args: string, cwd: string): Target {
  const words = args.split(/(\s+)/);
  const options = new Set<string>();
  let range: Target['range'];
  for (;;) {
    const last = words.at(-1) ?? '';
    const [, first, to] = /^(\d+)(?:-(\d+))?$/.exec(last) ?? [];
    if (last === '--force' || last === '--no-run') options.add(last);
    else if (first !== undefined && words.length > 1) range = { first: Number(first), last: Number(to ?? first) };
    else if (last.trim() !== '') break;
    if (words.length === 0) throw new Error('which file?');
    words.pop();
  }
  const name = words.pop() ?? '';
  if (name.startsWith('-')) throw new Error(`'${name}' is no option: --force, --no-run`);
  return { file: isAbsolute(name) ? name : resolve(cwd, name), rest: words.join('').trim(), range, options };
}

function noRest(target: Target): Target {
  if (target.rest === '') return target;
  throw new Error(`'${target.rest}' is too much: one file, and a range such as 12-15`);
}

function write({ file, options }: Target, text: string): void {
  try {
    writeFileSync(file, text, { flag: options.has('--force') ? 'w' : 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new FlaconError(`${file} is there already`, { code: 'FILE_EXISTS', fix: '--force overwrites it', cause });
    if (code === 'ENOENT') throw new FlaconError(`there is no folder ${dirname(file)}`, { code: 'NO_FOLDER', cause });
    throw cause;
  }
}

function nameOf(file: string, cwd: string): string {
  const inside = relative(cwd, file);
  return inside.startsWith('..') ? file : inside;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
