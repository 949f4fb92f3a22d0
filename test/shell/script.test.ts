import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, Project } from './pty-support.ts';

let project: Project;
beforeAll(() => {
  project = new Project();
});
afterAll(() => project.close());

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(args: readonly string[], input = '', env: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fixture('shell'), ...args], {
      cwd: project.folder,
      env: { ...project.env, ...env },
    });
    const result: Run = { code: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...result, code }));
    // The program may end before it has read this; anything else shows in what it prints.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const closed = 'answer closed\n';

describe.each([
  ['in its own process', []],
  ['in a child process', ['--remote']],
])('a script %s', (_, how: string[]) => {
  it('prints the value of -e', async () => {
    expect(await run([...how, '-e', '1 + 1'])).toEqual({ code: 0, stdout: '2\n', stderr: closed });
    expect((await run([...how, '-e', 'await Promise.resolve(answer)'])).stdout).toBe('42\n');
    expect((await run([...how, '-e', 'const a = 1'])).stdout).toBe('');
  });

  it('exits with 1 for a throw, and with 2 for a syntax error', async () => {
    expect(await run([...how, '-e', 'throw new Error("x")'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error: x\n    at -e:1:7\n${closed}`,
    });
    expect(await run([...how, '-e', '1 +* 2'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('SyntaxError: Unexpected token\n    at -e:1:4') as string,
    });
    expect(await run([...how, '-e', 'foo('])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ends too early') as string,
    });
  });

  it('prints nothing but JSON with --json', async () => {
    expect(await run([...how, '--json', '-e', 'console.log("log"); [{ id: 1 }]'])).toEqual({
      code: 0,
      stdout: '[{"id":1}]\n',
      stderr: `log\n${closed}`,
    });
  });

  it('reads standard input: values of statements, and commands', async () => {
    const input = 'app.name\nconst a = 1;\n[a,\n  2]\n  .map((n) => n * 2)\n.routes posts\nundefined\nawait 7';
    const { code, stdout } = await run(how, input);
    expect(stdout).toMatch(/^'blog'\n\[ 2, 4 \]\nGET {2}\/posts\/<int:id> {2}show {2}\S+\n7\n$/);
    expect(code).toBe(0);
  });

  it('stops at the first error of standard input', async () => {
    expect(await run(how, '1\n.nothing\n2\n')).toMatchObject({
      code: 1,
      stdout: '1\n',
      stderr: expect.stringContaining('no command .nothing') as string,
    });
  });

  it('runs a file with arguments, and waits for what it ends in', async () => {
    writeFileSync(
      join(project.folder, 'task.ts'),
      'type A = string;\nasync function main(): Promise<void> {\n  await null;\n  console.log(args, answer as number);\n}\nmain();\n',
    );
    expect(await run([...how, 'task.ts', 'one', '--two'])).toEqual({
      code: 0,
      stdout: "[ 'one', '--two' ] 42\n",
      stderr: closed,
    });
    writeFileSync(join(project.folder, 'broken.ts'), 'const a: number = 1;\n\nthrow new TypeError("no");\n');
    expect(await run([...how, 'broken.ts'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('TypeError: no\n    at broken.ts:3:7') as string,
    });
  });

  it('exits as the code says', async () => {
    expect((await run([...how, '-e', 'process.exit(7)'])).code).toBe(7);
    expect(
      (
        await run([
          ...how,
          '-e',
          'setTimeout(() => { throw new Error("late") }, 0); await new Promise((r) => setTimeout(r, 20))',
        ])
      ).code,
    ).toBe(1);
  });

  it('prints colours where they are forced only', async () => {
    expect((await run([...how, '-e', '({ a: 1 })'])).stdout).toBe('{ a: 1 }\n');
    expect((await run([...how, '-e', '({ a: 1 })'], '', { FORCE_COLOR: '1' })).stdout).toBe(
      '{ a: \u001b[33m1\u001b[39m }\n',
    );
  });
});

describe('a script', () => {
  it('runs in the server with --attach, and does not end it', async () => {
    const server = await project.server();
    expect(await run(['--attach', '-e', 'globalThis.seen = process.pid'])).toEqual({
      code: 0,
      stdout: `${server.pid}\n`,
      stderr: closed,
    });
    expect((await run(['--attach', '-e', 'process.exit(5)'])).code).toBe(5);
    expect((await run(['--attach', '-e', 'globalThis.seen'])).stdout).toBe(`${server.pid}\n`);
    // By itself a script has an application of its own.
    expect((await run(['-e', 'globalThis.seen'])).stdout).toBe('undefined\n');
    server.disconnect();
  });

  it('exits with 3 when there is no server to attach to', async () => {
    const other = new Project();
    const before = project;
    project = other;
    expect(await run(['--attach', '-e', '1'])).toEqual({
      code: 3,
      stdout: '',
      stderr: "no running server of this project\nhint: start one with 'app run', or leave out --attach\n",
    });
    project = before;
    await other.close();
  });

  it('says why the application could not be started', async () => {
    expect(await run(['--remote', '-e', '1'], '', { TEST_BROKEN: '1' })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: the application is broken\n',
    });
  });

  it('leaves the history alone', () => {
    expect(existsSync(project.state)).toBe(false);
  });
});
