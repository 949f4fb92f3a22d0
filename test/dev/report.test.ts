import { describe, expect, it } from 'vitest';

import { errorPage } from '../../src/debug/page.ts';
import { excerptAt, readTraceback } from '../../src/debug/traceback.ts';
import { formatTraceback, formatUrl, reloadLine } from '../../src/dev/report.ts';
import { stripAnsi } from '../../src/util/terminal.ts';
import { SourceSyntaxError, transpile } from '../../src/util/transpile.ts';

describe('the line of a reload', () => {
  it('names the files, what ran, how long it took, and the generation', () => {
    expect(reloadLine(['/p/stocks.ts'], 3, 4.123, 12)).toBe('stocks.ts → 3 modules, 4.1 ms, generation 12');
    expect(reloadLine(['/p/stocks.ts'], 1, 123.4, 2)).toBe('stocks.ts → 1 module, 123 ms, generation 2');
    expect(reloadLine(['/a', '/b', '/c', '/d'], 9, 1, 2)).toMatch(/^a, b and 2 more →/);
  });
});

it('URLs of IPv6 have brackets', () => {
  expect(formatUrl('::1', 80)).toBe('http://[::1]:80');
});

describe('an error in the terminal', () => {
  it('is what, where, the lines around, and fits into 80 columns', () => {
    const long = `const text = ${JSON.stringify('x'.repeat(120))} + missing; // ${'y'.repeat(80)}`;
    const source = `line one\n${long}\nline three`;
    const error = new SourceSyntaxError(
      `${'word '.repeat(30)}end`,
      '/p/app.ts',
      2,
      long.indexOf('missing') + 1,
      source,
    );
    const lines = stripAnsi(formatTraceback(readTraceback(error), { columns: 80 })).split('\n');
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    const code = lines.findIndex((line) => line.startsWith('> 2 |'));
    expect(lines[code]).toContain('missing');
    const caret = lines[code + 1]?.indexOf('^') ?? -1;
    expect(lines[code]?.slice(caret, caret + 7)).toBe('missing');
  });

  it('counts a tab as one column', () => {
    const error = new SourceSyntaxError('bad', '/p/app.ts', 1, 3, '\t\tbad');
    const lines = stripAnsi(formatTraceback(readTraceback(error))).split('\n');
    expect(lines.at(-1)?.indexOf('^')).toBe(lines.at(-2)?.indexOf('bad'));
  });

  it('names what can be done, and the cause', () => {
    const error = Object.assign(new Error('outer', { cause: new TypeError('inner') }), { fix: 'do this' });
    const text = stripAnsi(formatTraceback(readTraceback(error)));
    expect(text).toContain('Hint: do this');
    expect(text).toContain('Caused by TypeError: inner');
  });
});

describe('an error as data', () => {
  it('takes anything that can be thrown', () => {
    expect(readTraceback('text')).toMatchObject({ name: 'Thrown', message: 'text', frames: [] });
    expect(readTraceback(undefined).message).toBe('undefined');
    expect(readTraceback(Object.create(null)).message).toBe('a value that cannot be printed');
    const circular = new Error('round');
    circular.cause = circular;
    expect(readTraceback(circular).cause?.cause?.message).toBe('round');
  });

  it('finds the import that a missing module was asked for by', () => {
    const text = `import a from 'a';\nimport { b } from "./b.ts";\n`;
    const error = Object.assign(new Error('x'), { specifier: './b.ts', importer: '/p/app.ts' });
    expect(readTraceback(error, { sourceText: () => text }).place).toEqual({ file: '/p/app.ts', line: 2, column: 19 });
  });

  it('shows the lines around, at the edges too', () => {
    expect(excerptAt('a\nb\nc', 1, 1).map(({ text, isCurrent }) => [text, isCurrent])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });
});

it('the page escapes everything', () => {
  const evil = `</title><script>alert("1")</script>`;
  const error = Object.assign(new Error(evil, { cause: new Error(evil) }), {
    name: evil,
    fix: evil,
    file: `/p/${evil}`,
    line: 1,
    column: 1,
    sourceText: evil,
  });
  const page = errorPage(readTraceback(error), { heading: evil, note: evil, scriptUrl: `"${evil}` });
  expect(page.replace(/<script src="[^"]*" defer><\/script>/, '')).not.toContain('<script');
  expect(page).not.toContain('</title><');
  expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(6);
});

describe('transpile', () => {
  it('keeps ESM, and maps back', () => {
    const { code, mappings } = transpile(`import type { T } from './t.ts';\nexport const x: T = await f();`, 'x.ts');
    expect(code.trim()).toBe('export const x = await f();');
    expect(mappings).toMatch(/;|A/);
    expect(transpile('let x', 'x.ts', { sourceMap: false }).mappings).toBeUndefined();
  });

  it('keeps imports that verbatimModuleSyntax keeps', () => {
    expect(transpile(`import { A } from './a.ts'; let x: A;`, 'x.ts').code).not.toContain('./a.ts');
    expect(transpile(`import { A } from './a.ts'; let x: A;`, 'x.ts', { verbatimImports: true }).code).toContain(
      './a.ts',
    );
  });

  it('says where a text does not parse', () => {
    expect(() => transpile('let a = 1;\nlet a = 2;', 'x.ts')).toThrow(
      expect.objectContaining({ name: 'SyntaxError', file: 'x.ts', line: 2, column: 5 }),
    );
  });
});
