/*
 * Hot reload: from the save of a module to the first answer of its new code, and what a client that asks every
 * millisecond sees meanwhile. Then the heap of the server over many saves.
 *
 *   npm run build && node --import tsx bench/reload.ts [--saves 15] [--memory 1000]
 *
 * The application has a blueprint for every three modules; what is saved is a module that one of them imports, so that
 * four modules run again: it, the views, the list of blueprints, and the app.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { saves: { type: 'string', default: '15' }, memory: { type: 'string', default: '1000' } },
});

const PROGRAM = `
import { startDevServer } from ${JSON.stringify(new URL('../dist/dev/supervisor.js', import.meta.url).href)};
const server = await startDevServer({ cwd: process.argv[1], port: 0, debug: true, shell: false });
process.exitCode = await server.closed;
`;

/** A module as people write them: some views, types, a helper. */
function viewsModule(index: number): string {
  return `import { Blueprint, request } from 'flacon';
import { describe${index}, type Item${index} } from './model${index}.ts';
import { word${index} } from './words${index}.ts';

export const part${index} = new Blueprint('part${index}', import.meta, { urlPrefix: '/part${index}' });

part${index}.get('/', (): string => word${index});
part${index}.get('/<int:id>', function details({ id }: { id: number }): { item: Item${index}; page: string | undefined } {
  const item: Item${index} = { id, name: describe${index}(id), tags: ['a', 'b'] };
  return { item, page: request.args.get('page') };
});
`;
}

function modelModule(index: number): string {
  return `export interface Item${index} { id: number; name: string; tags: string[] }
export class Store${index} {
  readonly #items = new Map<number, Item${index}>();
  add(item: Item${index}): this { this.#items.set(item.id, item); return this; }
  find(id: number): Item${index} | undefined { return this.#items.get(id); }
}
export const store${index} = new Store${index}();
export function describe${index}(id: number): string { return \`item \${id} of ${index}: \${store${index}.find(id)?.name ?? 'unknown'}\`; }
`;
}

function wordsModule(index: number, token: string): string {
  return `export const word${index}: string = '${token}';\n`;
}

function writeProject(root: string, modules: number): void {
  const parts = Array.from({ length: Math.floor((modules - 2) / 3) }, (_, index) => index);
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  for (const index of parts) {
    writeFileSync(join(root, `src/part${index}.ts`), viewsModule(index));
    writeFileSync(join(root, `src/model${index}.ts`), modelModule(index));
    writeFileSync(join(root, `src/words${index}.ts`), wordsModule(index, 'token0'));
  }
  const imports = parts.map((index) => `import { part${index} } from './part${index}.ts';`);
  writeFileSync(
    join(root, 'src/parts.ts'),
    `${imports.join('\n')}\nexport const parts = [${parts.map((index) => `part${index}`).join(', ')}];\n`,
  );
  writeFileSync(
    join(root, 'app.ts'),
    `import { Flacon } from 'flacon';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parts } from './src/parts.ts';

export const app = new Flacon(import.meta);
for (const part of parts) app.registerBlueprint(part);
app.get('/heap', () => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return String(process.memoryUsage().heapUsed);
});
`,
  );
}

class Server {
  readonly root: string;
  readonly #child: ChildProcess;
  #port = 0;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(modules: number) {
    this.root = mkdtempSync(join(tmpdir(), 'flacon-bench-'));
    writeProject(this.root, modules);
    this.#child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, this.root], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  static async start(modules: number): Promise<Server> {
    const server = new Server(modules);
    const lines = createInterface({ input: server.#child.stderr ?? process.stdin });
    for await (const line of lines) {
      const port = /Running on http:\/\/[^:]+:(\d+)/.exec(line)?.[1];
      if (port === undefined) continue;
      server.#port = Number(port);
      break;
    }
    server.#child.stderr?.resume();
    await server.ask('/part0/');
    // The watch of the files begins beside the app.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return server;
  }

  ask(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: this.#port, path, agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          response.statusCode === 200 ? resolve(text) : reject(new Error(`status ${response.statusCode}`)),
        );
      }).on('error', reject);
    });
  }

  save(token: string): void {
    writeFileSync(join(this.root, 'src/words0.ts'), wordsModule(0, token));
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Milliseconds from each save to its answer, and the requests that failed meanwhile. */
async function raceSaves(server: Server, saves: number): Promise<{ times: number[]; asked: number; failed: number }> {
  let asked = 0;
  let failed = 0;
  let last = '';
  let seen: (() => void) | undefined;
  const poll = setInterval(() => {
    asked += 1;
    server.ask('/part0/').then(
      (text) => {
        last = text;
        seen?.();
      },
      () => (failed += 1),
    );
  }, 1);
  const times: number[] = [];
  for (let n = 1; n <= saves; n++) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const token = `token${n}`;
    const begin = performance.now();
    server.save(token);
    await new Promise<void>((resolve) => {
      seen = () => {
        if (last === token) resolve();
      };
    });
    times.push(performance.now() - begin);
  }
  clearInterval(poll);
  return { times, asked, failed };
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}

for (const modules of [60, 1000]) {
  const server = await Server.start(modules);
  const { times, asked, failed } = await raceSaves(server, Number(values.saves));
  const sorted = times.toSorted((a, b) => a - b);
  const figures = `median ${quantile(sorted, 0.5).toFixed(1)} ms, p95 ${quantile(sorted, 0.95).toFixed(1)} ms`;
  console.log(`${modules} modules, ${times.length} saves: ${figures}; ${failed} of ${asked} requests failed`);
  await server.stop();
}

const total = Number(values.memory);
if (total > 0) {
  const server = await Server.start(60);
  const heap = async (): Promise<number> => Number(await server.ask('/heap')) / 2 ** 20;
  let early = 0;
  for (let n = 1; n <= total; n++) {
    server.save(`save${n}`);
    while ((await server.ask('/part0/')) !== `save${n}`);
    if (n === 10) early = await heap();
  }
  const late = await heap();
  console.log(
    `heap after 10 saves ${early.toFixed(1)} MB, after ${total} saves ${late.toFixed(1)} MB (${(late - early).toFixed(1)} MB more)`,
  );
  await server.stop();
}
