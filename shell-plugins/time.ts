import { Session as Inspector, type Profiler } from 'node:inspector';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { definePlugin, type Shell, type ShellCommand } from 'flacon/shell';
import { measure } from './bench.ts';

type Thunk = () => unknown;

const timing = new WeakSet<Shell>();

/** How long code takes, what it spends the time on, and what memory it needs. */
export default definePlugin({
  name: 'time',
  commands: [
    command('time', 'EXPR', 'Run it once, and say how long that took.', time),
    {
      ...command('bench', 'EXPR', 'Run it again and again: the median time, and how far runs are from it.', bench),
      help: 'Runs for about a second, at most a million times. ± is the median absolute deviation.',
    },
    command('cpu', 'EXPR', 'Run it once, and list the functions that took the time.', cpu),
    command('mem', 'EXPR', 'Run it once, and say what memory it took and what its value keeps.', memory),
    {
      name: 'timing',
      usage: '.timing on|off',
      description: 'Print how long each entry took.',
      complete: () => ['on', 'off'],
      run(shell, args) {
        if (args === 'on') timing.add(shell);
        else if (args === 'off') timing.delete(shell);
        else if (args !== '') throw new Error(`'${args}' is neither on nor off`);
        shell.print(`timing is ${timing.has(shell) ? 'on' : 'off'}`);
      },
    },
  ],
  after: (shell, { kind, ms }) => (kind === 'code' && timing.has(shell) ? `(${duration(ms)})` : undefined),
});

function command(name: string, argument: string, description: string, run: ShellCommand['run']): ShellCommand {
  return {
    name,
    usage: `.${name} ${argument}`,
    description,
    run(shell, args, signal) {
      if (args === '') throw new Error(`of what? .${name} ${argument}`);
      return run(shell, args, signal);
    },
  };
}

/** Code as a function of the session: an expression, or statements; asynchronous only if it has to be. */
async function compile(shell: Shell, code: string): Promise<Thunk> {
  let first: unknown;
  for (const source of [
    `() => (${code}\n)`,
    `async () => (${code}\n)`,
    `() => {${code}\n}`,
    `async () => {${code}\n}`,
  ]) {
    try {
      return (await shell.evaluate(source)) as Thunk;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

async function time(shell: Shell, code: string): Promise<void> {
  const run = await compile(shell, code);
  const begin = performance.now();
  const value = await run();
  const ms = performance.now() - begin;
  if (value !== undefined) shell.print(value);
  shell.print(duration(ms));
}

async function bench(shell: Shell, code: string, signal: AbortSignal): Promise<void> {
  const { runs, median, deviation, total, collections, collecting } = await measure(await compile(shell, code), signal);
  shell.print(
    `${duration(median)} ± ${duration(deviation)}   median of ${runs.toLocaleString('en-US')} run${runs === 1 ? '' : 's'} in ${duration(total)}`,
  );
  if (collections > 0)
    shell.print(
      `garbage was collected ${collections} time${collections === 1 ? '' : 's'}, for ${duration(collecting)}`,
    );
}

/** How many functions are listed. */
const TOP = 12;

async function cpu(shell: Shell, code: string): Promise<void> {
  const run = await compile(shell, code);
  const inspector = new Inspector();
  inspector.connect();
  const ask = (method: string, params?: object): Promise<unknown> =>
    new Promise((resolve, reject) =>
      inspector.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
    );
  try {
    await ask('Profiler.enable');
    await ask('Profiler.setSamplingInterval', { interval: 100 });
    await ask('Profiler.start');
    const begin = performance.now();
    try {
      await run();
    } finally {
      const ms = performance.now() - begin;
      const { profile } = (await ask('Profiler.stop')) as Profiler.StopReturnType;
      const rows = topFunctions(profile, shell.root);
      if (rows.length === 0) shell.print(`it took only ${duration(ms)}: too short for a profile`);
      else {
        shell.table(['SELF', '', 'FUNCTION', 'PLACE'], rows);
        shell.print(`${duration(ms)} in all`);
      }
    }
  } finally {
    inspector.disconnect();
  }
}

/** Not code: the engine waits, or does something of its own. */
const ENGINE = new Set(['(root)', '(idle)', '(program)']);

function topFunctions({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, root: string): string[][] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ours = profilerNodes(byId);
  const spent = new Map<string, { us: number; name: string; place: string }>();
  let all = 0;
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id)?.callFrame;
    if (!frame || ENGINE.has(frame.functionName) || ours.has(id)) continue;
    const us = timeDeltas[index] ?? 0;
    const place = placeOf(frame.url, frame.lineNumber, root);
    const name = nameOf(frame.functionName);
    const entry = spent.get(`${name} ${place}`) ?? { us: 0, name, place };
    entry.us += us;
    all += us;
    spent.set(`${name} ${place}`, entry);
  }
  return [...spent.values()]
    .filter(({ us }) => us > 0)
    .toSorted((a, b) => b.us - a.us)
    .slice(0, TOP)
    .map(({ us, name, place }) => [duration(us / 1000), `${Math.round((us / all) * 100)} %`, name, place]);
}

/** Variables of the session are properties for the engine, and so is the value of an entry. */
function nameOf(name: string): string {
  return name === '__shell.value' ? '(entry)' : name.replace(/^__shell_\w+\./, '') || '(anonymous)';
}

/** What the profiler itself does is part of its profile. */
function profilerNodes(byId: ReadonlyMap<number, Profiler.ProfileNode>): ReadonlySet<number> {
  const found = new Set<number>();
  const add = (id: number): void => {
    found.add(id);
    for (const child of byId.get(id)?.children ?? []) add(child);
  };
  for (const { id, callFrame } of byId.values()) if (callFrame.url.startsWith('node:inspector')) add(id);
  return found;
}

function placeOf(url: string, line: number, root: string): string {
  if (url === '') return '';
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  const inside = file.startsWith('/') ? relative(root, file) : file;
  return `${inside.startsWith('..') ? file : inside}:${line + 1}`;
}

let collect: (() => void) | undefined;

/** V8 collects garbage when it is asked to only with a flag; it can be set for a moment. */
function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect();
}

async function memory(shell: Shell, code: string): Promise<void> {
  const run = await compile(shell, code);
  collectGarbage();
  const before = process.memoryUsage();
  const value: unknown = await run();
  const after = process.memoryUsage();
  collectGarbage();
  const kept = process.memoryUsage();
  shell.print(
    `heap ${signed(after.heapUsed - before.heapUsed)} while it ran, ${signed(kept.heapUsed - before.heapUsed)} kept by its value`,
  );
  const outside = kept.arrayBuffers - before.arrayBuffers;
  if (Math.abs(outside) >= 1024) shell.print(`buffers ${signed(outside)}`);
  // The value has to live until here.
  shell.variables['_mem'] = value;
  delete shell.variables['_mem'];
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${size(Math.abs(bytes))}`;
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Milliseconds in the unit that suits them, with three digits. */
function duration(ms: number): string {
  const [value, unit] =
    ms < 0.001 ? [ms * 1e6, 'ns'] : ms < 1 ? [ms * 1000, 'µs'] : ms < 1000 ? [ms, 'ms'] : [ms / 1000, 's'];
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}
