import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { DevProcess, sampleFiles } from './dev-process.ts';
import { Project } from './project.ts';

const text = (word: string): string => `export const word: string = '${word}';\n`;

function git(project: Project, ...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: project.root, stdio: 'ignore' });
}

async function start(files: Record<string, string> = {}) {
  const project = new Project({ ...sampleFiles, 'word.ts': text('one'), ...files });
  const server = await DevProcess.start(project.root);
  expect(await server.text('/')).toBe('Hello one');
  return { project, server };
}

/** A save that is certainly dealt with after all others; nothing else was reloaded than what was asked for. */
async function expectReloads(project: Project, server: DevProcess, count: number): Promise<void> {
  project.write('greet.ts', `${sampleFiles['greet.ts']}export const last = true;\n`);
  await server.reloaded('greet.ts');
  const reloads = server.lines.filter((line) => / → .* generation /.test(line));
  expect(reloads).toHaveLength(count + 1);
  expect(reloads.at(-1)).toContain(`generation ${count + 2}`);
  expect(server.lines.join('\n')).not.toMatch(/not loaded|Repaired|Restarting/);
}

/** How programs save a file: what they do to the file system, in their order. */
const EDITORS: ReadonlyArray<[name: string, save: (path: string, word: string) => void]> = [
  [
    'vim',
    (path, word) =>
      execFileSync('vim', ['-Nu', 'NONE', '-n', '-es', '-c', `%s/'.*'/'${word}'/`, '-c', 'wq', path], {
        stdio: 'ignore',
      }),
  ],
  [
    'vim with a swap file, and a backup by renaming',
    (path, word) => {
      const options = ['-Nu', 'NONE', '-es', '-c', 'set backup backupcopy=no'];
      execFileSync('vim', [...options, '-c', `%s/'.*'/'${word}'/`, '-c', 'wq', path], { stdio: 'ignore' });
    },
  ],
  ['VS Code: the file is emptied and written', (path, word) => writeFileSync(path, text(word))],
  [
    'VS Code with atomic saves: a file beside it is renamed over it',
    (path, word) => {
      const beside = join(dirname(path), `${basename(path)}.vsctmp`);
      writeFileSync(beside, text(word));
      renameSync(beside, path);
    },
  ],
  [
    'JetBrains with safe write: two renames',
    (path, word) => {
      writeFileSync(`${path}___jb_tmp___`, text(word));
      renameSync(path, `${path}___jb_old___`);
      renameSync(`${path}___jb_tmp___`, path);
      unlinkSync(`${path}___jb_old___`);
    },
  ],
  [
    'Emacs: a lock, a backup by renaming, a new file',
    (path, word) => {
      const lock = join(dirname(path), `.#${basename(path)}`);
      symlinkSync('me@here.1:1', lock);
      rmSync(`${path}~`, { force: true });
      renameSync(path, `${path}~`);
      writeFileSync(path, text(word));
      unlinkSync(lock);
    },
  ],
  ['sed -i', (path, word) => execFileSync('sed', ['-i', `s/'.*'/'${word}'/`, path])],
];

describe('one reload for each save by', () => {
  it.each(EDITORS)('%s', async (_name, save) => {
    const { project, server } = await start();
    for (const word of ['two', 'three', 'four']) {
      save(project.path('word.ts'), word);
      await server.reloaded('word.ts');
      expect(await server.text('/')).toBe(`Hello ${word}`);
    }
    expect(readFileSync(project.path('word.ts'), 'utf8')).toBe(text('four'));
    await expectReloads(project, server, 3);
  });

  it('an editor whose formatter writes the file again, soon or later', async () => {
    const { project, server } = await start();
    const hasty = `export const word:string="two"`;
    project.write('word.ts', hasty);
    await server.reloaded('word.ts');
    project.write('word.ts', text('two'));
    project.write('word.ts', hasty.replace('two', 'three'));
    project.write('word.ts', text('three'));
    await server.reloaded('word.ts');
    expect(await server.text('/')).toBe('Hello three');
    await expectReloads(project, server, 2);
  });
});

describe('one reload for', () => {
  it('git stash, git stash pop and git checkout', async () => {
    const project = new Project({ ...sampleFiles, 'word.ts': text('one') });
    git(project, 'init', '-q');
    git(project, 'add', '.');
    git(project, 'commit', '-qm', 'one');
    git(project, 'checkout', '-qb', 'other');
    project.write('word.ts', text('other'));
    project.write('new.ts', `export const fresh = '!';\n`);
    project.write(
      'greet.ts',
      sampleFiles['greet.ts']!.replace('word;', `word + fresh;`).replace(
        'import',
        `import { fresh } from './new.ts';\nimport`,
      ),
    );
    git(project, 'add', '.');
    git(project, 'commit', '-qm', 'other');
    git(project, 'checkout', '-q', '-');
    project.write('word.ts', text('mine'));
    const server = await DevProcess.start(project.root);
    expect(await server.text('/')).toBe('Hello mine');
    for (const [command, answer] of [
      ['stash', 'Hello one'],
      ['stash pop', 'Hello mine'],
      ['checkout -q .', 'Hello one'],
      ['checkout -q other', 'Hello other!'],
      ['checkout -q -', 'Hello one'],
    ] as const) {
      git(project, ...command.split(' '));
      await server.reloaded();
      expect(await server.text('/'), command).toBe(answer);
    }
    expect(existsSync(project.path('new.ts'))).toBe(false);
    await expectReloads(project, server, 5);
  });
});

it('a file that is written again with the same content does nothing', async () => {
  const { project, server } = await start({ 'static/a.css': 'a{}' });
  for (const name of ['word.ts', 'app.ts', 'package.json']) {
    project.write(name, readFileSync(project.path(name), 'utf8'));
  }
  await expectReloads(project, server, 0);
});

it('a file that comes into a new folder, and is renamed at once', async () => {
  const { project, server } = await start();
  project.write('greet.ts', `import { deep } from './deep/er/b.ts';\nexport const greet = () => 'Hello ' + deep;\n`);
  await server.line(/Cannot find module/);
  project.write('deep/er/a.ts', `export const deep = 'deep';\n`);
  project.rename('deep/er/a.ts', 'deep/er/b.ts');
  await server.reloaded();
  expect(await server.text('/')).toBe('Hello deep');
  project.write('deep/er/b.ts', `export const deep = 'deeper';\n`);
  await server.reloaded('b.ts');
  expect(await server.text('/')).toBe('Hello deeper');
});
