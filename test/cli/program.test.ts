import { rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Project, waitFor } from './support.ts';

const HELLO =
  "import { Flacon } from 'flacon';\nexport const app = new Flacon(import.meta);\napp.get('/', function index() { return 'hi'; });\n";

const project = new Project({
  'app.ts': `${HELLO}
import { echo, prompt } from 'flacon';
enum Level { High = 3 }
app.cli.command('init_db').description('Initialize the SQLite database.').action(() => echo('Initialized!'));
app.cli.command('code').action(() => { process.exitCode = Level.High; });
app.cli.command('boom').action(() => explode());
app.cli.command('hang').action(() => new Promise(() => { setInterval(() => {}, 1000); echo('waiting'); }));
app.cli.command('cleanup').action(() => new Promise(() => {
  setInterval(() => {}, 1000);
  process.once('SIGINT', () => { echo('cleaned up'); process.exit(7); });
  echo('waiting');
}));
app.cli.command('ask').action(async () => echo('hi ' + await prompt('Name')));
app.cli.command('debug').action(() => echo(String(app.debug)));
function explode(): never {
  throw new RangeError('too far');
}
`,
  'syntax.ts': 'export const a: number = 1;\nconst b = ;\n',
  'throws.ts':
    "interface Config { a: number }\n\nfunction build(): Config {\n  throw new ReferenceError('late');\n}\nbuild();\n",
  'factory.ts': "export function createApp() {\n  throw new TypeError('inside');\n}\n",
  'missing.ts': `${HELLO}import nothing from 'does-not-exist-xyz';\nnothing();\n`,
  'name.ts': "import { Flacon, nothing } from 'flacon';\nnothing();\n",
  'stocks.ts': HELLO,
  'cjs/package.json': '{ "type": "commonjs" }',
  'cjs/app.ts': `${HELLO}await Promise.resolve();\n`,
  'cjs/plain.js':
    "const { Flacon } = require('flacon');\nconst app = new Flacon();\napp.get('/', function plain() {});\nmodule.exports = { app };\n",
});
afterAll(() => project.remove());

describe('what goes wrong is said once, without frames of ours', () => {
  it.each([
    [
      ['--app', 'stock', 'routes'],
      2,
      "Error: Could not find the module 'stock' that --app names: looked for stock.ts, stock.js, stock/index.ts in <DIR>.\nHint: did you mean --app stocks?\n",
    ],
    [
      ['--app', 'app:nope', 'routes'],
      2,
      /^Error: The module 'app' has no export 'nope' \(it exports app\)\.\nHint: .*\n$/,
    ],
    [
      ['--app', 'syntax', 'routes'],
      1,
      /^Error: While importing 'syntax\.ts', a SyntaxError was raised\.\n\nSyntaxError: Unexpected ";"\n {4}at syntax\.ts:2:11\n\n {2}1 \| .*\n> 2 \| const b = ;\n {4}\| +\^\n/,
    ],
    [
      ['--app', 'throws', 'routes'],
      1,
      /^Error: While importing 'throws\.ts', a ReferenceError was raised\.\n\nReferenceError: late\n {4}at build \(throws\.ts:4:9\)\n\n[^]*\n\n {4}at throws\.ts:6:1\n$/,
    ],
    [
      ['--app', 'factory', 'routes'],
      1,
      /^Error: The factory 'createApp' in 'factory' failed\.\n\nTypeError: inside\n {4}at createApp \(factory\.ts:2:9\)\n/,
    ],
    [
      ['--app', 'missing', 'routes'],
      2,
      /^Error: While importing 'missing\.ts', an Error was raised\.\n\nError: Cannot find package 'does-not-exist-xyz'\n {4}at missing\.ts:4:22\n/,
    ],
    [['--app', 'name', 'routes'], 2, /does not provide an export named\s'nothing'\n {4}at name\.ts:1:18\n/],
    [['boom'], 1, /^RangeError: too far\n {4}at explode \(app\.ts:\d+:9\)\n/],
    [
      ['init-db'],
      2,
      "Usage: app [OPTIONS] COMMAND [ARGS]...\nTry 'app --help' for help.\n\nError: No such command 'init-db'. Did you mean 'init_db'?\n",
    ],
    [['rutes'], 2, /Error: No such command 'rutes'\. Did you mean 'routes'\?\n$/],
    [['run', '--port', 'x'], 2, /Error: Invalid value for '--port' \/ '-p': 'x' is not a valid integer\.\n$/],
    [['run', '--prot', '1'], 2, /Error: No such option: --prot \(Possible options: --host, --port\)\n$/],
    [
      ['routes', '--sort', 'size'],
      2,
      /Error: Invalid value for '--sort' \/ '-s': 'size' is not one of 'endpoint', 'methods', 'domain', 'rule', 'match'\.\n$/,
    ],
  ])('%j', async (args, code, message) => {
    const result = await project.run(args);
    if (typeof message === 'string') expect(result.stderr).toBe(message);
    else expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).not.toMatch(/node:internal|\/dist\/|\/src\/|node_modules/);
  });

  it('but built-in commands work without the application', async () => {
    const result = await project.run(['--app', 'throws', 'routes', '--help']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const help = await project.run(['--app', 'throws', '--help']);
    expect(help.code).toBe(0);
    expect(help.stderr).toMatch(/^Error: While importing 'throws\.ts'/);
    expect(help.stdout).toMatch(/\nCommands:\n {2}routes .*\n {2}run .*\n {2}shell .*\n$/);
  });
});

describe('commands of the application', () => {
  it('are listed with the built-in ones, in order', async () => {
    const { stdout } = await project.run(['--help']);
    const names = [...stdout.slice(stdout.indexOf('\nCommands:')).matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(names).toEqual(['ask', 'boom', 'cleanup', 'code', 'debug', 'hang', 'init_db', 'routes', 'run', 'shell']);
    expect(stdout).toContain('  init_db  Initialize the SQLite database.\n');
  });

  it('end with their exit code', async () => {
    expect(await project.run(['init_db'])).toMatchObject({ code: 0, stdout: 'Initialized!\n', stderr: '' });
    expect(await project.run(['code'])).toMatchObject({ code: 3 });
  });

  it('are found in a package of CommonJS modules', async () => {
    expect((await project.run(['--app', 'cjs/app', 'routes'])).stdout).toContain('index     GET      /');
    expect((await project.run(['--app', 'cjs/plain', 'routes'])).stdout).toContain('plain     GET      /');
  });

  it('see debug mode as the command line says', async () => {
    const outputs = await Promise.all([
      project.run(['debug']),
      project.run(['--debug', 'debug']),
      project.run(['debug'], { FLACON_DEBUG: '1' }),
      project.run(['--no-debug', 'debug'], { FLACON_DEBUG: '1' }),
    ]);
    expect(outputs.map(({ stdout }) => stdout.trim())).toEqual(['false', 'true', 'true', 'false']);
  });

  it('end at Ctrl-C, by themselves if they handle it', async () => {
    const hang = project.start(['hang']);
    await waitFor(hang, 'waiting');
    hang.kill('SIGINT');
    const { code, signal, stderr } = await hang.ended;
    expect([code ?? signal, stderr]).toEqual([130, '']);
    const cleanup = project.start(['cleanup']);
    await waitFor(cleanup, 'waiting');
    cleanup.kill('SIGINT');
    expect(await cleanup.ended).toMatchObject({ code: 7, stdout: 'waiting\ncleaned up\n' });
  });

  it('are asked through a pipe', async () => {
    expect(await project.run(['ask'], {}, 'Ann\n')).toMatchObject({ code: 0, stdout: 'Name: hi Ann\n' });
    expect(await project.run(['ask'], {}, '')).toMatchObject({ code: 1, stdout: 'Name: ', stderr: 'Aborted!\n' });
  });
});

describe('colour', () => {
  it('is for terminals, and for whom asks for it', async () => {
    const args = ['--app', 'nope', 'routes'];
    expect((await project.run(args)).stderr).not.toContain('\u001b');
    expect((await project.run(args, { FORCE_COLOR: '1' })).stderr).toContain('\u001b[31mError: Could not find');
    expect((await project.run(args, { FORCE_COLOR: '1', NO_COLOR: '1' })).stderr).not.toContain('\u001b');
  });
});

describe('app shell', () => {
  it('runs code, a pipe or a file in an application of its own', async () => {
    expect(await project.run(['shell', '-e', '1 + 1'])).toMatchObject({ code: 0, stdout: '2\n', stderr: '' });
    expect(await project.run(['shell'], {}, 'app.name\n')).toMatchObject({ code: 0, stdout: "'app'\n", stderr: '' });
    project.write({ 'script.ts': "console.log(args.join('+'), app.name);\n" });
    expect(await project.run(['shell', 'script.ts', '--flag', 'x'])).toMatchObject({
      code: 0,
      stdout: '--flag+x app\n',
    });
  });

  it('ends with 1 where the code throws, and where the application does', async () => {
    expect(await project.run(['shell', '-e', "throw new Error('x')"])).toMatchObject({ code: 1, stdout: '' });
    const { code, stderr } = await project.run(['--app', 'throws', 'shell', '-e', '1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error: While importing 'throws\.ts', a ReferenceError was raised\.\n\nReferenceError: late\n/,
    );
  });

  it('says which file it cannot run', async () => {
    expect(await project.run(['shell', 'none.ts'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        "Error: none.ts cannot be read: there is no such file.\nHint: app shell FILE runs a file, app shell -e 'CODE' runs code\n",
    });
    expect(await project.run(['shell', 'cjs'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Error: cjs cannot be read: it is a folder\.\n/) as string,
    });
  });

  it('takes code or a file', async () => {
    expect(await project.run(['shell', '-e', '1', 'script.ts'])).toMatchObject({
      code: 2,
      stderr: 'Error: Give code or a file, not both.\n',
    });
  });
});

describe('app run', () => {
  it('says who has the port, and which one is free', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const result = await project.run(['run', '--port', String(port)]);
    server.close();
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(
      new RegExp(
        `^Error: Port ${port} is in use by process ${process.pid} \\(.*\\)\\. Stop it, or take another port: --port \\d+\n$`,
      ),
    );
  });

  it('says what is wrong with an address, and how to get another', async () => {
    const usage = "Usage: app run [OPTIONS]\nTry 'app run --help' for help.\n\n";
    expect(await project.run(['run', '--port', '70000'])).toMatchObject({
      code: 2,
      stderr: `${usage}Error: Invalid value for '--port' / '-p': 70000 is not in the range 0<=x<=65535.\n`,
    });
    // Of the range for documentation (RFC 5737): no machine has it.
    expect(await project.run(['run', '--host', '192.0.2.1', '--port', '0'])).toMatchObject({
      code: 1,
      stderr:
        'Error: Cannot listen at 192.0.2.1, port 0: this machine has no such address. Take one that it has: --host 127.0.0.1\n',
    });
  });

  it('goes on with the environment it has while a file of it is away', async () => {
    project.write({ 'my.env': 'WORD=one', 'word.ts': `${HELLO}app.get('/word', () => process.env['WORD'] ?? '');\n` });
    const child = project.start(['--env-file', 'my.env', '--app', 'word', 'run', '--port', '0']);
    const [, url = ''] = /Running on (http:\S+)/.exec(await waitFor(child, /Running on http:\S+\n/)) ?? [];
    const word = async (): Promise<string> => (await fetch(`${url}/word`)).text();
    expect(await word()).toContain('one');
    rmSync(join(project.folder, 'my.env'));
    await waitFor(
      child,
      /The environment file \S+my\.env cannot be read \(ENOENT\)\. The environment stays as it was\.\n/,
    );
    expect(await word()).toContain('one');
    project.write({ 'my.env': 'WORD=two' });
    await waitFor(child, /(?:Restarting: my\.env has changed[^]*){2}/);
    // The old process may have had a request before it was told.
    while (!(await word()).includes('two'));
    child.kill('SIGINT');
    expect(await child.ended).toMatchObject({ code: 0 });
  });

  it('serves the application until Ctrl-C', async () => {
    const child = project.start(['run', '--port', '0']);
    const [, url = ''] = /Running on (http:\S+)/.exec(await waitFor(child, /Running on http:\S+\n/)) ?? [];
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('hi')]);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await child.ended;
    expect(code).toBe(0);
    expect(stdout).toContain(' * Debug mode: on\n');
    expect(stderr).toContain('Open a shell in this server with: app shell');
    expect(stderr).toMatch(/"GET \/ HTTP\/1\.1" 200/);
  });
});
