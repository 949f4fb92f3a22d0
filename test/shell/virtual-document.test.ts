import { describe, expect, it } from 'vitest';
import { outlineOf } from '../../src/shell/entry-declarations.ts';
import { differenceOf, TextLines } from '../../src/shell/text-position.ts';
import { VirtualDocument } from '../../src/shell/virtual-document.ts';

function body(document: VirtualDocument, code = ''): string {
  return document.render(code).text;
}

describe('the outline of an entry', () => {
  it.each([
    ["import { join } from 'node:path'", [['join', 'join', 'node:path']]],
    [
      "import path, { join as j, type Parsed } from 'node:path'",
      [
        ['j', 'join', 'node:path'],
        ['Parsed', 'Parsed', 'node:path'],
        ['path', 'default', 'node:path'],
      ],
    ],
    [
      "import * as fs from 'fs'; import type { A } from './a.ts'",
      [
        ['fs', '*', 'fs'],
        ['A', 'A', './a.ts'],
      ],
    ],
    ["import type from 'x'", [['type', 'default', 'x']]],
    ["import './side-effects.ts'", []],
    ["const fs = await import('fs')", []],
    ['import.meta.url', []],
    ['const text = "import x from y"', []],
  ])('finds the imports of %s', (code, expected) => {
    const { imports, block } = outlineOf(code);
    expect(imports.map(({ local, imported, specifier }) => [local, imported, specifier])).toEqual(expected);
    expect(block).toHaveLength(code.length);
  });

  it('finds types, and leaves names of inner blocks alone', () => {
    expect(outlineOf('interface A { b: 1 }\ntype B = A; class C { type = 1 }; { interface D {} }').types).toEqual([
      'A',
      'B',
      'C',
    ]);
    expect(outlineOf('type = 5').types).toEqual([]);
  });

  it('makes an entry fit into a block without moving anything', () => {
    expect(outlineOf('export const a = 1').block).toBe('       const a = 1');
    expect(outlineOf('export default class A {}').block).toBe('               class A {}');
    expect(outlineOf('var a = 1; for (var i = 0;;) {}').block).toBe('let a = 1; for (var i = 0;;) {}');
  });
});

describe('the document of a session', () => {
  it('ends with the entry that is typed, and says where it is', () => {
    const document = new VirtualDocument();
    document.setNames([{ name: 'app', type: "import('flacon').Flacon" }]);
    document.add('const a = 1', ['a']);
    const { text, start } = document.render('a.toFixed(');
    expect(text.slice(start, start + 10)).toBe('a.toFixed(');
    expect(text).toContain("declare const app: import('flacon').Flacon;");
    expect(text).toContain('const a = 1');
    expect(text.match(/\{/g)).toHaveLength(text.match(/\}/g)?.length ?? 0);
  });

  it('keeps what declares and forgets what only runs', () => {
    const document = new VirtualDocument();
    document.add('console.log(1)', []);
    expect(body(document)).not.toContain('console');
    document.add('interface Row { id: number }', []);
    expect(body(document)).toContain('interface Row');
  });

  it('opens a block where a name is declared again and earlier code means the other one', () => {
    const document = new VirtualDocument();
    document.add('const a = 1', ['a']);
    document.add('const b = a', ['b']);
    document.add('const a = "x"', ['a']);
    const text = body(document);
    expect(text.indexOf('const a = 1')).toBeLessThan(text.indexOf('{ const a = "x"'));
  });

  it('drops a declaration that is replaced and that nothing speaks of', () => {
    const document = new VirtualDocument();
    for (let count = 0; count < 1000; count += 1) document.add(`const a = ${count}`, ['a']);
    const text = body(document);
    expect(text).toContain('const a = 999');
    expect(text).not.toContain('const a = 998');
    expect(text.length).toBeLessThan(200);
  });

  it('knows that an assignment to an unknown name declares it', () => {
    const document = new VirtualDocument();
    document.add('n = 5', ['n']);
    document.add('n = 6', ['n']);
    expect(body(document)).toMatch(/let n = 6/);
  });

  it('gives each imported name once, the latest', () => {
    const document = new VirtualDocument();
    document.add("import { join } from 'node:path'", ['join']);
    document.add("import { join } from 'node:path/posix'", ['join']);
    expect(body(document).match(/import /g)).toHaveLength(1);
    expect(body(document)).toContain('import { join as join } from "node:path/posix";');
    document.forget(['join']);
    expect(body(document)).not.toContain('import');
  });

  it('is empty again for another session', () => {
    const document = new VirtualDocument();
    document.add('const secret = 1', ['secret']);
    document.clear();
    expect(body(document)).not.toContain('secret');
  });
});

describe('positions', () => {
  it('go from offsets to lines and back', () => {
    const lines = new TextLines('ab\n\ncdé\n');
    for (let offset = 0; offset <= 8; offset += 1) expect(lines.offsetAt(lines.positionAt(offset))).toBe(offset);
    expect(lines.positionAt(4)).toEqual({ line: 2, character: 0 });
    expect(lines.offsetAt({ line: 99, character: 0 })).toBe(8);
  });

  it.each([
    ['abc', 'abc', undefined],
    ['abc', 'abxc', { start: 2, end: 2, text: 'x' }],
    ['aaa', 'aa', { start: 2, end: 3, text: '' }],
    ['', 'x', { start: 0, end: 0, text: 'x' }],
  ])('differ between %j and %j in one range', (before, after, expected) => {
    expect(differenceOf(before, after)).toEqual(expected);
  });
});
