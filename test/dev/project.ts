import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A project in a temporary directory, removed after the test. */
export class Project {
  readonly root: string;

  constructor(files: Record<string, string>, { type = 'module' }: { type?: string | null } = {}) {
    this.root = realpathSync.native(mkdtempSync(join(tmpdir(), 'flacon-test-')));
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
    if (!('package.json' in files)) this.write('package.json', JSON.stringify(type === null ? {} : { type }));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** Writes a file and returns its path. */
  write(name: string, text: string): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  remove(name: string): string {
    rmSync(this.path(name), { recursive: true });
    return this.path(name);
  }

  rename(from: string, to: string): [string, string] {
    renameSync(this.path(from), this.path(to));
    return [this.path(from), this.path(to)];
  }
}
