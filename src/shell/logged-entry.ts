import type { ResultFrame } from './protocol.ts';
import type { Span } from './spans.ts';

/** What a value was when its entry had run: what a test may expect of it. */
export type Expectation =
  | { kind: 'value'; literal: string }
  | { kind: 'response'; status: number; location: string | undefined; json: string | undefined };

/** An entry of a session, as files are made of it. Plain data: it also goes to the client, which keeps it. */
export interface LoggedEntry {
  /** The number that `Out[n]` has; a command has that of the entry before it. */
  number: number;
  text: string;
  isCommand: boolean;
  /** The same as code, for a command that can say so. */
  code: string | undefined;
  status: ResultFrame['status'];
  /** What it printed while it ran. */
  output: string;
  printed: readonly Span[];
  /** Of its value. */
  value: Expectation | undefined;
  /** Of the variables that it declared. */
  declared: readonly (readonly [name: string, value: Expectation])[];
}

/** More entries are not remembered. */
export const MAX_ENTRIES = 1000;
