import { describe, expect, it } from 'vitest';
import { CompletionMenu } from '../../src/shell/completion-menu.ts';
import { editorCommand, openInEditor, splitCommandLine } from '../../src/shell/editor-command.ts';
import { Entry } from '../../src/shell/entry.ts';
import { editOutside } from '../../src/shell/external-editor.ts';
import type { TypedItem } from '../../src/shell/language-server.ts';
import { LinkSpeed } from '../../src/shell/link-speed.ts';
import { mergeCompletions } from '../../src/shell/merge-completions.ts';
import type { Completion } from '../../src/shell/protocol.ts';
import { isInCall, signatureLine } from '../../src/shell/signature-line.ts';
import { scan } from '../../src/shell/tokens.ts';
import { isTypeCommand, plainDocumentation } from '../../src/shell/type-commands.ts';
import { stripAnsi } from '../../src/util/terminal.ts';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function typed(text: string, start: number, reach: TypedItem['reach'] = 'local', kind = 'method'): TypedItem {
  return { text, start, kind, reach, handle: undefined };
}

function value(text: string, kind: Completion['kind'] = 'property'): Completion {
  return { text, kind };
}

function merged(code: string, values: Completion[] | undefined, types: TypedItem[], start?: number): string[] {
  const runtime = values && {
    start: start ?? /[\w$]*$/.exec(code)?.index ?? code.length,
    end: code.length,
    items: values,
  };
  return mergeCompletions(code, code.length, runtime, types).items.map(({ label }) => label);
}

describe('types and values in one list', () => {
  it('members come from the types first, then what only the value has, nothing twice', () => {
    expect(merged('a.', [value('own'), value('b'), value('toString')], [typed('c', 2), typed('b', 2)])).toEqual([
      'b',
      'c',
      'own',
    ]);
    expect(merged('a.', [value('b'), value('toString')], [])).toEqual(['b', 'toString']);
    expect(merged('a.', undefined, [typed('b', 2), typed('Symbol', 2, 'global')])).toEqual(['b']);
  });

  it('only what begins with what is typed, and hidden names only where they are asked for', () => {
    expect(merged('a.Be', undefined, [typed('begin', 2), typed('end', 2)])).toEqual(['begin']);
    expect(merged('a.', undefined, [typed('_inner', 2), typed('x', 2)])).toEqual(['x']);
    expect(merged('a._', undefined, [typed('_inner', 2), typed('x', 2)])).toEqual(['_inner']);
  });

  it('names of the entry itself come first, and of the global ones those that are really there', () => {
    const types = [
      typed('user', 15),
      typed('users', 15),
      typed('useless', 15),
      typed('URL', 15, 'global'),
      typed('document', 15, 'global'),
    ];
    expect(merged('(user) => { us', [value('users', 'context')], types, 12)).toEqual(['users']);
    const code = '(user, x) => us';
    expect(
      merged(
        code,
        [value('users', 'context')],
        types.map((item) => ({ ...item, start: 13 })),
        13,
      ),
    ).toEqual(['user', 'users']);
    expect(merged('docu', [], [typed('document', 0, 'global')])).toEqual([]);
    expect(merged('docu', undefined, [typed('document', 0, 'global')])).toEqual(['document']);
  });

  it('in a string, paths are whole', () => {
    const code = "import x from './blue";
    expect(merged(code, [], [typed('blueprints', 17)], 15)).toEqual(['./blueprints']);
    expect(merged('app.urlFor("', [value('index', 'route')], [typed('index', 12), typed('show', 12)], 12)).toEqual([
      'index',
      'show',
    ]);
  });

  it('an item that would change what stands before is left out', () => {
    expect(merged('a.b', undefined, [typed('["b-c"]', 1), typed('bcd', 2)])).toEqual(['bcd']);
  });
});

describe('the menu', () => {
  const item = (label: string, describe?: () => Promise<readonly string[]>) => ({
    label,
    kind: 'method',
    ...(describe && { describe }),
  });

  it('tells more about the selected item once that is known, within its rows', async () => {
    let asked = 0;
    const more = async (): Promise<readonly string[]> => {
      asked += 1;
      return ['(method) a(): void', 'Does it.'];
    };
    const items = Array.from({ length: 30 }, (_, index) => item(`name${index}`, more));
    const menu = new CompletionMenu({ items, start: 0, end: 0 }, '');
    expect(menu.rows(false)).toHaveLength(12);
    menu.move(1);
    await new Promise<void>((resolve) => menu.describe(resolve));
    const rows = menu.rows(false);
    expect(rows).toHaveLength(12);
    expect(rows.slice(-2)).toEqual(['  (method) a(): void', '  Does it.']);
    menu.describe(() => undefined);
    expect(asked).toBe(1);
  });

  it('leaves rows of a small terminal to the entry', () => {
    const entry = new Entry();
    entry.type('a.');
    entry.suggest({
      items: Array.from({ length: 30 }, (_, index) => item(`${'ab'[index % 2]}${index}`)),
      start: 2,
      end: 2,
    });
    expect(entry.panel(false, 10)).toHaveLength(6);
    expect(entry.panel(false, 10).at(-1)).toBe('  1–5 of 30');
    expect(entry.panel(false, 4)).toHaveLength(3);
    expect(entry.panel(false, 50)).toHaveLength(12);
  });

  it('takes a better answer in as long as nobody has moved in it', async () => {
    const entry = new Entry();
    entry.type('a.');
    const better = { items: [item('one'), item('two'), item('zoo')], start: 2, end: 2 };
    let release = (): void => {};
    const first = {
      items: [item('one'), item('two')],
      start: 2,
      end: 2,
      later: new Promise<typeof better>((resolve) => (release = () => resolve(better))),
    };
    entry.suggest(first);
    expect(entry.panel(false)).toHaveLength(2);
    release();
    await first.later;
    expect(entry.panel(false)).toHaveLength(3);
    entry.act('complete');
    expect(entry.text).toBe('a.one');
    entry.suggest({ ...first, start: 2, end: 5 });
    entry.act('complete');
    await first.later;
    expect(entry.panel(false)).toHaveLength(2);
  });
});

describe('the row of a signature', () => {
  const hint = {
    label: 'get(path?: string, options?: VerbOptions): Promise<TestResponse>',
    active: [19, 40] as const,
    overload: [1, 1] as const,
  };

  it('has the parameter at the cursor in bold', () => {
    expect(signatureLine(hint, 80, true)).toContain('\u001b[1moptions?: VerbOptions\u001b[22m');
    expect(stripAnsi(signatureLine(hint, 80, true))).toBe(hint.label);
    expect(signatureLine({ ...hint, overload: [2, 3] }, 80, false)).toBe(`${hint.label}  (2 of 3)`);
    expect(signatureLine({ label: 'f(): void', active: undefined, overload: [1, 1] }, 80, false)).toBe('f(): void');
  });

  it('keeps it in sight on a narrow terminal', () => {
    const row = signatureLine(hint, 40, false);
    expect(row).toContain('options?: VerbOptions');
    expect(row.length).toBeLessThan(40);
  });

  it.each([
    ['f(', true],
    ['f(a, [1, ', true],
    ['new Map<string, number>(', true],
    ['(a', false],
    ['f(1)', false],
    ['if (', true],
    ['f("(', true],
    ['"f(', false],
  ])('is wanted in %s: %s', (text, expected) => {
    expect(isInCall(scan(text).open, text)).toBe(expected);
  });
});

describe('commands about code', () => {
  it.each(['.type 1', '.doc a', 'name?', 'a.b??', '.check', '.src x'])('%s is one', (text) =>
    expect(isTypeCommand(text)).toBe(true),
  );
  it.each(['a ? b : c', 'a?.b', '.5', '.types', 'f()?', '??', 'a ?? b'])('%s is none', (text) =>
    expect(isTypeCommand(text)).toBe(false),
  );

  it('show documentation as text', () => {
    expect(
      plainDocumentation('Calls `f` of [it](http://x.y).\n\n```ts\nf()\n```\n\n\n\n@param `a` — *The* a\n\n@returns b'),
    ).toBe('Calls f of it (http://x.y).\n\n  f()\n@param a — The a\n@returns b');
  });
});

describe("the person's editor", () => {
  it.each([
    ['vim', ['vim']],
    ['code --wait', ['code', '--wait']],
    ['"/opt/My Editor/ed" -n', ['/opt/My Editor/ed', '-n']],
    ["'a b' c\\ d", ['a b', 'c d']],
    ['vim; rm -rf $HOME `id`', ['vim;', 'rm', '-rf', '$HOME', '`id`']],
    ['ed "a\\"b" ""', ['ed', 'a"b', '']],
  ])('%s is split into words, and nothing else', (text, words) => {
    expect(splitCommandLine(text)).toEqual(words);
  });

  it('is VISUAL, then EDITOR, then vi', () => {
    expect(editorCommand({ VISUAL: 'a', EDITOR: 'b' })).toEqual(['a']);
    expect(editorCommand({ EDITOR: 'b' })).toEqual(['b']);
    expect(editorCommand({})).toEqual(['vi']);
  });

  it('gets the file and the line as they are, whatever their names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flacon-editor-'));
    try {
      const script = join(folder, 'my editor');
      writeFileSync(script, `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/seen"\n`);
      chmodSync(script, 0o755);
      const file = join(folder, '$(touch pwned); "x".ts');
      writeFileSync(file, '');
      const env = { PATH: process.env['PATH'] ?? '', EDITOR: `"${script}" --flag ; touch ${folder}/pwned` };
      expect(openInEditor(file, 12, env)).toBe(true);
      expect(readFileSync(join(folder, 'seen'), 'utf8').trimEnd().split('\n')).toEqual([
        '--flag',
        ';',
        'touch',
        `${folder}/pwned`,
        '+12',
        file,
      ]);
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
      writeFileSync(join(folder, 'code'), `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/seen"\n`);
      chmodSync(join(folder, 'code'), 0o755);
      openInEditor(file, 3, { EDITOR: `${folder}/code -w`, PATH: process.env['PATH'] ?? '' });
      expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe(`-w\n--goto\n${file}:3\n`);
      writeFileSync(script, '#!/bin/sh\necho "1 + 1" > "$1"\n');
      expect(await editOutside('1', { EDITOR: `"${script}"`, PATH: process.env['PATH'] ?? '' })).toBe('1 + 1');
      expect(() => openInEditor(file, 1, { EDITOR: join(folder, 'none') })).toThrow(
        /there is no such program \(set VISUAL or EDITOR\)/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the way to the session', () => {
  it('is slow when even its quickest answers are', () => {
    const speed = new LinkSpeed();
    for (const ms of [400, 300]) speed.add(ms);
    expect(speed.isSlow).toBe(false);
    speed.add(200);
    expect(speed.isSlow).toBe(true);
    speed.add(3);
    expect(speed.isSlow).toBe(false);
    for (const ms of [400, 300, 200]) speed.add(ms);
    expect(speed.isSlow).toBe(true);
    speed.reset();
    expect(speed.isSlow).toBe(false);
  });
});
