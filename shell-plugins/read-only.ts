import { type ReadOnlyView, type Shell, type ShellDatabase, type ShellEntry } from 'flacon/shell';
import { findDatabases, insideAll } from './sandbox.ts';

/** What one shell reads its databases through. */
interface ReadOnlyState {
  open: Map<ShellDatabase, ReadOnlyView>;
  /** What was asked for could not be had: why. Nothing runs. */
  refusal: string | undefined;
}

const states = new WeakMap<Shell, ReadOnlyState>();

function stateOf(shell: Shell): ReadOnlyState {
  let state = states.get(shell);
  if (state === undefined) states.set(shell, (state = { open: new Map(), refusal: undefined }));
  return state;
}

/** Opens all databases to be read only, where `--read-only` asks for that, and says what it is worth. */
export async function startReadOnly(shell: Shell): Promise<void> {
  if (!shell.options.readOnly) return;
  const state = stateOf(shell);
  try {
    await openAll(shell, state);
    shell.setMark('read-only', 'read-only');
    showProtection(shell, state);
  } catch (error) {
    state.refusal = error instanceof Error ? error.message : String(error);
    shell.print(`not read-only, so nothing runs here: ${state.refusal}`);
  }
}

async function openAll(shell: Shell, state: ReadOnlyState): Promise<void> {
  const databases = findDatabases(shell);
  for (const database of databases) {
    if (state.open.has(database)) continue;
    const view = await database.openReadOnly?.();
    if (view) state.open.set(database, view);
  }
  if (state.open.size === 0)
    throw new Error('no database that the application gives to the shell can be opened to be read only');
}

function showProtection(shell: Shell, state: ReadOnlyState): void {
  const names = [...state.open.keys()].map(({ name }) => name).join(', ');
  const others = findDatabases(shell).flatMap((database) => (state.open.has(database) ? [] : [database.name]));
  shell.print(`read-only — ${names} refuses changes`);
  shell.print('client sends GET, HEAD and OPTIONS only');
  const rest = ['memory of the server', 'files', 'network', 'cache', 'other connections', ...others];
  shell.print(`Not protected: ${rest.join(', ')}`);
}

/** Refuses entries where nothing could be protected. */
export function refuseWritable(shell: Shell, { kind, text }: ShellEntry): void {
  const { refusal } = stateOf(shell);
  if (refusal === undefined || (kind === 'command' && /^\s*\.help\b/.test(text))) return;
  throw new Error(`--read-only was asked for: ${refusal}`);
}

/** Runs code of the shell with what its databases are read through. */
export function insideReadOnly<T>(shell: Shell, body: () => T): T {
  return insideAll(stateOf(shell).open.values(), body);
}

/** After a reload there may be other databases. */
export async function followReadOnly(shell: Shell): Promise<void> {
  if (!shell.options.readOnly) return;
  const state = stateOf(shell);
  const current = findDatabases(shell);
  for (const [database, view] of state.open) {
    if (current.includes(database)) continue;
    state.open.delete(database);
    await view.close();
  }
  try {
    await openAll(shell, state);
    state.refusal = undefined;
  } catch (error) {
    state.refusal = error instanceof Error ? error.message : String(error);
    shell.print(`not read-only any more, so nothing runs here: ${state.refusal}`);
  }
  shell.setMark('read-only', state.refusal === undefined ? 'read-only' : undefined);
}

/** Lets go of the databases, at the end of the shell. */
export async function endReadOnly(shell: Shell): Promise<void> {
  const { open } = stateOf(shell);
  for (const view of open.values()) await view.close();
  open.clear();
}
