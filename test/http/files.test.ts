import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileStorage } from '../../src/http/file-storage.ts';
import {
  isEntityHeader,
  isHopByHopHeader,
  removeEntityHeaders,
  removeHopByHopHeaders,
} from '../../src/http/header-kinds.ts';
import { Headers } from '../../src/http/headers.ts';
import { safeJoin } from '../../src/http/safe-join.ts';
import { secureFilename } from '../../src/http/secure-filename.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('FileStorage', () => {
  const kinds: [string, () => FileStorage][] = [
    ['in memory', () => new FileStorage(Buffer.from('héllo'), { filename: 'a.txt' })],
    ['given as text', () => new FileStorage('héllo', { filename: 'a.txt' })],
    [
      'read from a stream',
      () => new FileStorage(Readable.from([Buffer.from('hé'), Buffer.from('llo')]), { filename: 'a.txt' }),
    ],
    [
      'in a temporary file',
      () => {
        const path = join(folder, 'spooled');
        writeFileSync(path, 'héllo');
        return new FileStorage({ path, size: 6 }, { filename: 'a.txt' });
      },
    ],
  ];

  it.each(kinds)('%s: is saved to a file', async (_kind, make) => {
    const file = make();
    const target = join(folder, 'saved');
    writeFileSync(target, 'something longer than that');
    await file.save(target);
    expect(readFileSync(target, 'utf8')).toBe('héllo');
    await file.close();
  });

  it.each(kinds)('%s: is saved to a stream, which stays open', async (_kind, make) => {
    const chunks: Buffer[] = [];
    const target = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
    const file = make();
    await file.save(target, { bufferSize: 2 });
    expect(Buffer.concat(chunks).toString()).toBe('héllo');
    expect(target.writableEnded).toBe(false);
    await file.close();
  });

  it.each(kinds)('%s: is read', async (_kind, make) => {
    expect(await make().text()).toBe('héllo');
    const chunks: unknown[] = [];
    for await (const chunk of make()) chunks.push(chunk);
    expect(Buffer.concat(chunks as Buffer[]).toString()).toBe('héllo');
  });

  it('removes its temporary file', async () => {
    const path = join(folder, 'temporary');
    writeFileSync(path, 'x');
    const file = new FileStorage({ path, size: 1 });
    expect(file.size).toBe(1);
    expect(await file.bytes()).toEqual(Buffer.from('x'));
    await file.close();
    expect(existsSync(path)).toBe(false);
    await file.close();
  });

  it('says where it cannot be written', async () => {
    await expect(new FileStorage('x').save(join(folder, 'none', 'x'))).rejects.toThrow(/ENOENT/);
  });

  it('knows what the client said', () => {
    const headers = new Headers({ 'X-Part': '1' });
    const file = new FileStorage('', {
      name: 'f',
      filename: 'x.txt',
      contentType: 'Text/Plain; charset=x',
      contentLength: 5,
      headers,
    });
    expect(file).toMatchObject({
      name: 'f',
      filename: 'x.txt',
      contentType: 'Text/Plain; charset=x',
      mimetype: 'text/plain',
      mimetypeParams: { charset: 'x' },
      contentLength: 5,
      size: 0,
      isEmpty: false,
    });
    expect(file.headers.get('x-part')).toBe('1');
    expect(inspect(file)).toBe("<FileStorage: 'x.txt' ('Text/Plain; charset=x')>");
    expect(new FileStorage('', { filename: '' })).toMatchObject({ isEmpty: true, contentLength: 0, mimetype: '' });
    expect(new FileStorage(Readable.from([])).size).toBeUndefined();
  });
});

describe('safeJoin', () => {
  it.each([
    [['/base', 'a/../b'], '/base/b'],
    [['/base', 'a//b/./c/'], '/base/a/b/c'],
    [['/base/', '', 'a', 'b'], '/base/a/b'],
    [['', 'a'], './a'],
    [['/base', '...'], '/base/...'],
    [['/base', '..'], undefined],
    [['/base', 'a/../../b'], undefined],
    [['/base', '/a'], undefined],
    [['/base', '//a'], undefined],
    [['/base', 'a', '../b'], undefined],
  ] as [[string, ...string[]], string | undefined][])('%j is %j', (args, joined) =>
    expect(safeJoin(...args)).toBe(joined),
  );

  it('never leaves the directory', () => {
    const part = fc.array(fc.constantFrom('..', '.', 'a', '', 'b c', '...', '\\')).map((names) => names.join('/'));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const joined = safeJoin('/base', ...parts);
        if (joined !== undefined) expect(`${posix.resolve(joined)}/`).toMatch(/^\/base\//);
      }),
    );
  });
});

describe('secureFilename', () => {
  it.each([
    ['My cool movie.mov', 'My_cool_movie.mov'],
    ['../../../etc/passwd', 'etc_passwd'],
    ['i contain cool ümläuts.txt', 'i_contain_cool_umlauts.txt'],
    ['a/b\\c.txt', 'a_bc.txt'],
    ['日本.txt', 'txt'],
    ['..', ''],
    ['.bashrc', 'bashrc'],
    ['a\tb\x1fc\n', 'a_b_c'],
  ])('%j is %j', (name, secured) => expect(secureFilename(name)).toBe(secured));

  it('is a plain name, and stays one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const secured = secureFilename(name);
        expect(secured).toMatch(/^(?:[A-Za-z0-9-](?:[A-Za-z0-9_.-]*[A-Za-z0-9-])?)?$/);
        expect(secureFilename(secured)).toBe(secured);
      }),
    );
  });
});

describe('kinds of headers', () => {
  it('are removed together', () => {
    const headers = new Headers({ 'Content-Type': 'a/b', Expires: 'x', Connection: 'close', 'X-A': '1', TE: 'x' });
    expect([isEntityHeader('content-TYPE'), isEntityHeader('ETag'), isHopByHopHeader('te')]).toEqual([
      true,
      false,
      true,
    ]);
    removeHopByHopHeaders(headers);
    expect([...headers.keys()]).toEqual(['Content-Type', 'Expires', 'X-A']);
    removeEntityHeaders(headers);
    expect([...headers.keys()]).toEqual(['Expires', 'X-A']);
    removeEntityHeaders(headers, []);
    expect([...headers.keys()]).toEqual(['X-A']);
  });
});
