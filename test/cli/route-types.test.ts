import { mkdtemp, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/program.ts';
import { describeEndpoints } from '../../src/cli/route-types.ts';
import { Flacon } from '../../src/index.ts';
import { withStreams } from '../../src/util/terminal.ts';
import { app as typedUrls } from '../fixtures/typed-urls/app.ts';

it('describes what each endpoint needs, as the type tests of urlFor have it', async () => {
  const declared = await readFile(join(import.meta.dirname, '../fixtures/typed-urls/endpoints.d.ts'), 'utf8');
  expect(describeEndpoints(typedUrls)).toBe(declared);
});

describe('app routes --types', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flacon-types-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function run(app: Flacon, file: string): Promise<{ code: number; output: string }> {
    let output = '';
    const stream = { write: (text: string) => void (output += text) };
    const scriptInfo = {
      loadApp: async () => app,
      locate: () => {
        throw new Error('The app is at hand.');
      },
    };
    const code = await withStreams({ stdout: stream, stderr: stream, color: false }, () =>
      main(['routes', '--types', file], { scriptInfo }),
    );
    return { code, output };
  }

  function makeApp(): Flacon {
    const app = new Flacon(undefined, { staticFolder: null });
    app.get('/users/<int:id>', { endpoint: 'user' }, () => '');
    return app;
  }

  it('writes a declaration, in a folder that may be new', async () => {
    const file = join(folder, 'types', 'endpoints.d.ts');
    expect(await run(makeApp(), file)).toEqual({ code: 0, output: `Wrote the types of 1 endpoint to ${file}.\n` });
    expect(await readFile(file, 'utf8')).toContain('    user: { id: number };\n');
  });

  it('leaves a file alone that is up to date', async () => {
    const app = makeApp();
    const file = join(folder, 'endpoints.d.ts');
    await run(app, file);
    await utimes(file, 1000, 1000);
    expect((await run(app, file)).output).toBe(`${file} is up to date with 1 endpoint.\n`);
    expect((await stat(file)).mtimeMs).toBe(1_000_000);
    app.get('/', { endpoint: 'index' }, () => '');
    expect((await run(app, file)).output).toBe(`Wrote the types of 2 endpoints to ${file}.\n`);
  });

  it('says why it cannot write', async () => {
    expect(await run(makeApp(), folder)).toMatchObject({
      code: 1,
      output: expect.stringContaining('no TypeScript file'),
    });
    const taken = join(folder, 'taken.ts');
    await run(makeApp(), taken);
    expect(await run(makeApp(), join(taken, 'x.d.ts'))).toMatchObject({
      code: 1,
      output: expect.stringContaining('cannot be written'),
    });
  });
});
