import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createToken,
  endpointPaths,
  prepareEndpoint,
  readEndpoint,
  withdrawEndpoint,
  writeEndpoint,
  type EndpointPaths,
} from '../../src/shell/endpoint.ts';

let folder: string;
let paths: EndpointPaths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-end-'));
  writeFileSync(join(folder, 'app.ts'), '');
  paths = endpointPaths({ file: join(folder, 'app.ts') }, { XDG_RUNTIME_DIR: folder });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record = (pid = process.pid) => ({
  socket: paths.socket,
  token: createToken(),
  pid,
  app: 'app.ts',
  host: '127.0.0.1',
  port: 5000,
});

describe('an endpoint', () => {
  it('is found by the real file and the export, whatever the file is called', () => {
    symlinkSync(join(folder, 'app.ts'), join(folder, 'link.ts'));
    const find = (file: string, name?: string): string =>
      endpointPaths({ file: join(folder, file), name }, { XDG_RUNTIME_DIR: folder }).folder;
    expect(find('link.ts')).toBe(paths.folder);
    expect(find('app.ts', 'api')).not.toBe(paths.folder);
    expect(paths.folder).toMatch(/flacon\/[\da-f]{16}$/);
  });

  it('keeps its sockets short enough for every system', () => {
    const long = endpointPaths({ file: join(folder, 'app.ts') }, { XDG_RUNTIME_DIR: join(folder, 'x'.repeat(100)) });
    expect(long.socket.length).toBeLessThan(104);
  });

  it('is published for its owner alone', () => {
    prepareEndpoint(paths);
    const published = record();
    writeEndpoint(paths, published);
    expect(readEndpoint(paths)).toEqual(published);
    expect(published.token.length).toBeGreaterThanOrEqual(43);
    expect(statSync(paths.folder).mode & 0o777).toBe(0o700);
    expect(statSync(paths.record).mode & 0o777).toBe(0o600);
  });

  it('is nothing when it was never there, is half written, or its process is gone', () => {
    expect(readEndpoint(paths)).toBeUndefined();
    prepareEndpoint(paths);
    writeFileSync(paths.record, '{"socket":', { mode: 0o600 });
    expect(readEndpoint(paths)).toBeUndefined();
    writeEndpoint(paths, record(2 ** 22 - 3));
    expect(readEndpoint(paths)).toBeUndefined();
  });

  it('is refused when others could have put it there', () => {
    prepareEndpoint(paths);
    writeEndpoint(paths, record());
    chmodSync(paths.record, 0o644);
    expect(() => readEndpoint(paths)).toThrow(/shell\.json is open to other users/);
    chmodSync(paths.record, 0o600);
    chmodSync(paths.folder, 0o755);
    expect(() => readEndpoint(paths)).toThrow(/is open to other users/);
    rmSync(paths.folder, { recursive: true });
    mkdirSync(join(folder, 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(folder, 'elsewhere'), paths.folder);
    expect(() => prepareEndpoint(paths)).toThrow(/is a link/);
  });

  it('is not opened in a folder that others may write to', () => {
    mkdirSync(dirname(paths.folder), { mode: 0o777 });
    chmodSync(dirname(paths.folder), 0o777);
    expect(() => prepareEndpoint(paths)).toThrow(/is open to other users/);
  });

  it('goes away with its server, but not with an earlier one', () => {
    prepareEndpoint(paths);
    // Nothing is published yet: its server is about to.
    withdrawEndpoint(paths, { token: 'of an earlier one' });
    expect(existsSync(paths.folder)).toBe(true);
    const published = record();
    writeEndpoint(paths, published);
    withdrawEndpoint(paths, { token: 'of an earlier one' });
    expect(existsSync(paths.folder)).toBe(true);
    withdrawEndpoint(paths, published);
    expect(existsSync(paths.folder)).toBe(false);
  });
});
