import { describe, expect, it } from 'vitest';
import { importString, resolveImport } from '../../src/util/imports.ts';
import { Markup } from '../../src/util/markup.ts';

const parentUrl = import.meta.url;

describe('resolveImport', () => {
  it('resolves as import does in the parent', () => {
    expect(resolveImport('./x.ts', parentUrl)).toBe(new URL('./x.ts', parentUrl).href);
    expect(resolveImport('node:fs', parentUrl)).toBe('node:fs');
    expect(resolveImport('commander', parentUrl)).toMatch(/node_modules\/commander\/.*\.m?js$/);
    expect(resolveImport('./x.ts')).toMatch(/^file:.*\/x\.ts$/);
  });
});

describe('importString', () => {
  const module = { settings: { mail: { port: 25 } }, Markup };
  const load = async (url: string): Promise<object> => {
    if (!url.endsWith('/config.ts')) throw new Error(`no file ${url}`);
    return module;
  };

  it('gives a module, an export, or a property of one', async () => {
    expect(await importString('./config.ts', { parentUrl, load })).toBe(module);
    expect(await importString('./config.ts:Markup', { parentUrl, load })).toBe(Markup);
    expect(await importString('./config.ts:settings.mail.port', { parentUrl, load })).toBe(25);
    expect(await importString('node:path')).toHaveProperty('join');
    expect(await importString('node:path:posix.sep')).toBe('/');
  });

  it('says what is missing', async () => {
    await expect(importString('./config.ts:settings.male', { parentUrl, load })).rejects.toMatchObject({
      code: 'IMPORT_STRING',
      message: "Could not import './config.ts:settings.male': './config.ts:settings' has no 'male'.",
      fix: "'./config.ts:settings' has: mail.",
    });
    await expect(importString('./other.ts:x', { parentUrl, load })).rejects.toMatchObject({
      code: 'IMPORT_STRING',
      cause: expect.objectContaining({ message: expect.stringContaining('no file') }),
    });
  });
});
