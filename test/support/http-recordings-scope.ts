import type { Flacon } from 'flacon';
import type { ExceptionTable } from './http-recordings-errors.ts';
import type { Expression } from './http-recordings-expressions.ts';
import type { Step } from './http-recordings-steps.ts';

/** What the steps of a handler know. */
export interface Scope {
  readonly app: Flacon;
  /** What hooks and views have recorded in this request. */
  readonly trace: string[];
  readonly exceptions: ExceptionTable;
  readonly steps: Readonly<Record<string, Step>>;
  readonly expressions: Readonly<Record<string, Expression>>;
  /** The error that an error handler was called for. */
  readonly error?: unknown;
}
