import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { FileStorage } from '../../src/http/file-storage.ts';
import { Request } from '../../src/http/request.ts';
import { buildRequestSource } from '../../src/http/test.ts';
import type { RequestSourceOptions } from '../../src/http/test.ts';

async function post(
  options: RequestSourceOptions,
  limits: Partial<Pick<Request, 'maxContentLength' | 'maxFormMemorySize' | 'maxFormParts'>> = {},
): Promise<Request> {
  const request = Object.assign(new Request(buildRequestSource('/', { method: 'POST', ...options })), limits);
  await request.loadBody();
  return request;
}

// A temporary folder of its own: what other tests leave there for a moment is not ours.
process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'flacon-test-'));
afterAll(() => rmSync(tmpdir(), { recursive: true }));

function spools(): string[] {
  return readdirSync(tmpdir());
}

function codeOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return (error as { code: unknown }).code;
  }
  return 'no error';
}

const multipart = { contentType: 'multipart/form-data; boundary=XbX' };
const field = (name: string, value: string): string =>
  `--XbX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const big = 'x'.repeat(700_000);

describe('a request without a body', () => {
  it('is loaded at once, and everything is empty', () => {
    const request = new Request(buildRequestSource('/'));
    expect(request.loadBody()).toBeUndefined();
    expect([request.form.size, request.files.size, request.data.length, request.text]).toEqual([0, 0, 0, '']);
    expect(request.close()).toBeUndefined();
  });
});

describe('a urlencoded form', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'GET'])('is read whatever the method: %s', async (method) => {
    const request = await post({ method, data: { a: ['1', '2'], é: 'ü' } });
    expect(request.form.toObject({ flat: false })).toEqual({ a: ['1', '2'], é: ['ü'] });
    expect(request.data.length).toBe(0);
  });

  it('leaves its text for whoever asks first, as a signature over it needs', async () => {
    const request = await post({ data: { a: '1' } });
    expect(request.text).toBe('a=1');
    expect((await request.getData()).toString()).toBe('a=1');
    expect(request.form.get('a')).toBe('1');
    expect(request.text).toBe('');
  });

  it('knows no charset but UTF-8', async () => {
    const contentType = 'application/x-www-form-urlencoded; charset=latin1';
    expect((await post({ data: 'a=%E9', contentType })).form.get('a')).toBe('%E9');
    expect((await post({ data: Buffer.from('a=\xe9', 'latin1'), contentType })).form.size).toBe(0);
  });

  it('has its own limit besides maxContentLength', async () => {
    const contentType = 'application/x-www-form-urlencoded';
    expect(codeOf(() => 0)).toBe('no error');
    const large = await post({ data: `a=${big}`, contentType });
    expect(codeOf(() => large.form)).toBe(413);
    expect((await post({ data: `a=${big}`, contentType }, { maxFormMemorySize: null })).form.get('a')).toHaveLength(
      big.length,
    );
  });
});

describe('a multipart form', () => {
  it('has fields and files', async () => {
    const request = await post({ data: { a: 'é', f: { content: 'content', filename: 'x.txt' } } });
    expect(request.form.toObject()).toEqual({ a: 'é' });
    const file = request.files.get('f') as FileStorage;
    expect([file.filename, file.name, file.mimetype, await file.text()]).toEqual([
      'x.txt',
      'f',
      'text/plain',
      'content',
    ]);
  });

  it('believes ASCII, UTF-8 and Latin-1 as charsets of a field', async () => {
    const part = (charset: string): string =>
      `--XbX\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=${charset}\r\n\r\n\xe9\r\n--XbX--`;
    const value = async (charset: string): Promise<string | undefined> =>
      (await post({ ...multipart, data: Buffer.from(part(charset), 'latin1') })).form.get('a');
    expect([await value('iso-8859-1'), await value('utf-8'), await value('utf-7')]).toEqual(['é', '\ufffd', '\ufffd']);
  });

  it.each([
    ['garbage', 'garbage'],
    ['the last boundary missing', field('a', '1')],
    ['another boundary', field('a', '1').replaceAll('XbX', 'other')],
  ])('that is malformed is empty: %s', async (_, data) => {
    const request = await post({ ...multipart, data });
    expect([request.form.size, request.files.size]).toEqual([0, 0]);
  });

  it('without a boundary is empty', async () => {
    expect((await post({ contentType: 'multipart/form-data', data: 'x' })).form.size).toBe(0);
    expect((await post({ contentType: 'multipart/form-data', data: big })).form.size).toBe(0);
  });

  it('is limited in its parts', async () => {
    const data = `${field('a', '1')}${field('b', '2')}--XbX--`;
    expect((await post({ ...multipart, data }, { maxFormParts: 2 })).form.size).toBe(2);
    const many = await post({ ...multipart, data }, { maxFormParts: 1 });
    expect([codeOf(() => many.form), codeOf(() => many.files)]).toEqual([413, 413]);
    // A view may know better.
    many.maxFormParts = 2;
    expect(many.form.size).toBe(2);
  });

  it('CVE-2024-49767: is limited in the memory of its fields', async () => {
    const one = await post(
      { ...multipart, data: `${field('a', 'x'.repeat(2000))}--XbX--` },
      { maxFormMemorySize: 1000 },
    );
    expect(codeOf(() => one.form)).toBe(413);
    const streamed = await post({ ...multipart, data: `${field('a', big)}--XbX--` });
    expect(codeOf(() => streamed.form)).toBe(413);
    const all = await post(
      { ...multipart, data: `${field('a', 'x'.repeat(900)).repeat(20)}--XbX--` },
      { maxFormMemorySize: 1000 },
    );
    expect(codeOf(() => all.form)).toBe(413);
  });
});

describe('uploads', () => {
  afterEach(() => expect(spools()).toEqual([]));

  it('beyond 500 kB are on disk until the request is closed', async () => {
    const request = await post({
      data: {
        before: '1',
        f: { content: big, filename: 'big.txt' },
        g: { content: 'small', filename: 's' },
        after: '2',
      },
    });
    const file = request.files.get('f') as FileStorage;
    expect([request.form.toObject(), file.size, spools().length]).toEqual([{ before: '1', after: '2' }, big.length, 1]);
    expect(await file.text()).toBe(big);
    expect(await request.files.get('g')?.text()).toBe('small');
    await request.close();
  });

  it('are told apart when several are on disk', async () => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, { content: name.repeat(600_000), filename: name }]),
    );
    const request = await post({ files });
    for (const name of ['a', 'b', 'c']) expect(await request.files.get(name)?.text()).toBe(name.repeat(600_000));
    expect(spools()).toHaveLength(3);
    await request.close();
  });

  it('go to disk also when many small ones are too much together', async () => {
    const f = Array.from({ length: 30 }, (_, i) => ({ content: String(i % 10).repeat(100_000), filename: String(i) }));
    const request = await post({ data: { f } });
    const contents = await Promise.all(request.files.getList('f').map((file) => file.text()));
    expect(contents.map((content) => [content.length, content[0]])).toEqual(f.map((_, i) => [100_000, String(i % 10)]));
    expect(spools().length).toBeGreaterThan(0);
    await request.close();
  });

  it.each([
    [
      'the body is cut off',
      `${field('a', '1')}--XbX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n${big}`,
      undefined,
      'no error',
    ],
    [
      'a later field is too large',
      `--XbX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n${big}\r\n${field('a', big)}--XbX--`,
      undefined,
      413,
    ],
    [
      'a later part has no end of its headers',
      `--XbX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n${big}\r\n--XbX\r\n${big}`,
      undefined,
      413,
    ],
    [
      'the body is too long',
      Readable.from([`--XbX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n`, big, big]),
      1_000_000,
      413,
    ],
  ])('leave nothing behind when %s', async (_, data, maxContentLength, code) => {
    const request = await post({ ...multipart, data }, { maxContentLength: maxContentLength ?? null });
    expect(codeOf(() => request.files)).toBe(code);
    expect(spools()).toEqual([]);
  });

  it('leave nothing behind when the client goes away', async () => {
    const body = Readable.from(
      (async function* () {
        yield `--XbX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n${big}`;
        throw new Error('ECONNRESET');
      })(),
    );
    const request = await post({ ...multipart, data: body });
    expect(codeOf(() => request.form)).toBe(400);
  });
});

describe('JSON', () => {
  it('is parsed once', async () => {
    const request = await post({ json: { a: [1] } });
    expect(request.json).toEqual({ a: [1] });
    expect(request.json).toBe(request.getJson());
    expect(request.text).toBe('{"a":[1]}');
    expect((await post({ data: '{}', contentType: 'application/vnd.api+json' })).json).toEqual({});
  });

  it('is refused with 415 under another type, and with 400 if it is broken', async () => {
    const typed = await post({ data: '{}', contentType: 'text/plain' });
    expect([codeOf(() => typed.json), typed.getJson({ silent: true }), typed.getJson({ force: true })]).toEqual([
      415,
      undefined,
      {},
    ]);
    const broken = await post({ data: '{bad', contentType: 'application/json' });
    expect(() => broken.json).toThrow(/^Failed to decode JSON object: Expecting property name/);
    expect([codeOf(() => broken.json), broken.getJson({ silent: true })]).toEqual([400, undefined]);
    const empty = await post({ data: '', contentType: 'application/json' });
    expect(codeOf(() => empty.json)).toBe(400);
  });

  it('has a hook for subclasses', async () => {
    class Lenient extends Request {
      protected override onJsonLoadingFailed(error: Error | undefined): unknown {
        return error === undefined ? 'no JSON' : 'bad JSON';
      }
    }
    const make = async (contentType: string): Promise<unknown> => {
      const request = new Lenient(buildRequestSource('/', { method: 'POST', data: '{bad', contentType }));
      await request.loadBody();
      return request.json;
    };
    expect([await make('text/plain'), await make('application/json')]).toEqual(['no JSON', 'bad JSON']);
  });

  it('CVE-2018-1000656, CVE-2019-1010083: is never decoded by a charset of the client', async () => {
    const request = await post({ data: Buffer.from('{"a": "+AOk-"}'), contentType: 'application/json; charset=utf-7' });
    expect(request.json).toEqual({ a: '+AOk-' });
    const invalid = await post({
      data: Buffer.from('{"a": "\xe9"}', 'latin1'),
      contentType: 'application/json; charset=latin1',
    });
    expect(codeOf(() => invalid.json)).toBe(400);
  });
});

describe('maxContentLength', () => {
  const limits = { maxContentLength: 10 };

  it('bites when the body is asked for, and only then', async () => {
    const request = await post({ data: { a: '0123456789' } }, limits);
    for (const read of [
      () => request.form,
      () => request.files,
      () => request.data,
      () => request.text,
      () => request.stream,
    ])
      expect(codeOf(read)).toBe(413);
    await expect(request.getData()).rejects.toMatchObject({ code: 413 });
    expect((await post({ data: { a: '01234567' } }, limits)).form.get('a')).toBe('01234567');
  });

  it('counts the bytes of a body without a length', async () => {
    const kinds = ['text/plain', 'application/json', 'application/x-www-form-urlencoded', multipart.contentType];
    for (const contentType of kinds) {
      const request = await post({ data: Readable.from(['0123456789', '!']), contentType }, limits);
      expect([contentType, codeOf(() => request.data)]).toEqual([contentType, 413]);
    }
    const streamed = new Request(
      buildRequestSource('/', { method: 'POST', data: Readable.from(['0123456789', '!']) }),
      limits,
    );
    await expect(text(streamed.stream)).rejects.toMatchObject({ code: 413 });
  });

  it('may be lowered while the request is answered', async () => {
    const request = await post({ data: { a: '1' } });
    request.maxContentLength = 2;
    expect(codeOf(() => request.form)).toBe(413);
  });
});

describe('other bodies', () => {
  it('are there as bytes and text if they are small', async () => {
    const request = await post({ data: Buffer.from([0, 255, 1]), contentType: 'application/octet-stream' });
    expect([request.data, request.form.size, request.contentLength]).toEqual([Buffer.from([0, 255, 1]), 0, 3]);
    expect((await post({ data: Readable.from(['a', 'b']), contentType: 'text/plain' })).text).toBe('ab');
  });

  it('are left to getData or the stream if they are large', async () => {
    const data = (): Readable => Readable.from(['a'.repeat(900_000), 'b'.repeat(900_000)]);
    const expected = 'a'.repeat(900_000) + 'b'.repeat(900_000);
    const request = await post({ data: data(), contentType: 'text/plain' });
    expect(codeOf(() => request.data)).toBe('BODY_NOT_READ');
    expect((await request.getData()).toString()).toBe(expected);
    expect(request.text).toBe(expected);
    expect(await text((await post({ data: data(), contentType: 'text/plain' })).stream)).toBe(expected);
    const known = await post({ data: expected, contentType: 'text/plain' });
    expect(codeOf(() => known.text)).toBe('BODY_NOT_READ');
    expect(await text(known.stream)).toBe(expected);
  });

  it('can be read as a stream without being loaded', async () => {
    const request = new Request(buildRequestSource('/', { method: 'PUT', data: { a: '1' } }));
    expect(await text(request.stream)).toBe('a=1');
    expect(codeOf(() => request.form)).toBe('BODY_NOT_READ');
  });

  it('are as long as Content-Length says, or the client went away', async () => {
    expect((await post({ data: 'abc', headers: { 'Content-Length': '2' } })).text).toBe('ab');
    const short = await post({ data: 'abc', headers: { 'Content-Length': '4' } });
    expect(codeOf(() => short.text)).toBe(400);
  });
});
