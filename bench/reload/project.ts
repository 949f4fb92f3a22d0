/** The projects of the race: one shape, written for each contestant in its own language and framework. */
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Files = Record<string, string>;

/** A new folder with these files. */
export function writeProject(files: Files): string {
  const root = realpathSync.native(mkdtempSync(join(tmpdir(), 'flacon-bench-')));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** The numbers of the parts of a project: each has a module of views, one of data and one of words. */
function partsOf(modules: number): number[] {
  return Array.from({ length: Math.floor((modules - 2) / 3) }, (_, index) => index);
}

/** What is saved in the race: a module that one other imports, which a list and the app import in turn. */
export function words(index: number, token: string): string {
  return `export const word${index}: string = '${token}';\n`;
}

function model(index: number): string {
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

function list(parts: readonly number[]): string {
  const imports = parts.map((index) => `import { part${index} } from './part${index}.ts';`);
  return `${imports.join('\n')}\nexport const parts = [${parts.map((index) => `part${index}`).join(', ')}];\n`;
}

function common(parts: readonly number[], part: (index: number) => string): Files {
  const files: Files = { 'package.json': '{ "type": "module" }', 'src/parts.ts': list(parts) };
  for (const index of parts) {
    files[`src/words${index}.ts`] = words(index, 'token0');
    files[`src/model${index}.ts`] = model(index);
    files[`src/part${index}.ts`] = part(index);
  }
  return files;
}

/** A Flacon app with a blueprint for every three modules. `sharedBy` of the blueprints import one more module. */
export function flaconProject(modules: number, { sharedBy = 0 } = {}): Files {
  const part = (index: number): string => `import { Blueprint, request } from 'flacon';
import { describe${index}, type Item${index} } from './model${index}.ts';
import { word${index} } from './words${index}.ts';
${index < sharedBy ? "import { shared } from './shared.ts';\n" : ''}
export const part${index} = new Blueprint('part${index}', import.meta, { urlPrefix: '/part${index}' });

part${index}.get('/', (): string => word${index});
part${index}.get('/<int:id>', function details({ id }: { id: number }): { item: Item${index}; page: string | undefined } {
  const item: Item${index} = { id, name: describe${index}(id), tags: ['a', 'b'] };
  return { item, page: request.args.get('page') };
});
${index < sharedBy ? `part${index}.get('/shared', (): string => shared);\n` : ''}`;
  return {
    ...common(partsOf(modules), part),
    ...(sharedBy > 0 && { 'src/shared.ts': sharedModule('save0') }),
    'app.ts': `import { Flacon } from 'flacon';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parts } from './src/parts.ts';

export const app = new Flacon(import.meta);
for (const part of parts) app.registerBlueprint(part);
app.get('/pid', () => String(process.pid));
app.get('/usage', () => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { pid: process.pid, heap: process.memoryUsage().heapUsed, listeners };
});
`,
  };
}

export function sharedModule(token: string): string {
  return `export const shared: string = '${token}';\n`;
}

/** The same modules without a framework: \`answer\` gives the text for a path. */
export function plainProject(modules: number): Files {
  const part = (index: number): string => `import { describe${index}, type Item${index} } from './model${index}.ts';
import { word${index} } from './words${index}.ts';

export const part${index} = {
  prefix: '/part${index}/',
  answer(rest: string): string {
    if (rest === '') return word${index};
    const id = Number(rest);
    const item: Item${index} = { id, name: describe${index}(id), tags: ['a', 'b'] };
    return JSON.stringify({ item });
  },
};
`;
  return {
    ...common(partsOf(modules), part),
    'app.ts': `import { parts } from './src/parts.ts';

const byPrefix = new Map(parts.map((part) => [part.prefix, part]));

export function answer(path: string): string | undefined {
  const end = path.indexOf('/', 1) + 1;
  return byPrefix.get(path.slice(0, end))?.answer(path.slice(end));
}
`,
  };
}

/** The same modules as a Flask app. */
export function flaskProject(modules: number): Files {
  const parts = partsOf(modules);
  const files: Files = {
    'src/__init__.py': '',
    'src/parts.py': `${parts.map((index) => `from .part${index} import part${index}`).join('\n')}\nparts = [${parts.map((index) => `part${index}`).join(', ')}]\n`,
    'app.py': `from flask import Flask\nfrom src.parts import parts\n\napp = Flask(__name__)\nfor part in parts:\n    app.register_blueprint(part)\n`,
  };
  for (const index of parts) {
    files[`src/words${index}.py`] = pythonWords(index, 'token0');
    files[`src/model${index}.py`] =
      `items = {}\n\n\ndef describe${index}(id):\n    return f"item {id} of ${index}: {items.get(id, 'unknown')}"\n`;
    files[`src/part${index}.py`] = `from flask import Blueprint, request
from .model${index} import describe${index}
from .words${index} import word${index}

part${index} = Blueprint('part${index}', __name__, url_prefix='/part${index}')


@part${index}.get('/')
def index():
    return word${index}


@part${index}.get('/<int:id>')
def details(id):
    return {'item': describe${index}(id), 'page': request.args.get('page')}
`;
  }
  return files;
}

export function pythonWords(index: number, token: string): string {
  return `word${index} = '${token}'\n`;
}
