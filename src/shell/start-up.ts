import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import type { AuditLog } from './audit-log.ts';
import { ConnectionLost, type Connection } from './connection.ts';
import type { ResultFrame } from './protocol.ts';
import type { Span } from './spans.ts';
import { StartUpTrust } from './start-up-trust.ts';
import { changesOf, diffLines } from './text-diff.ts';

/** The name of a project's start-up file, in its folder. */
const PROJECT_FILE = '.appshell.ts';

/** What start-up files need of the terminal. */
export interface StartUpOptions {
  /** Folder of the project. */
  root: string;
  /** `--no-rc` says no. */
  isWanted: boolean;
  /** `--trust`: the project's file may run, whatever was answered. */
  isTrusted: boolean;
  audit: AuditLog | undefined;
  connection(): Connection | undefined;
  columns(): number;
  /** Asks the person at the prompt until `take` is content with the answer, which is in lower case. */
  askUntil(prompt: string, take: (answer: string) => Promise<boolean>): void;
  print(spans: readonly Span[]): void;
  /** Shows a text, page by page if it is long. */
  printLong(spans: readonly Span[]): Promise<void>;
  /** A file has run: its declarations are in the session. */
  evaluated(code: string, result: ResultFrame): void;
  /** A file has called `process.exit()`. */
  exit(result: ResultFrame): void;
}

interface StartUpFile {
  /** What is shown for it. */
  name: string;
  folder: string;
  code: string;
}

/** The start-up file of the user, for all projects: `$XDG_CONFIG_HOME/flacon/shell.ts`, by default `~/.config/flacon/shell.ts`. */
export function userStartUpPath(env: NodeJS.ProcessEnv = process.env): string {
  const config = env['XDG_CONFIG_HOME'];
  // The XDG specification: a relative path is to be ignored.
  return join(config?.startsWith('/') ? config : join(homedir(), '.config'), 'flacon', 'shell.ts');
}

/**
 * Runs the start-up files in each new session of a person's shell: that of the user, then that of the project, which comes
 * with code of others and runs only after it was allowed to, as it is.
 */
export class StartUp {
  readonly #options: StartUpOptions;
  #trust: StartUpTrust | undefined;
  #asked: string | undefined;
  #running: { connection: Connection; id: number; interrupts: number } | undefined;
  #settled: Promise<void> = Promise.resolve();

  constructor(options: StartUpOptions) {
    this.#options = options;
  }

  /** Resolves when everything that may run has run: the entries of the person come after that. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** A session is there. Resolves as `settled`: not while the person is asked. */
  begin(): Promise<void> {
    if (!this.#options.isWanted) return this.#settled;
    const path = userStartUpPath();
    const user = this.#read(path, shortPath(path));
    if (user) this.#then(user);
    const project = this.#read(join(this.#options.root, PROJECT_FILE), PROJECT_FILE);
    if (project) this.#decide(project);
    return this.#settled;
  }

  /** Stops the file that runs; false when there is none. */
  interrupt(): boolean {
    const running = this.#running;
    if (!running) return false;
    running.interrupts += 1;
    void running.connection.interrupt(running.id, running.interrupts > 2);
    return true;
  }

  #read(path: string, name: string): StartUpFile | undefined {
    try {
      return { name, folder: dirname(path), code: readFileSync(path, 'utf8') };
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        this.#options.print([[`! ${name} cannot be read (${code})`, 'yellow']]);
      return undefined;
    }
  }

  #decide(file: StartUpFile): void {
    const trust = (this.#trust ??= new StartUpTrust(this.#options.root));
    if (this.#options.isTrusted && trust.answer(file.code) !== true) this.#remember(trust, file, true);
    const answer = trust.answer(file.code);
    if (answer === true) return this.#then(file);
    if (answer === false)
      return this.#options.print([[`${file.name} was refused: not run ('app shell --trust' runs it)`, 'gray']]);
    // Asked already, in a session that is gone: the answer is for this one.
    if (this.#asked !== file.code) this.#ask(trust, file);
  }

  #ask(trust: StartUpTrust, file: StartUpFile): void {
    this.#asked = file.code;
    const what = trust.trusted === undefined ? 'is new' : 'has changed';
    this.#options.askUntil(`${file.name} ${what}: run it? y/N/diff `, async (answer) => {
      if (answer === 'd' || answer === 'diff') await this.#options.printLong(comparison(trust.trusted, file.code));
      if (!/^(?:|y|yes|n|no)$/.test(answer)) return false;
      this.#asked = undefined;
      const isTrusted = answer.startsWith('y');
      this.#remember(trust, file, isTrusted);
      if (isTrusted) this.#then(file);
      return true;
    });
  }

  #remember(trust: StartUpTrust, { name, code }: StartUpFile, isTrusted: boolean): void {
    try {
      trust.remember(code, isTrusted);
    } catch (error) {
      const { code: why = String(error) } = error as NodeJS.ErrnoException;
      this.#options.print([[`! the answer about ${name} cannot be kept (${why})`, 'yellow']]);
    }
  }

  #then(file: StartUpFile): void {
    this.#settled = this.#settled.then(() => this.#run(file));
  }

  async #run(file: StartUpFile): Promise<void> {
    const { audit, print } = this.#options;
    const run = (): Promise<void> => this.#evaluate(file);
    try {
      await (audit ? audit.around({ code: file.code, file: file.name }, run) : run());
    } catch (error) {
      // Gone again: the next session runs it anew.
      if (!(error instanceof ConnectionLost)) print([[error instanceof Error ? error.message : String(error), 'red']]);
    }
  }

  async #evaluate({ name, folder, code }: StartUpFile): Promise<void> {
    const { audit, columns, evaluated, exit, print } = this.#options;
    const connection = this.#options.connection();
    if (!connection) return;
    const asked = connection.send({ op: 'eval', code, filename: name, startUp: folder, columns: columns() });
    this.#running = { connection, id: asked.id, interrupts: 0 };
    try {
      const answer = await asked.answer;
      if (answer.op === 'failed') return print([[`${name}: ${answer.message}`, 'red']]);
      if (answer.op !== 'result') return;
      audit?.ended(answer.status);
      evaluated(code, answer);
      if (answer.status === 'exit') exit(answer);
      else if (answer.status === 'interrupted') print([['^C', 'yellow'], [` ${name} interrupted`]]);
      else if (answer.status === 'incomplete') print([[`SyntaxError: the code ends too early\n    at ${name}`, 'red']]);
      else print(answer.printed);
    } finally {
      this.#running = undefined;
    }
  }
}

/** The text, or how it differs from the one that was trusted. */
function comparison(trusted: string | undefined, code: string): Span[] {
  if (trusted === undefined) return [[printable(code.trimEnd())]];
  const lines = changesOf(diffLines(trusted.trimEnd(), code.trimEnd())).map((line): Span => {
    if (!line) return ['…\n', 'gray'];
    const [sign, text] = line;
    const style = sign === '+' ? 'green' : sign === '-' ? 'red' : '';
    return [`${sign} ${printable(text)}\n`, style];
  });
  const last = lines.pop();
  return last ? [...lines, [last[0].trimEnd(), last[1] ?? '']] : [];
}

/** What would hide something, or say something else than what runs, is shown by its number. */
function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u{${char.charCodeAt(0).toString(16)}}`,
  );
}

function shortPath(path: string): string {
  const home = homedir();
  return path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
}
