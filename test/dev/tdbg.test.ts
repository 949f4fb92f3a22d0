import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';

import { DevProcess } from './dev-process.ts';
import { Project } from './project.ts';

const COUNT = 8;
const STEPS = 500;
const file = (index: number): string => `m${index}.ts`;

const APP = `import { Flacon, renderTemplate } from 'flacon';
import { value } from './m0.ts';
export const app = new Flacon(import.meta);
app.get('/', () => renderTemplate('t.html', { value }));
`;

/** Numbers that are the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function moduleText(imports: readonly number[], tag: string): string {
  const lines = imports.map((other) => `import { value as v${other} } from './${file(other)}';`);
  const parts = imports.map((other) => `v${other}`);
  return `${[...lines, `export const value: string = ['${tag}', ${parts.join(', ')}].join('.');`].join('\n')}\n`;
}

/**
 * What the files say: the answer, or what an error has to name, one of several where several are broken. `instead` is
 * the text of files that have another one.
 */
function model(
  project: Project,
  instead: Readonly<Record<number, string | undefined>> = {},
): { value: string } | { culprits: string[] } {
  const culprits = new Set<string>();
  const valueOf = (index: number): string => {
    const path = project.path(file(index));
    const onDisk = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    const content = index in instead ? instead[index] : onDisk;
    const tag = /\['(\w+)'/.exec(content ?? '')?.[1];
    if (content === undefined || tag === undefined || !content.endsWith(`].join('.');\n`)) {
      culprits.add(content === undefined ? file(index) : (tag ?? file(index)));
      return '';
    }
    const values = [...content.matchAll(/from '\.\/m(\d+)\.ts'/g)].map(([, other]) => valueOf(Number(other)));
    return [tag, ...values].join('.');
  };
  const value = valueOf(0);
  return culprits.size === 0 ? { value } : { culprits: [...culprits] };
}

it.each([12])(
  `${STEPS} random edits under a server (%i): it answers what the files say, or shows the error they have`,
  async (seed) => {
    const next = random(seed);
    const someOf = (above: number): number[] =>
      Array.from({ length: COUNT - above - 1 }, (_, n) => above + 1 + n)
        .filter(() => next(3) === 0)
        .slice(0, 2);
    const project = new Project({ 'app.ts': APP, 'templates/t.html': 'start:{{ value }}' });
    for (let index = COUNT - 1; index >= 0; index--) {
      project.write(file(index), moduleText(index === 0 ? [1, 2, 3] : someOf(index), `t${index}`));
    }
    const server = await DevProcess.start(project.root);
    const ops: string[] = [];
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const nextEvent = await server.events();
    let template = 'start';
    let shown = '';
    /** What could run when only one of the two files of a step had been read: right while the files are broken. */
    let between: string[] = [];
    let error: string | undefined;
    const seen = { good: 0, bad: 0 };

    const takeEvent = async (): Promise<void> => {
      const { event, data } = await nextEvent();
      if (event === 'failed') error = JSON.stringify(data);
      else if (event === 'hello') error = data['error'] === undefined ? undefined : JSON.stringify(data['error']);
      else if (event !== 'styles') error = undefined;
    };
    /** Resolves when the server is where the files are; with a server that never gets there the test does not end. */
    const agrees = async (): Promise<void> => {
      for (;;) {
        const state = model(project);
        const { status, text } = await server.get('/', {}, agent);
        expect(status).toBe(200);
        const candidates = 'value' in state ? [state.value] : [shown, ...between];
        const answer = candidates.find((value) => text === `${template}:${value}`);
        const isRight =
          'value' in state ? error === undefined : state.culprits.some((culprit) => error?.includes(culprit));
        if (answer !== undefined && isRight) {
          shown = answer;
          between = [];
          seen['value' in state ? 'good' : 'bad'] += 1;
          return;
        }
        const dbg = setTimeout(
          () =>
            console.log(
              'STALL',
              JSON.stringify({ state, text, want: template + ':' + shown, between, error, isRight }),
              '\n' + ops.slice(-6).join('\n') + '\nLINES\n' + server.lines.slice(-40).join('\n'),
            ),
          4000,
        );
        await takeEvent();
        clearTimeout(dbg);
      }
    };

    const halfway = (...states: Array<Record<number, string | undefined>>): void => {
      between = states
        .map((instead) => model(project, instead))
        .flatMap((state) => ('value' in state ? [state.value] : []));
    };

    await takeEvent();
    await agrees();
    for (let step = 0; step < STEPS; step++) {
      const index = next(COUNT);
      const path = project.path(file(index));
      const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
      const fine = moduleText(someOf(index), `s${step}`);
      const edits: Array<() => unknown> = [
        () => writeFileSync(path, fine),
        () => writeFileSync(path, `${fine}}`),
        () => writeFileSync(path, fine.slice(0, -3 - next(3))),
        () => writeFileSync(path, `${fine.trimEnd()} throw new Error('s${step}');\n`),
        // Half of it, and the rest when the server may have seen that.
        async () => {
          const cut = next(fine.length);
          writeFileSync(path, fine.slice(0, cut));
          if (next(2) === 0) await server.get('/', {}, agent);
          appendFileSync(path, fine.slice(cut));
        },
        () => {
          writeFileSync(`${path}.tmp`, fine);
          renameSync(`${path}.tmp`, path);
        },
        () => rmSync(path, { force: true }),
        // Only upwards, as the model knows no cycles.
        () => {
          if (index === 0 || before === undefined) return;
          const other = next(index);
          renameSync(path, project.path(file(other)));
          halfway({ [index]: before });
        },
        // Broken, and taken back at once or after it was seen.
        async () => {
          if (before === undefined) return;
          writeFileSync(path, `${before}}`);
          if (next(2) === 0) await agrees();
          writeFileSync(path, before);
        },
        () => before !== undefined && writeFileSync(path, before),
        () => before !== undefined && writeFileSync(path, `\n\n${before}`),
        () => {
          writeFileSync(path, fine);
          const other = (index + 1) % COUNT;
          const otherPath = project.path(file(other));
          const otherBefore = existsSync(otherPath) ? readFileSync(otherPath, 'utf8') : undefined;
          writeFileSync(otherPath, moduleText([], `u${step}`));
          halfway({ [index]: before }, { [other]: otherBefore });
          template = `t${step}`;
          project.write('templates/t.html', `${template}:{{ value }}`);
        },
        () => {
          template = `t${step}`;
          project.write('templates/t.html', `${template}:{{ value }}`);
        },
        // Everything is whole again: the long-broken states are left.
        () => {
          for (let at = COUNT - 1; at >= 0; at--) {
            writeFileSync(project.path(file(at)), moduleText(at === 0 ? [1, 2, 3] : someOf(at), `w${step}`));
          }
        },
      ];
      const e = next(edits.length);
      ops.push(step + ' ' + file(index) + ' ' + edits[e] + ' FINE ' + fine + ' BEFORE ' + before);
      await edits[e]?.();
      await agrees();
    }
    expect(seen.good).toBeGreaterThan(STEPS / 5);
    expect(seen.bad).toBeGreaterThan(STEPS / 5);
  },
);
