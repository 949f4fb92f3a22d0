import {
  databaseOf,
  type Sandbox,
  type SandboxChanges,
  type Shell,
  type ShellCommand,
  type ShellDatabase,
  type ShellEntry,
} from 'flacon/shell';
import { countOf } from './query-text.ts';

/** The sandboxes of one shell. */
interface SandboxState {
  open: Map<ShellDatabase, Sandbox>;
  /** It was switched on, and not off again: a database that comes with a reload gets one, too. */
  isOn: boolean;
  /** It is wanted, and could not be had: why. Nothing runs until that is settled. */
  refusal: string | undefined;
}

const states = new WeakMap<Shell, SandboxState>();

function stateOf(shell: Shell): SandboxState {
  let state = states.get(shell);
  if (state === undefined) states.set(shell, (state = { open: new Map(), isOn: false, refusal: undefined }));
  return state;
}

/** The databases that the application offers to the shell, or keeps as an extension. */
export function findDatabases(shell: Shell): ShellDatabase[] {
  const values = [...shell.provided().map(([, value]) => value), ...Object.values(shell.app.extensions)];
  return [...new Set(values.flatMap((value) => databaseOf(value) ?? []))];
}

function hasSandboxes({ openSandbox }: ShellDatabase): boolean {
  return openSandbox !== undefined;
}

/** `.sandbox`: what is changed in the databases of this shell is undone at its end, unless it is committed. */
export const sandboxCommand: ShellCommand = {
  name: 'sandbox',
  usage: '.sandbox [on|off|commit]',
  description: 'Undo what this shell changes in the databases, unless it is committed.',
  help: [
    '.sandbox          whether it is on, and for which databases',
    '.sandbox on       from now on, changes are seen by this shell only, and rolled back at its end',
    '.sandbox off      roll back, and go on without',
    '.sandbox commit   keep what was changed so far, and go on in a new sandbox',
  ].join('\n'),
  complete: () => ['on', 'off', 'commit'],
  run(shell, args) {
    const action = ACTIONS[args];
    if (action === undefined) throw new Error(`'${args}' is none of on, off, commit`);
    if (shell.options.readOnly && args !== '') throw new Error('this shell is read-only: there is nothing to undo');
    return action(shell);
  },
};

const ACTIONS: Readonly<Record<string, ((shell: Shell) => unknown) | undefined>> = {
  '': showSandbox,
  on: switchOn,
  off: switchOff,
  commit,
};

/** Switches the sandbox on where that was asked for, and in production. */
export async function startSandbox(shell: Shell): Promise<void> {
  if (shell.options.readOnly) return;
  const isAsked = shell.options.sandbox;
  const isProduction = shell.environment.startsWith('prod') && shell.isInteractive;
  if (!(isAsked ?? isProduction)) return;
  try {
    await switchOn(shell);
  } catch (error) {
    const reason = messageOf(error);
    const isNeeded = isAsked ?? findDatabases(shell).some(hasSandboxes);
    const why = isAsked ? 'a sandbox was asked for' : 'in production a shell has a sandbox';
    if (isNeeded) stateOf(shell).refusal = `${why}: ${reason}`;
    shell.print(`no sandbox: ${reason}`);
  }
}

/** Refuses entries where a sandbox is wanted and there is none. */
export function refuseUnprotected(shell: Shell, { kind, text }: ShellEntry): void {
  const { refusal } = stateOf(shell);
  if (refusal === undefined || (kind === 'command' && /^\s*\.(?:sandbox|help)\b/.test(text))) return;
  throw new Error(`${refusal} (.sandbox off goes on without)`);
}

/** Runs code of the shell with its sandboxes. */
export function insideSandboxes<T>(shell: Shell, body: () => T): T {
  return insideAll(stateOf(shell).open.values(), body);
}

/** Runs code inside of all of these. */
export function insideAll<T>(places: Iterable<Pick<Sandbox, 'enter'>>, body: () => T): T {
  let run = body;
  for (const place of places) {
    const inner = run;
    run = () => place.enter(inner);
  }
  return run();
}

async function switchOn(shell: Shell): Promise<void> {
  const state = stateOf(shell);
  if (state.open.size > 0) return showSandbox(shell);
  const databases = findDatabases(shell);
  const able = databases.filter(hasSandboxes);
  if (able.length === 0) throw new Error('no database that the application gives to the shell offers one');
  for (const database of able) await open(shell, database);
  state.isOn = true;
  const others = databases.filter((database) => !able.includes(database)).map(({ name }) => name);
  const line = `sandbox on — rolled back on exit. Not covered: ${['files', 'network', 'cache', 'other connections', ...others].join(', ')}`;
  shell.print(line.length > shell.columns ? line.replace('. Not', '.\nNot') : line);
  for (const [{ name }, { remark }] of state.open) if (remark !== undefined) shell.print(`${name}: ${remark}`);
}

async function open(shell: Shell, database: ShellDatabase): Promise<void> {
  const state = stateOf(shell);
  const sandbox = await database.openSandbox?.();
  if (sandbox === undefined) return;
  state.open.set(database, sandbox);
  state.refusal = undefined;
  shell.setMark('sandbox', 'sandbox');
}

function showSandbox(shell: Shell): void {
  const { open: sandboxes } = stateOf(shell);
  const names = [...sandboxes.keys()].map(({ name }) => name);
  shell.print(names.length === 0 ? 'sandbox is off' : `sandbox is on for ${names.join(', ')}`);
}

async function switchOff(shell: Shell): Promise<void> {
  const state = stateOf(shell);
  const wasOn = state.open.size > 0;
  state.isOn = false;
  state.refusal = undefined;
  const changes = await rollBack(shell, [...state.open.keys()]);
  if (!wasOn) shell.print('sandbox is off');
  else shell.print(changes.statements + changes.rows === 0 ? 'sandbox off: nothing was changed' : rolledBack(changes));
}

async function commit(shell: Shell): Promise<void> {
  const databases = [...stateOf(shell).open];
  if (databases.length === 0) throw new Error('there is no sandbox to commit: .sandbox on');
  const changes: SandboxChanges = { statements: 0, rows: 0 };
  await orRefuse(shell, 'the sandbox has ended', async () => {
    for (const [database, sandbox] of databases) {
      add(changes, await end(shell, database, () => sandbox.commit()));
      await open(shell, database);
    }
  });
  shell.print(`committed: ${changesText(changes)} — the sandbox goes on`);
}

/** Undoes what is left, at the end of the shell. */
export async function endSandboxes(shell: Shell): Promise<void> {
  const changes = await rollBack(shell, [...stateOf(shell).open.keys()]);
  if (changes.statements + changes.rows > 0) shell.print(rolledBack(changes));
}

/** After a reload there may be other databases: the sandbox goes on with those. */
export async function followDatabases(shell: Shell): Promise<void> {
  const { open: sandboxes, isOn } = stateOf(shell);
  if (!isOn) return;
  const current = findDatabases(shell);
  const gone = [...sandboxes.keys()].filter((database) => !current.includes(database));
  await orRefuse(shell, 'the sandbox could not follow the reload', async () => {
    const changes = await rollBack(shell, gone);
    if (changes.statements + changes.rows > 0)
      shell.print(`${rolledBack(changes)} — the reload has replaced ${gone.map(({ name }) => name).join(', ')}`);
    for (const database of current) if (!sandboxes.has(database)) await open(shell, database);
  });
  if (sandboxes.size === 0 && gone.length > 0)
    shell.print('sandbox off, as long as the application gives the shell no database');
}

/** What was to be protected and is not any more must not be changed by chance: the person decides how to go on. */
async function orRefuse(shell: Shell, what: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    stateOf(shell).refusal = `${what}: ${messageOf(error)}`;
    throw error;
  }
}

/** Rolls sandboxes back, all of them, whatever happens to one; then throws what went wrong. */
async function rollBack(shell: Shell, databases: readonly ShellDatabase[]): Promise<SandboxChanges> {
  const { open: sandboxes } = stateOf(shell);
  const changes: SandboxChanges = { statements: 0, rows: 0 };
  const problems: unknown[] = [];
  for (const database of databases.toReversed()) {
    const sandbox = sandboxes.get(database);
    try {
      if (sandbox) add(changes, await end(shell, database, () => sandbox.rollback()));
    } catch (error) {
      problems.push(error);
    }
  }
  if (problems.length > 0) {
    throw new Error(`not rolled back: ${problems.map(messageOf).join('; ')}`, { cause: problems[0] });
  }
  return changes;
}

/** Ends a sandbox: whatever comes of it, it is over. */
async function end(
  shell: Shell,
  database: ShellDatabase,
  how: () => SandboxChanges | Promise<SandboxChanges>,
): Promise<SandboxChanges> {
  const { open: sandboxes } = stateOf(shell);
  try {
    return await how();
  } catch (error) {
    throw new Error(`${database.name}: ${messageOf(error)}`, { cause: error });
  } finally {
    sandboxes.delete(database);
    if (sandboxes.size === 0) shell.setMark('sandbox', undefined);
  }
}

function add(changes: SandboxChanges, { statements, rows }: SandboxChanges): void {
  changes.statements += statements;
  changes.rows += rows;
}

function rolledBack(changes: SandboxChanges): string {
  return `rolled back: ${changesText(changes)}`;
}

function changesText({ statements, rows }: SandboxChanges): string {
  return `${countOf(statements, 'statement')}, ${countOf(rows, 'row')}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
