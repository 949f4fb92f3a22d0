import { buildApp, type AppDefinition, type BuildOptions, type BuiltApp } from './http-recordings-app.ts';
import { compareAnswers, normalise, type Answer, type AnswerContext } from './http-recordings-answers.ts';
import { className } from './http-recordings-errors.ts';
import type { Message, Received, Transport } from './http-recordings-transports.ts';
import { decodeBytes, type Json } from './http-recordings-values.ts';

export { buildApp } from './http-recordings-app.ts';
export type { AppDefinition, BuildOptions, BuiltApp, RecordedView, RouteDefinition } from './http-recordings-app.ts';
export { compareAnswers, type Answer } from './http-recordings-answers.ts';
export type { Expression } from './http-recordings-expressions.ts';
export type { Scope } from './http-recordings-scope.ts';
export { makeValue, respond, runHandler, type Step } from './http-recordings-steps.ts';
export {
  inProcess,
  SocketTransport,
  throughWebRequest,
  type Message,
  type Transport,
} from './http-recordings-transports.ts';
export { decode, decodeOptions, type Json, type JsonObject } from './http-recordings-values.ts';

type HeaderReference = { readonly $from: readonly [step: number, header: string, format?: string] };

/** One request of a case. */
export interface RecordedStep {
  readonly target: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [name: string, value: string | HeaderReference])[];
  readonly body?: Json;
  readonly chunked?: boolean;
  readonly scheme?: string;
  readonly script_name?: string;
  readonly remote_addr?: string;
  readonly no_host?: boolean;
  readonly drop_cookies?: readonly string[];
  readonly set_cookies?: Readonly<Record<string, string | { readonly $edit: string }>>;
}

/** A recorded case: requests to one app, and what Flask answered. */
export interface RecordedCase {
  readonly id: string;
  readonly app: string;
  readonly steps: readonly RecordedStep[];
  readonly jar?: boolean;
  readonly topic?: string;
  readonly tags?: readonly string[];
  readonly expect: readonly Answer[];
}

/** A corpus of recorded cases, as its file has them. */
export interface Corpus {
  readonly defs: { readonly apps: Readonly<Record<string, AppDefinition>> };
  readonly cases: readonly RecordedCase[];
}

/** The cookies of a case: all go to every step, the latest value wins. */
class Jar {
  readonly #cookies = new Map<string, string>();

  apply({ drop_cookies: drop = [], set_cookies: set = {} }: RecordedStep): void {
    for (const name of drop) this.#cookies.delete(name);
    for (const [name, value] of Object.entries(set)) {
      this.#cookies.set(name, typeof value === 'string' ? value : `${this.#cookies.get(name) ?? ''}${value.$edit}`);
    }
  }

  store({ headers }: Received): void {
    for (const [header, text] of headers) {
      if (header.toLowerCase() !== 'set-cookie') continue;
      const [, name = '', value = ''] = /^([^=;]*)=([^;]*)/.exec(text) ?? [];
      if (/; (Max-Age=0|Expires=[^;]* 1970 )/i.test(text)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }

  get header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

function headerValue(value: string | HeaderReference, previous: readonly (Received | undefined)[]): string {
  if (typeof value === 'string') return value;
  const [step, header, format = '{}'] = value.$from;
  const found = previous[step]?.headers.find(([name]) => name.toLowerCase() === header)?.[1] ?? '';
  return format.replace('{}', found);
}

function makeMessage(step: RecordedStep, jar: Jar | undefined, previous: readonly (Received | undefined)[]): Message {
  const headers = (step.headers ?? []).map(([name, value]): [string, string] => [name, headerValue(value, previous)]);
  const has = (wanted: string): boolean => headers.some(([name]) => name.toLowerCase() === wanted);
  const body = step.body === undefined ? undefined : decodeBytes(step.body);
  const { chunked = false } = step;
  if (!has('host') && step.no_host !== true) headers.unshift(['Host', 'localhost']);
  if (jar !== undefined && jar.header !== '' && !has('cookie')) headers.push(['Cookie', jar.header]);
  if (chunked) headers.push(['Transfer-Encoding', 'chunked']);
  else if (body !== undefined && !has('content-length')) headers.push(['Content-Length', String(body.length)]);
  return {
    method: step.method ?? 'GET',
    target: step.target,
    headers,
    body,
    chunked,
    scheme: step.scheme ?? 'http',
    rootPath: step.script_name ?? '',
    remoteAddr: step.remote_addr ?? '127.0.0.1',
  };
}

function contextOf({ app }: BuiltApp): AnswerContext {
  const lifetime = app.config.PERMANENT_SESSION_LIFETIME;
  const {
    days = 0,
    hours = 0,
    minutes = 0,
    seconds = 0,
  } = typeof lifetime === 'number' ? { seconds: lifetime / 1000 } : lifetime;
  return {
    sessionCookieName: app.config.SESSION_COOKIE_NAME,
    sessionLifetime: ((days * 24 + hours) * 60 + minutes) * 60 + seconds,
  };
}

/** Sends the requests of a case, in order. */
export async function playCase(built: BuiltApp, recorded: RecordedCase, transport: Transport): Promise<Answer[]> {
  const jar = recorded.jar === true ? new Jar() : undefined;
  const context = contextOf(built);
  const received: (Received | undefined)[] = [];
  const answers: Answer[] = [];
  for (const step of recorded.steps) {
    jar?.apply(step);
    built.trace.length = 0;
    built.errors.length = 0;
    try {
      const got = await transport.send(built, makeMessage(step, jar, received));
      jar?.store(got);
      received.push(got);
      answers.push(annotate(normalise(got, built.trace, context), got, built));
    } catch (error) {
      received.push(undefined);
      answers.push({
        raises: className(error),
        message: String(error),
        ...(built.trace.length > 0 && { trace: [...built.trace] }),
      });
    }
  }
  return answers;
}

function annotate(answer: Answer, { streamError }: Received, { errors }: BuiltApp): Answer {
  return {
    ...answer,
    ...(streamError !== undefined && { stream_error: className(streamError) }),
    ...(errors.length > 0 && { message: errors.map(String).join('; ') }),
  };
}

/** Why a case cannot be played by a transport; undefined if it can. */
export function refusal(recorded: RecordedCase, transport: Transport): string | undefined {
  for (const [index, step] of recorded.steps.entries()) {
    const reason = transport.refuses(makeMessage(step, undefined, []), recorded.expect[index] ?? {});
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Builds the apps of a corpus when they are first asked for, and removes their files in the end. */
export class AppShelf implements Disposable {
  readonly #corpus: Corpus;
  readonly #options: BuildOptions;
  readonly #built = new Map<string, BuiltApp | { readonly error: unknown }>();

  constructor(corpus: Corpus, options: BuildOptions = {}) {
    this.#corpus = corpus;
    this.#options = options;
  }

  /** The app, or the error of its setup. */
  get(name: string): BuiltApp | { readonly error: unknown } {
    let built = this.#built.get(name);
    if (built === undefined) this.#built.set(name, (built = this.#build(name)));
    return built;
  }

  #build(name: string): BuiltApp | { readonly error: unknown } {
    const definition = this.#corpus.defs.apps[name];
    if (definition === undefined) throw new Error(`No such app: ${name}`);
    try {
      return buildApp(definition, this.#options);
    } catch (error) {
      return { error };
    }
  }

  [Symbol.dispose](): void {
    for (const built of this.#built.values()) if ('app' in built) built[Symbol.dispose]();
  }
}

/** Plays a case, also one whose app cannot be built. */
export async function answersOf(shelf: AppShelf, recorded: RecordedCase, transport: Transport): Promise<Answer[]> {
  const built = shelf.get(recorded.app);
  if ('app' in built) return playCase(built, recorded, transport);
  return [{ setup_error: className(built.error), message: String(built.error) }];
}

/** Plays a case and says what is different; undefined if nothing is. */
export async function replay(
  shelf: AppShelf,
  recorded: RecordedCase,
  transport: Transport,
): Promise<string | undefined> {
  const expected = recorded.expect.map((answer) => transport.expects(answer));
  return compareAnswers(expected, await answersOf(shelf, recorded, transport));
}
