import { isCommand } from './command-line.ts';
import { askQuietly, type Connection, type Question } from './connection.ts';
import type { CompletionItem, Completions } from './editor-types.ts';
import { LanguageServerError, type TypedItem } from './language-server.ts';
import { LinkSpeed } from './link-speed.ts';
import { mergeCompletions, type MergedItem, type RuntimeCompletions } from './merge-completions.ts';
import type { HostFrame, ResultFrame } from './protocol.ts';
import type { SessionTypes, SessionTypesOptions } from './session-types.ts';
import { isInCall, signatureLine } from './signature-line.ts';
import type { Span } from './spans.ts';
import { scan } from './tokens.ts';
import { COMMANDS_ABOUT_CODE, plainDocumentation, runTypeCommand } from './type-commands.ts';

/** What the assistant needs of the shell around it. */
export interface TypeAssistantOptions {
  root: string;
  /** The module of the application. */
  appFile: string;
  color: boolean;
  columns(): number;
  connection(): Connection | undefined;
  print(spans: readonly Span[]): void;
  /** Prints what may be longer than the screen. */
  printLong(spans: readonly Span[]): Promise<void>;
  /** Shows rows beneath the entry. */
  setHint(rows: readonly string[]): void;
  /** Gives the terminal away while `body` runs. */
  withTerminal<T>(body: () => T): T;
  /** Starts the type engine. Default: the project's TypeScript. */
  openServer?: SessionTypesOptions['open'];
  env?: NodeJS.ProcessEnv;
}

/** How long after the first prompt the type engine is started: the prompt, and the first key, come first. */
const START_MS = 100;
/** How long the values' answer waits for that of the types; after that, it is shown and completed when they come. */
const GRACE_MS = 40;
/** How long the session is waited for: its server may be busy. */
const RUNTIME_MS = 150;
/** How long nothing must be typed before a signature is asked for. */
const PAUSE_MS = 50;
/** How long an entry waits to be checked. */
const CHECK_MS = 3000;

/** What helps a person type: completion, signatures, types, sources. Nothing of it is waited for by a key. */
export class TypeAssistant {
  readonly #options: TypeAssistantOptions;
  readonly #isOff: boolean;
  readonly #speed = new LinkSpeed();
  readonly #check: { mode: 'off' | 'on' | 'strict' } = { mode: 'off' };
  #types: Promise<SessionTypes> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause: NodeJS.Timeout | undefined;
  #completing: AbortController | undefined;
  #hinting: AbortController | undefined;
  #hasToldSlow = false;
  #isHinted = false;
  #typed = { text: '', cursor: 0 };
  #isClosed = false;

  constructor(options: TypeAssistantOptions) {
    this.#options = options;
    const { env = process.env } = options;
    this.#isOff = /^(?:off|0|false|no)$/i.test(env['APP_SHELL_COMPLETION'] ?? '');
  }

  /** A session is there: the first, or another one after the server came back. */
  connected(isFirst: boolean): void {
    this.#speed.reset();
    if (!isFirst) void this.#types?.then((types) => types.clear());
    if (this.#isOff) return;
    this.#timer = setTimeout(() => void this.#start(), isFirst ? START_MS : 0);
    this.#timer.unref();
  }

  async #start(): Promise<void> {
    const types = await this.#load();
    await types.start();
    // A call that was typed while nobody knew it yet.
    const { text, cursor } = this.#typed;
    if (text !== '') this.changed(text, cursor);
  }

  /** The types, with the names of the session. Loaded when they are needed. */
  #load(): Promise<SessionTypes> {
    if (this.#types) return this.#types;
    const { root, appFile, print, openServer: open } = this.#options;
    return (this.#types = import('./session-types.ts').then(async ({ SessionTypes: Types }) => {
      const types = new Types({ root, appFile, onMissing: (why) => print([[why, 'gray']]), open });
      if (this.#isClosed) types.close();
      await this.#askOrigins(types);
      return types;
    }));
  }

  async #askOrigins(types: SessionTypes): Promise<void> {
    const answer = await askQuietly(this.#options.connection(), { op: 'types' });
    if (answer?.op === 'types') types.setOrigins(answer.names);
  }

  /** The application was loaded anew. */
  reloaded(files: readonly string[]): void {
    void this.#types?.then(async (types) => {
      types.filesChanged(files);
      await this.#askOrigins(types);
    });
  }

  /** An entry has run. */
  evaluated(code: string, { status, declares = [] }: ResultFrame): void {
    if (status !== 'value' && status !== 'nothing') return;
    const [, deleted] = /^\s*\.delete\s+([^]+)$/.exec(code) ?? [];
    if (this.#isOff || code.trimStart().startsWith('.')) {
      if (deleted !== undefined) void this.#types?.then((types) => types.forget(deleted.trim().split(/\s+/)));
      return;
    }
    void this.#load().then((types) => types.add(code, declares));
  }

  /** Does an entry that is about types or sources; undefined for every other one. */
  run(entry: string): Promise<boolean | undefined> {
    const types = (): Promise<SessionTypes> => this.#load();
    return runTypeCommand(entry, { ...this.#options, types, check: this.#check });
  }

  /** Prints the type errors of an entry, if that is wanted; gives whether it may run. */
  async mayRun(code: string): Promise<boolean> {
    if (this.#check.mode === 'off' || code.trimStart().startsWith('.')) return true;
    const isStrict = this.#check.mode === 'strict';
    const types = await this.#load();
    const problems = await settled(quietly(types.problems(code)), CHECK_MS);
    if (!problems) this.#options.print([['not checked: the type engine does not answer', 'gray']]);
    for (const { start, code: number, message } of problems ?? []) {
      const before = code.slice(0, start).split('\n');
      const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
      this.#options.print([
        [`${place}  ${message}`, isStrict ? 'red' : 'yellow'],
        [`  TS${number}`, 'gray'],
      ]);
    }
    return !isStrict || (problems ?? []).length === 0;
  }

  /** What may stand at the cursor. The values' answer comes at once, that of the types with it or `later`. */
  async complete(code: string, cursor: number): Promise<Completions> {
    const [command] = COMMANDS_ABOUT_CODE.exec(code) ?? [''];
    if (cursor <= command.length || command === '') return this.#completeCode(code, cursor);
    const isPlace = /\.(?:doc|src|edit)/.test(command);
    const found = await this.#completeCode(code.slice(command.length), cursor - command.length, isPlace);
    return shifted(found, command.length);
  }

  async #completeCode(code: string, cursor: number, withEndpoints = false): Promise<Completions> {
    const isCommand = /^\s*\.(?:[A-Za-z]|$)/.test(code);
    if (this.#isOff && !isCommand) return { start: cursor, end: cursor, items: [] };
    this.#completing?.abort();
    const controller = new AbortController();
    this.#completing = controller;
    const asked = this.#askRuntime(code, cursor);
    const answer = isCommand ? Promise.resolve([]) : this.#askTypes(code, cursor, controller.signal);
    const merge = (runtime: RuntimeCompletions | undefined, typed: readonly TypedItem[]): Completions => {
      const merged = mergeCompletions(code, cursor, runtime, typed);
      return { ...merged, items: merged.items.map((item) => this.#toItem(item)) };
    };
    if (withEndpoints) return this.#withEndpoints(code, cursor, merge(await settled(asked, RUNTIME_MS), await answer));
    const [quick, typed] = await Promise.all([settled(asked, RUNTIME_MS), settled(answer, GRACE_MS)]);
    if (typed !== undefined) {
      const isPoor = typed.length === 0 && quick === undefined;
      return merge(isPoor ? await asked : quick, typed);
    }
    if (!quick || quick.items.length === 0) return merge(quick, await answer);
    return { ...merge(quick, []), later: answer.then((items) => merge(quick, items)) };
  }

  /** Endpoints are no code: they are found as in `urlFor('…')`. */
  async #withEndpoints(code: string, cursor: number, found: Completions): Promise<Completions> {
    const typed = code.slice(0, cursor);
    const call = `urlFor("${typed}`;
    if (!/^[\w.-]*$/.test(typed)) return found;
    const endpoints = await settled(this.#askRuntime(call, call.length), RUNTIME_MS);
    if (!endpoints || endpoints.items.length === 0) return found;
    const before = typed.slice(0, found.start);
    const items = [
      ...endpoints.items.map(({ text, kind }) => ({ label: text, kind })),
      ...found.items.map((item) => ({ ...item, label: before + item.label })),
    ];
    return {
      start: 0,
      end: cursor,
      items: items.filter(({ label }, at) => items.findIndex((other) => other.label === label) === at),
    };
  }

  async #askTypes(code: string, cursor: number, signal: AbortSignal): Promise<TypedItem[]> {
    try {
      const types = await this.#load();
      return await types.complete(code, cursor, signal);
    } catch (error) {
      if (signal.aborted || error instanceof LanguageServerError) return [];
      throw error;
    }
  }

  async #askRuntime(code: string, cursor: number): Promise<RuntimeCompletions | undefined> {
    if (this.#speed.isSlow) {
      this.#tellSlow();
      void this.#measure({ op: 'check', code: '' });
      return undefined;
    }
    const answer = await this.#measure({ op: 'complete', code, cursor });
    return answer?.op === 'completions' ? answer : undefined;
  }

  async #measure(question: Question): Promise<HostFrame | undefined> {
    const begin = performance.now();
    const answer = await askQuietly(this.#options.connection(), question);
    if (answer !== undefined) this.#speed.add(performance.now() - begin);
    return answer;
  }

  #tellSlow(): void {
    if (this.#hasToldSlow) return;
    this.#hasToldSlow = true;
    this.#options.print([['the server is slow to answer: Tab knows types only', 'gray']]);
  }

  #toItem({ label, kind, detail, typed }: MergedItem): CompletionItem {
    const more = typed && { describe: () => this.#describe(typed) };
    return { label, kind, ...(detail === undefined ? {} : { detail }), ...more };
  }

  async #describe(item: TypedItem): Promise<readonly string[]> {
    try {
      const found = await (await this.#load()).describe(item);
      const [first = ''] = plainDocumentation(found?.doc ?? '').split('\n');
      return [(found?.signature ?? '').replace(/\s+/g, ' '), first].filter((line) => line !== '');
    } catch (error) {
      if (error instanceof LanguageServerError) return [];
      throw error;
    }
  }

  /** The text or the cursor is another one. */
  changed(text: string, cursor: number): void {
    if (this.#isOff) return;
    this.#typed = { text, cursor };
    clearTimeout(this.#pause);
    this.#hinting?.abort();
    if (!this.#types || (text === '' && !this.#isHinted)) return;
    this.#pause = setTimeout(() => void this.#hint(text, cursor), PAUSE_MS);
    this.#pause.unref();
  }

  async #hint(text: string, cursor: number): Promise<void> {
    const controller = new AbortController();
    this.#hinting = controller;
    const { columns, color, setHint } = this.#options;
    const before = text.slice(0, cursor);
    const isCall = !isCommand(text) && isInCall(scan(before).open, before);
    try {
      const types = await this.#types;
      const found = isCall ? await types?.signature(text, cursor, controller.signal) : undefined;
      if (controller.signal.aborted || (!found && !this.#isHinted)) return;
      this.#isHinted = found !== undefined;
      setHint(found ? [signatureLine(found, columns(), color)] : []);
    } catch (error) {
      if (controller.signal.aborted || error instanceof LanguageServerError) return;
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#pause);
    void this.#types?.then((types) => types.close());
  }
}

/** What the engine answers; undefined where it has no answer. */
async function quietly<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LanguageServerError) return undefined;
    throw error;
  }
}

/** What a promise gives within a time; undefined afterwards. */
function settled<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function shifted(found: Completions, by: number): Completions {
  const { start, end, items, later } = found;
  return {
    start: start + by,
    end: end + by,
    items,
    ...(later && { later: later.then((more) => more && shifted(more, by)) }),
  };
}
