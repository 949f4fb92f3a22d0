import { join, parse } from 'node:path';

import { andThen } from '../util/maybe-promise.ts';
import { DevApp } from './dev-app.ts';
import { OwnClient } from './own-client.ts';
import { ModuleRuntime } from './runtime.ts';
import { SaveQueue } from './save-queue.ts';

const RELOADS = 20;
/** V8 optimizes most of what answers a request while the first hundreds come. */
const REQUESTS = 600;
/** So many of them in a row take some milliseconds. */
const REQUESTS_AT_ONCE = 10;
/** Modules that are imported one by one, and blueprints that come all from one module. The first versions add more of them. */
const PARTS = Array.from({ length: 12 }, (_, index) => index);
const MORE_BLUEPRINTS = 300;
const MORE_AT_ONCE = 60;
/** So often one of them is imported again: a list may have hundreds. */
const REPETITIONS = 300;

/**
 * Reloads an application of its own, which is not on disk and answers nobody, a few times. V8 compiles a function when it is
 * first called, and well after some hundred calls: without this the first save of a server takes twice as long as the
 * tenth, and with many blueprints the next ones do too.
 * `isFree` is asked before each step, which takes some milliseconds; false ends the rehearsal. Resolves to how many versions of
 * the application there were.
 */
export async function rehearse(isFree: () => Promise<boolean>): Promise<number> {
  const root = parse(process.cwd()).root;
  const file = (name: string): string => join(root, 'flacon-rehearsal', `${name}.mts`);
  const texts = new Map([
    [file('more'), MORE],
    [file('model'), words(0)],
    [file('words'), words(0)],
    ...PARTS.map((index) => [file(`part${index}`), part(index)] as const),
    [file('parts'), parts()],
    [file('app'), APP],
  ]);
  const runtime = new ModuleRuntime({ root, texts });
  const origin = { module: 'app', name: 'app', args: undefined, text: 'app', origin: 'option' } as const;
  const devApp = new DevApp(runtime, { ...origin, file: file('app'), root }, { app: 'app', cwd: root, ...SILENCE });
  for (const module of texts.keys()) {
    if (!(await isFree())) return devApp.generation;
    await runtime.load(module);
  }
  if (!(await isFree())) return devApp.generation;
  const loaded = await devApp.load();
  if (loaded.kind === 'failed') throw loaded.error;
  const saves = new SaveQueue({
    ...SILENCE,
    change: (files, begin, interruption) =>
      andThen(devApp.change(files, begin, interruption), (result) => {
        if (result.kind === 'failed') throw result.error;
        return result;
      }),
    showNew: () => new Promise((resolve) => setImmediate(resolve)),
  });
  for (let reload = 1; reload <= RELOADS; reload += 1) {
    if (!(await isFree())) break;
    texts.set(file('words'), words(reload));
    await saves.add([file('words')]);
    devApp.app?.urlMap.bind('localhost').match('/part0/');
  }
  await request(devApp, isFree);
  return devApp.generation;
}

/** Has the application answer requests. */
async function request(devApp: DevApp, isFree: () => Promise<boolean>): Promise<void> {
  if (!(await isFree())) return;
  const client = await OwnClient.open((req, res) => void devApp.handle(req, res, false));
  for (let done = 0; client && done < REQUESTS && (await isFree()); done += REQUESTS_AT_ONCE) {
    for (let more = 0; more < REQUESTS_AT_ONCE; more += 1) await client.get('/part0/');
  }
  client?.close();
}

const SILENCE = {
  hooks: {
    onThrow: (error: unknown) => {
      throw error;
    },
    beforeResponse: () => undefined,
    onResponse: () => undefined,
    onError: () => undefined,
  },
  onSlow: () => undefined,
  onRetireError: () => undefined,
  watchdog: { watch: () => undefined, isUpdating: false },
  acknowledge: () => undefined,
  announce: () => undefined,
  changed: () => undefined,
};

const APP = `import { Flacon } from 'flacon';
import { more } from './more.mts';
import { parts } from './parts.mts';
import { count } from './words.mts';

export const app = new Flacon(import.meta);
for (const part of [...parts, ...more.slice(0, count)]) app.registerBlueprint(part);
`;

const MORE = `import { Blueprint } from 'flacon';

export const more = Array.from({ length: ${MORE_BLUEPRINTS} }, (_, index) => {
  const name = 'more' + index;
  const blueprint = new Blueprint(name, import.meta, { urlPrefix: '/' + name });
  blueprint.get('/', (): string => name);
  blueprint.get('/<int:id>', ({ id }) => ({ id }));
  return blueprint;
});
`;

function parts(): string {
  const imports = PARTS.map((index) => `import { part${index} } from './part${index}.mts';`);
  for (let more = 0; more < REPETITIONS; more += 1)
    imports.push(`import { part1 as again${more} } from './part1.mts';`);
  return `${imports.join('\n')}\nexport const parts = [${PARTS.map((index) => `part${index}`).join(', ')}];\n`;
}

function part(index: number): string {
  return `import { Blueprint } from 'flacon';
import { word } from './${index === 0 ? 'words' : 'model'}.mts';

export const part${index} = new Blueprint('part${index}', import.meta, { urlPrefix: '/part${index}' });
part${index}.get('/', (): string => word);
part${index}.get('/<int:id>', ({ id }: { id: number }) => ({ id, word }));
`;
}

function words(version: number): string {
  return `export const word: string = 'version ${version}';\nexport const count = ${MORE_AT_ONCE * (version + 1)};\n`;
}
