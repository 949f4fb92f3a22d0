import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ElsewhereAction } from './transcript-parse.ts';
import type { Answer, TranscriptProject } from './transcript-project.ts';

/** What a transcript does outside of its terminals: files, the server, requests. */
export class Elsewhere {
  readonly #project: TranscriptProject;
  readonly #patience: number;
  #asked: Promise<Answer> | undefined;

  constructor(project: TranscriptProject, patience: number) {
    this.#project = project;
    this.#patience = patience;
  }

  /** Does it; throws why it cannot be done, or what came instead. */
  async act(action: ElsewhereAction): Promise<void> {
    switch (action.kind) {
      case 'serve':
        return this.#within(this.#project.serve(), 'no shell can attach to the server');
      case 'stop':
        return this.#within(this.#project.stopServer(action.signal), `the server did not end after ${action.signal}`);
      case 'log':
        return this.#within(this.#project.logs(action.regex), `the server never logged ${action.regex.source}`);
      case 'ended':
        return this.#ended(action.code);
      case 'edit':
        return this.#edit(action.file, action.old, action.replacement);
      case 'write':
        mkdirSync(dirname(join(this.#project.folder, action.file)), { recursive: true });
        return writeFileSync(join(this.#project.folder, action.file), action.text);
      case 'curl':
        return this.#curl(action.args, action.isBackground);
      case 'answered':
        return this.#answered(action.args);
      default:
        return action satisfies never;
    }
  }

  async #ended(code: number): Promise<void> {
    const got = await this.#within(this.#project.serverEnded(), 'the server runs on');
    if (got !== code) throw new Error(`the server has ended with code ${got}`);
  }

  #edit(file: string, old: string, replacement: string): void {
    const path = join(this.#project.folder, file);
    const text = readFileSync(path, 'utf8');
    const count = text.split(old).length - 1;
    if (count !== 1) throw new Error(`${file} has ${count} times ${JSON.stringify(old)}`);
    writeFileSync(
      path,
      text.replace(old, () => replacement),
    );
  }

  async #curl(args: string, isBackground: boolean): Promise<void> {
    const { method, path, body, headers, rest } = readRequest(args);
    this.#asked = this.#project.request(method, path, body, headers);
    // Whoever waits for it hears of a failure; until then it is none of the process's business.
    this.#asked.catch(() => undefined);
    if (!isBackground) await this.#answered(rest);
  }

  async #answered(args: string): Promise<void> {
    const [, status = '200', source = ''] = /^(\d+)?\s*(?:\/(.*)\/)?$/.exec(args.trim()) ?? [];
    if (!this.#asked) throw new Error('nothing was asked');
    const answer = await this.#within(this.#asked, 'the server does not answer');
    if (String(answer.status) !== status || !new RegExp(source).test(answer.body))
      throw new Error(`expected:\n${status} ${source}\ngot:\n${answer.status} ${answer.body}`);
  }

  async #within<T>(work: Promise<T>, problem: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${problem}\nserver:\n${this.#project.log}`)), this.#patience);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `[-X METHOD] [-d BODY] [-H 'name: value'] PATH [STATUS] [/regex/]` */
function readRequest(args: string): {
  method: string;
  path: string;
  body: string | undefined;
  headers: Record<string, string>;
  rest: string;
} {
  const headers: Record<string, string> = {};
  let body: string | undefined;
  let method: string | undefined;
  let rest = args.trim();
  for (let found = OPTION.exec(rest); found; found = OPTION.exec(rest)) {
    const value = found[2] ?? found[3] ?? '';
    if (found[1] === 'X') method = value;
    else if (found[1] === 'd') body = value;
    else {
      const at = value.indexOf(':');
      headers[value.slice(0, at)] = value.slice(at + 1).trim();
    }
    rest = rest.slice(found[0].length);
  }
  const [path = '/'] = rest.split(' ');
  method ??= body === undefined ? 'GET' : 'POST';
  return { method, path, body, headers, rest: rest.slice(path.length) };
}

const OPTION = /^-([XdH]) (?:'([^']*)'|(\S+)) */;
