export { refuseUnsafe } from './safe-requests.ts';
export {
  databaseOf,
  emitQuery,
  hearsQueries,
  onQuery,
  shellDatabase,
  type DatabaseHandle,
  type QueryEvent,
  type QueryParams,
  type Sandbox,
  type SandboxChanges,
  type ShellDatabase,
  type TableInfo,
  type ReadOnlyView,
} from './database.ts';
export { definePlugin } from './plugins.ts';
export type {
  FinishedEntry,
  Shell,
  ShellCommand,
  ShellCommandOptions,
  ShellCompleter,
  ShellEntry,
  ShellPlugin,
  ShellPrinter,
  ShellStartOptions,
} from './plugins.ts';
export type { RecordedRequest } from './request-log.ts';
export { isSecretName, MASK, redact } from './redact.ts';
export { visibleText } from './spans.ts';
