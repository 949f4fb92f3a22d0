import { TestResponse } from '../http/test.ts';
import { literalOf } from './literal.ts';
import { MAX_ENTRIES, type Expectation, type LoggedEntry } from './logged-entry.ts';
import type { SessionEvents } from './session-output.ts';

/** Of the output of one entry, this is remembered. */
const MAX_OUTPUT = 20_000;

/** The entries of a session with what came of them. */
export class SessionLog {
  readonly #entries: LoggedEntry[] = [];
  #output = '';
  #value: Expectation | undefined;
  #declared = new Map<string, Expectation>();
  /** How many of the entries somebody else has, too. */
  #given = 0;

  get entries(): readonly LoggedEntry[] {
    return this.#entries;
  }

  /** The entries that have come since this was asked last. */
  takeNew(): readonly LoggedEntry[] {
    const fresh = this.#entries.slice(this.#given);
    this.#given = this.#entries.length;
    return fresh;
  }

  /** Goes on with the log of an earlier process, as {@link SessionLog.takeNew} has given it. */
  restore(earlier: readonly LoggedEntry[]): void {
    this.#entries.unshift(...earlier.slice(-(MAX_ENTRIES - this.#entries.length)));
    this.#given = this.#entries.length;
  }

  /** An entry is about to run. */
  begin(): void {
    this.#output = '';
    this.#value = undefined;
    this.#declared = new Map();
  }

  /** Events of a session whose output is remembered, too. */
  hearing(events: SessionEvents): SessionEvents {
    return {
      ...events,
      output: (stream, text) => {
        if (this.#output.length < MAX_OUTPUT) this.#output += text;
        events.output(stream, text);
      },
    };
  }

  /** The value of the entry that has just run. */
  value(value: unknown): void {
    this.#value = expectationOf(value);
  }

  /** A variable that it has declared. */
  declared(name: string, value: unknown): void {
    const expectation = expectationOf(value);
    if (expectation?.kind === 'response') this.#declared.set(name, expectation);
  }

  /** The entry is over; `variables` are those of the session. */
  end(
    entry: Pick<LoggedEntry, 'number' | 'text' | 'isCommand' | 'code' | 'status' | 'printed'>,
    variables: Readonly<Record<string, unknown>>,
  ): void {
    const [, name] = (entry.isCommand && /^(?:const|let) ([\w$]+) =/.exec(entry.code ?? '')) || [];
    if (name !== undefined) this.declared(name, variables[name]);
    this.#entries.push({ ...entry, output: this.#output, value: this.#value, declared: [...this.#declared] });
    if (this.#entries.length <= MAX_ENTRIES) return;
    this.#entries.shift();
    this.#given = Math.max(0, this.#given - 1);
  }
}

function expectationOf(value: unknown): Expectation | undefined {
  if (value instanceof TestResponse) return responseOf(value);
  const literal = value === undefined ? undefined : literalOf(value);
  return literal === undefined ? undefined : { kind: 'value', literal };
}

function responseOf(response: TestResponse): Expectation {
  const location = response.headers.get('Location') ?? undefined;
  return { kind: 'response', status: response.status, location, json: jsonOf(response) };
}

function jsonOf(response: TestResponse): string | undefined {
  if (!/\bjson$/.test(response.mimetype ?? '')) return undefined;
  try {
    return literalOf(response.json);
  } catch {
    // It says that it is JSON and is not: nothing to expect.
    return undefined;
  }
}
