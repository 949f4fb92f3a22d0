import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runProcess, runServer, type ProcessCase, type ServerOutcome } from './cli-process.ts';
import { buildApp, invoke, type InvokeCase, type Outcome } from './cli-support.ts';
import type { AppSpec } from './cli-types.ts';

interface Expected extends Outcome {
  kind: 'cli' | 'serve' | 'reload';
  responses?: [status: number, body: string][];
  exception?: string;
  alt?: Partial<Outcome>;
}

type Case = { id: string; tags?: string[]; expect: Expected } & (
  ({ op: 'invoke'; app: string } & InvokeCase) | ({ op: 'process'; scenario: string } & ProcessCase)
);

const corpus = JSON.parse(readFileSync(new URL('cli.json', import.meta.url), 'utf8')) as {
  defs: { apps: Record<string, { app: AppSpec }> };
  cases: Case[];
};

const COMMANDER = 'Commander has no such parameter: ';
const PARAMETER = {
  variadic: `${COMMANDER}a variadic argument before another one`,
  several: `${COMMANDER}an argument or option of a fixed number of values`,
  argumentVariable: `${COMMANDER}an argument from the environment`,
  pair: `${COMMANDER}a flag pair other than --x/--no-x`,
  caseless: `${COMMANDER}choices without regard to case`,
  date: `${COMMANDER}a date; a parser function of the application's own makes one`,
  names: `${COMMANDER}a third name of an option`,
};
const OWN_PAGE = "the help page of a built-in command: its options are this program's";
const SGR = 'escape codes are ended one by one, not by a reset, so that styles nest';
const COMMAND = 'Commander has no such kind of command';

/** What differs by nature. Everything else has to be as recorded. */
const DIFFERS: Readonly<Record<string, string>> = {
  'cli-0087': `${COMMAND}: deprecated`,
  'cli-0091': OWN_PAGE,
  'cli-0112': OWN_PAGE,
  'cli-0120': PARAMETER.variadic,
  'cli-0121': PARAMETER.variadic,
  'cli-0126': PARAMETER.several,
  'cli-0127': PARAMETER.several,
  'cli-0139': PARAMETER.argumentVariable,
  'cli-0188': PARAMETER.pair,
  'cli-0190': PARAMETER.pair,
  'cli-0206': PARAMETER.several,
  'cli-0209': PARAMETER.several,
  'cli-0218': PARAMETER.caseless,
  'cli-0237': PARAMETER.date,
  'cli-0239': PARAMETER.date,
  'cli-0240': PARAMETER.date,
  'cli-0241': PARAMETER.date,
  'cli-0261': PARAMETER.names,
  'cli-0323': SGR,
  'cli-0324': SGR,
  'cli-0326': "Click's context object",
  'cli-0332': `${COMMAND}: help when called without arguments`,
  'cli-0369': `${COMMAND}: chained subcommands`,
  'cli-0379': "the program's own help page",
  'cli-0392': 'JavaScript calls a function with too few arguments, so that this factory makes an app',
  'cli-0448': 'version-text',
  'cli-0473': 'an error is logged, with or without the debugger',
  'cli-0477': 'the banner is printed while the application loads',
  'cli-0425':
    'Node reads --env-file wherever it stands on a command line, and ends if there is no such file; it leaves -e alone',
};

/** The program's name is not Flask's, and it goes on to suggest a command. */
const asFlask = (text: string): string =>
  text
    .replace(/(No such command '.*?'\.) Did you mean '.*?'\?/, '$1')
    .replace(/(Error: Invalid value for .*?) \(from [^\n]*\)\./, '$1.');
const renamed = (text: string): string => text.replaceAll('flask', 'app').replace(/ (Recognized values: .*)$/m, '');

/** The messages about finding an app are in this program's words. What they say is compared by this table. */
const MESSAGES: readonly (readonly [recorded: RegExp, own: RegExp])[] = [
  [/Could not locate a Flask application/, /Could not locate an application: there is no app\.ts/],
  [/Could not import '(.*?)'/, /Could not find the module '$1'/],
  [/While importing '(.*?)'/, /While importing '$1/],
  [/Detected multiple Flask applications in module '(.*?)'/, /The module '$1' exports several applications/],
  [/Failed to find attribute/, /has no export|Could not locate an application/],
  [/Failed to parse '(.*?)' as an attribute name/, /'$1' is neither a name nor a call/],
  [/Failed to parse arguments as literal values/, /are not literals/],
  [/A valid Flask application was not obtained from '(.*?)'/, /'$1' is not an application/],
  [/TypeError: inside/, /TypeError: inside/],
  [/No such command '(.*?)'/, /No such command '$1'/],
];

function saysTheSame(recorded: string, own: string): boolean {
  if (renamed(recorded) === asFlask(own)) return true;
  const relevant = MESSAGES.map(([pattern, answer]) => [pattern.exec(recorded), answer] as const).filter(
    ([found]) => found !== null,
  );
  return (
    relevant.length > 0 &&
    relevant.every(([found, answer]) =>
      new RegExp(answer.source.replace('$1', found?.[1]?.replaceAll('create_app', 'createApp') ?? '')).test(own),
    )
  );
}

function agrees({ expect: expected }: Case, got: Outcome): boolean {
  return [expected, { ...expected, ...expected.alt }].some(
    ({ exit_code, stdout, stderr }) =>
      exit_code === got.exit_code &&
      renamed(stdout) === got.stdout &&
      // What escapes a command is shown here, and thrown there.
      (expected.exception !== undefined || saysTheSame(stderr, got.stderr)),
  );
}

async function answer(item: Case): Promise<Outcome> {
  if (item.op === 'process') return runProcess(item);
  const definition = corpus.defs.apps[item.app];
  if (definition === undefined) throw new Error(`No such app: ${item.app}`);
  return invoke(buildApp(definition.app), item);
}

async function replay(cases: readonly Case[], atOnce: number): Promise<void> {
  const unexpected: string[] = [];
  const queue = [...cases];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const got = await answer(item).catch((error: unknown) => ({ exit_code: -1, stdout: '', stderr: String(error) }));
      const isSame = agrees(item, got);
      const difference = DIFFERS[item.id];
      if (isSame && difference !== undefined)
        unexpected.push(`${item.id} is as recorded, though listed: ${difference}`);
      if (!isSame && difference === undefined) {
        unexpected.push(
          `${item.id} ${item.args.join(' ')}\n  recorded ${JSON.stringify(item.expect)}\n  got      ${JSON.stringify(got)}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  expect(unexpected.join('\n')).toBe('');
}

type Server = Extract<Case, { op: 'process' }>;
const servers = corpus.cases.filter((item): item is Server => item.op === 'process' && item.expect.kind === 'serve');

const asPage = (body: string): string => (body.includes('boom') ? '<DEBUGGER PAGE>' : body);

/** What a server printed, as far as it is the same thing: where it runs, the request log without times, errors. */
function linesOf({ stderr }: Pick<ServerOutcome, 'stderr'>): string[] {
  const log = /^ \* Running on .*$|^127\.0\.0\.1 - - \[<DATE>\] "[^"]*" \d+|^\w*Error: \w+$/gm;
  return [...stderr.matchAll(log)].map(([line]) => line.replace(/^(ValueError|RangeError)/, 'Error')).sort();
}

describe('the command line answers as recorded', () => {
  const cases = corpus.cases.filter(({ expect: { kind }, tags = [] }) => kind === 'cli' && !tags.includes('repl'));

  it('in process', () =>
    replay(
      cases.filter(({ op }) => op === 'invoke'),
      1,
    ));

  it('as a program', () =>
    replay(
      cases.filter(({ op }) => op === 'process'),
      2,
    ));

  it.each(servers)('as a server: $scenario', async (item) => {
    const { expect: expected } = item;
    const got = await runServer(item);
    const recorded = [expected.responses, expected.stdout.replace('Flask app', 'Flacon app'), linesOf(expected)];
    const own = [got.responses.map(([status, body]) => [status, asPage(body)]), got.stdout, linesOf(got)];
    if (DIFFERS[item.id] === undefined) expect(own).toEqual(recorded);
    else expect(own).not.toEqual(recorded);
  });

  it('and lists no difference for nothing', () => {
    const ids = new Set(corpus.cases.map(({ id }) => id));
    expect(Object.keys(DIFFERS).filter((id) => !ids.has(id))).toEqual([]);
  });
});
