import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { Blueprint, currentApp, echo, Flacon, g, int } from '../../src/index.ts';
import { confirm, prompt } from '../../src/prompts.ts';

const make = (): Flacon => new Flacon(undefined, { name: 'shop', staticFolder: null });

describe('app.cli', () => {
  it('runs a command inside an app context', async () => {
    const app = make();
    app.cli
      .command('init_db')
      .description('Initialize the SQLite database.')
      .action(async () => {
        await Promise.resolve();
        (g as { n?: number }).n = 1;
        echo(`Initialized the SQLite database of ${currentApp.name}!`);
      });
    const torn: unknown[] = [];
    app.teardownAppContext((error) => torn.push(error));
    const result = await app.testCliRunner().invoke(['init_db']);
    expect(result).toEqual({
      exitCode: 0,
      stdout: 'Initialized the SQLite database of shop!\n',
      stderr: '',
      output: 'Initialized the SQLite database of shop!\n',
      exception: undefined,
    });
    expect(torn).toHaveLength(1);
  });

  it('runs foreign Commander commands too', async () => {
    const app = make();
    app.cli.addCommand(
      new Command('plain')
        .option('-n, --count <n>', 'How many.', Number, 2)
        .action(({ count }) => console.log('n', count)),
    );
    expect((await app.testCliRunner().invoke(['plain', '-n', '3'])).stdout).toBe('n 3\n');
    expect(await app.testCliRunner().invoke(['plain', '--nope'])).toMatchObject({ exitCode: 2 });
  });

  it('starts each run with the defaults', async () => {
    const app = make();
    app.cli
      .command('c')
      .option('--name <text>')
      .action(({ name }) => echo(String(name)));
    const runner = app.testCliRunner();
    expect((await runner.invoke(['c', '--name', 'x'])).stdout).toBe('x\n');
    expect((await runner.invoke(['c'])).stdout).toBe('undefined\n');
  });
});

describe('blueprint.cli', () => {
  const withUsers = (): [Flacon, Blueprint] => {
    const users = new Blueprint('users');
    users.cli
      .command('create <email>')
      .description('Create a new user.')
      .action((email: string) => echo(`Added new user (email: ${email}) to ${currentApp.name}!`));
    return [make(), users];
  };

  it('is a group with the name of the blueprint', async () => {
    const [app, users] = withUsers();
    app.registerBlueprint(users, { urlPrefix: '/users' });
    expect(await app.testCliRunner().invoke(['users', 'create', 'a@b.c'])).toMatchObject({
      exitCode: 0,
      stdout: 'Added new user (email: a@b.c) to shop!\n',
    });
  });

  it('takes another name, or none, from the blueprint or its registration', async () => {
    const [one, users] = withUsers();
    one.registerBlueprint(users, { cliGroup: 'people' });
    expect((await one.testCliRunner().invoke(['people', 'create', 'x'])).stdout).toContain('x');
    const [two, merged] = withUsers();
    two.registerBlueprint(merged, { cliGroup: null });
    expect((await two.testCliRunner().invoke(['create', 'x'])).stdout).toContain('x');
  });

  it('merges groups of one name', async () => {
    const app = make();
    for (const name of ['one', 'two']) {
      const blueprint = new Blueprint(name, undefined, { cliGroup: 'admin' });
      blueprint.cli.command(name).action(() => echo(name));
      app.registerBlueprint(blueprint);
    }
    expect((await app.testCliRunner().invoke(['admin', 'one'])).stdout).toBe('one\n');
    expect((await app.testCliRunner().invoke(['admin', 'two'])).stdout).toBe('two\n');
  });

  it('belongs to the app that runs it', async () => {
    const [one, users] = withUsers();
    const two = new Flacon(undefined, { name: 'two', staticFolder: null });
    for (const app of [one, two]) app.registerBlueprint(users);
    const outputs = await Promise.all([one, two].map((app) => app.testCliRunner().invoke(['users', 'create', 'x'])));
    expect(outputs.map(({ stdout }) => stdout)).toEqual([
      'Added new user (email: x) to shop!\n',
      'Added new user (email: x) to two!\n',
    ]);
  });
});

describe('wrong usage', () => {
  const app = make();
  app.cli.command('init_db').action(() => {});
  app.cli
    .command('load <file> [rest...]')
    .option('-p, --port <port>', 'Port.', (text) => {
      if (!/^\d+$/.test(text)) throw new TypeError(`'${text}' is not a valid integer.`);
      return Number(text);
    })
    .addOption(new Option('--color <color>').choices(['red', 'blue']))
    .requiredOption('--name <name>')
    .action(() => {});
  const users = new Blueprint('users');
  users.cli.command('create <email>').action(() => {});
  app.registerBlueprint(users);

  it.each([
    [
      ['init-db'],
      "Usage: app [OPTIONS] COMMAND [ARGS]...\nTry 'app --help' for help.\n\nError: No such command 'init-db'. Did you mean 'init_db'?\n",
    ],
    [
      ['init_db', 'x', 'y'],
      "Usage: app init_db [OPTIONS]\nTry 'app init_db --help' for help.\n\nError: Got unexpected extra arguments (x y)\n",
    ],
    [
      ['users', 'creat'],
      "Usage: app users [OPTIONS] COMMAND [ARGS]...\nTry 'app users --help' for help.\n\nError: No such command 'creat'. Did you mean 'create'?\n",
    ],
    [
      ['users', 'create'],
      "Usage: app users create [OPTIONS] EMAIL\nTry 'app users create --help' for help.\n\nError: Missing argument 'EMAIL'.\n",
    ],
    [['load', 'f', '--name', 'n', '--prot', '1'], 'Error: No such option: --prot Did you mean --port?\n'],
    [['load', 'f', '--name', 'n', '-x'], 'Error: No such option: -x\n'],
    [
      ['load', 'f', '--name', 'n', '-p', 'x'],
      "Error: Invalid value for '--port' / '-p': 'x' is not a valid integer.\n",
    ],
    [
      ['load', 'f', '--name', 'n', '--color', 'pink'],
      "Error: Invalid value for '--color': 'pink' is not one of 'red', 'blue'.\n",
    ],
    [['load', 'f'], "Error: Missing option '--name'.\n"],
    [['load', 'f', '--name'], "Error: Option '--name' requires an argument.\n"],
  ])('%j', async (args, message) => {
    const { exitCode, stdout, stderr } = await app.testCliRunner().invoke(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    if (message.startsWith('Usage') || message.includes('requires an argument')) expect(stderr).toBe(message);
    else expect(stderr.endsWith(`\n\n${message}`), stderr).toBe(true);
  });
});

describe('help', () => {
  it('has the layout of Click', async () => {
    const app = make();
    app.cli
      .command('load <file> [rest...]')
      .description(
        'Load a file.\n\nSecond paragraph, which is long enough to be wrapped at the end of the line, as paragraphs are.',
      )
      .option('-n, --count <integer>', 'How many.', Number, 1)
      .option('--shout', 'Be loud, which takes a sentence so long that it has to go on in the next line.')
      .option('--no-shout')
      .addOption(new Option('--color <color>', 'Pick.').choices(['red', 'green']))
      .requiredOption('--name <text>', 'The name.')
      .action(() => {});
    expect((await app.testCliRunner().invoke(['load', '--help'])).stdout).toBe(`Usage: app load [OPTIONS] FILE [REST]...

  Load a file.

  Second paragraph, which is long enough to be wrapped at the end of the line,
  as paragraphs are.

Options:
  -n, --count INTEGER   How many.  [default: 1]
  --shout / --no-shout  Be loud, which takes a sentence so long that it has to
                        go on in the next line.
  --color [red|green]   Pick.
  --name TEXT           The name.  [required]
  --help                Show this message and exit.
`);
  });

  it('lists the commands of a group in order, without the hidden ones', async () => {
    const app = make();
    const group = app.cli.command('g').description('A group.');
    group
      .command('b')
      .description('Sub b. More.')
      .action(() => {});
    group.command('a').action(() => {});
    group.command('hidden', { hidden: true }).action(() => {});
    const page =
      'Usage: app g [OPTIONS] COMMAND [ARGS]...\n\n  A group.\n\nOptions:\n  --help  Show this message and exit.\n\nCommands:\n  a\n  b  Sub b.\n';
    expect(await app.testCliRunner().invoke(['g', '--help'])).toMatchObject({ exitCode: 0, stdout: page, stderr: '' });
    expect(await app.testCliRunner().invoke(['g'])).toMatchObject({ exitCode: 2, stdout: '', stderr: page });
  });
});

describe('environment', () => {
  it('stands for options that are not given', async () => {
    const app = make();
    app.cli
      .command('c')
      .option('--max-size <n>', '', Number, 1)
      .option('--no-color')
      .action((options) => echo(JSON.stringify(options)));
    const run = async (args: string[], env: Record<string, string>) =>
      (await app.testCliRunner().invoke(['c', ...args], { env })).output;
    expect(await run([], {})).toBe('{"maxSize":1,"color":true}\n');
    expect(await run([], { FLACON_C_MAX_SIZE: '5', FLACON_C_COLOR: '0' })).toBe('{"maxSize":5,"color":false}\n');
    expect(await run(['--max-size', '7'], { FLACON_C_MAX_SIZE: '5', FLACON_C_COLOR: '' })).toBe(
      '{"maxSize":7,"color":true}\n',
    );
    expect(await run(['--no-color'], { FLACON_C_COLOR: '1' })).toBe('{"maxSize":1,"color":false}\n');
    expect(await run([], { FLACON_C_COLOR: 'maybe' })).toContain("'maybe' is not a valid boolean");
    app.cli.commands[0]?.option('--port <port>', '', int);
    expect(await run([], { FLACON_C_PORT: 'x' })).toContain(
      "Invalid value for '--port': 'x' is not a valid integer (from the environment variable FLACON_C_PORT).",
    );
  });
});

describe('prompts', () => {
  const asking = (body: () => Promise<unknown>) => {
    const app = make();
    app.cli.command('ask').action(async () => echo(`got ${JSON.stringify(await body())}`));
    return (input: string) => app.testCliRunner().invoke(['ask'], { input });
  };

  it('ask until there is an answer', async () => {
    expect((await asking(() => prompt('Name'))('\nAnn\n')).stdout).toBe('Name: \nName: Ann\ngot "Ann"\n');
    expect((await asking(() => prompt('Name', { default: 'Bob' }))('\n')).stdout).toBe('Name [Bob]: \ngot "Bob"\n');
  });

  it('refuse what is not a choice or not of the type', async () => {
    expect((await asking(() => prompt('Color', { choices: ['red', 'blue'] }))('pink\nblue\n')).stdout).toBe(
      "Color (red, blue): pink\nError: 'pink' is not one of 'red', 'blue'.\nColor (red, blue): blue\ngot \"blue\"\n",
    );
    const type = (text: string): number => {
      if (!/^\d+$/.test(text)) throw new TypeError(`'${text}' is not a valid integer.`);
      return Number(text);
    };
    expect((await asking(() => prompt('N', { type }))('x\n5\n')).stdout).toBe(
      "N: x\nError: 'x' is not a valid integer.\nN: 5\ngot 5\n",
    );
  });

  it('hide a password and ask for it twice', async () => {
    const { stdout } = await asking(() => prompt('P', { hideInput: true, confirmationPrompt: true }))('a\nb\nc\nc\n');
    expect(stdout).toBe(
      'P: \nRepeat for confirmation: \nError: The two entered values do not match.\nP: \nRepeat for confirmation: \ngot "c"\n',
    );
  });

  it('confirm', async () => {
    expect((await asking(() => confirm('Go?'))('\n')).stdout).toBe('Go? [y/N]: \ngot false\n');
    expect((await asking(() => confirm('Go?', { default: true }))('\n')).stdout).toBe('Go? [Y/n]: \ngot true\n');
    expect((await asking(() => confirm('Go?', { default: null }))('\nYES\n')).stdout).toBe(
      'Go? [y/n]: \nError: invalid input\nGo? [y/n]: YES\ngot true\n',
    );
  });

  it('abort at the end of input, and on a no where that is asked for', async () => {
    expect(await asking(() => prompt('Name'))('')).toMatchObject({
      exitCode: 1,
      stdout: 'Name: ',
      stderr: 'Aborted!\n',
    });
    expect(await asking(() => confirm('Drop?', { abort: true }))('n\n')).toMatchObject({
      exitCode: 1,
      stdout: 'Drop? [y/N]: n\n',
      stderr: 'Aborted!\n',
    });
  });
});

describe('testCliRunner', () => {
  it('catches output, exit codes and errors of all kinds', async () => {
    const app = make();
    app.cli.command('print').action(() => {
      console.log('log');
      console.error('error');
      process.stdout.write('written\n');
      echo('err', { err: true });
    });
    app.cli.command('exit').action(() => process.exit(3));
    app.cli.command('code').action(() => {
      process.exitCode = 4;
    });
    app.cli.command('fail').action(() => {
      throw new RangeError('boom');
    });
    app.cli.command('usage').action((_options, command: Command) => command.error('it failed', { exitCode: 5 }));
    const runner = app.testCliRunner();
    expect(await runner.invoke(['print'])).toMatchObject({
      stdout: 'log\nwritten\n',
      stderr: 'error\nerr\n',
      output: 'log\nerror\nwritten\nerr\n',
    });
    expect(await runner.invoke(['exit'])).toMatchObject({ exitCode: 3 });
    expect(await runner.invoke(['code'])).toMatchObject({ exitCode: 4, exception: undefined });
    expect(await runner.invoke(['fail'])).toMatchObject({ exitCode: 1, stderr: '', exception: new RangeError('boom') });
    expect(await runner.invoke(['usage'])).toMatchObject({ exitCode: 5, stderr: 'Error: it failed\n' });
    expect(process.exitCode).toBeUndefined();
  });

  it('sets the environment and puts it back', async () => {
    process.env['FLACON_TEST_A'] = 'before';
    const app = make();
    app.cli.command('env').action(() => echo(`${process.env['FLACON_TEST_A']} ${process.env['FLACON_TEST_B']}`));
    const { stdout } = await app
      .testCliRunner()
      .invoke(['env'], { env: { FLACON_TEST_A: undefined, FLACON_TEST_B: 'b' } });
    expect(stdout).toBe('undefined b\n');
    expect([process.env['FLACON_TEST_A'], process.env['FLACON_TEST_B']]).toEqual(['before', undefined]);
    delete process.env['FLACON_TEST_A'];
  });
});
