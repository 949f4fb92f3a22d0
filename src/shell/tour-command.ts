import type { Shell, ShellCommand } from './plugins.ts';

/** A stop of the tour: what it is about, and what to type. */
type Stop = (shell: Shell) => { about: string; type: string };

const STOPS: readonly Stop[] = [
  () => ({ about: 'Your application is here: complete its members with Tab.', type: 'app.' }),
  () => ({ about: 'What it answers, and where that is written:', type: '.routes' }),
  (shell) => ({ about: 'Ask it, in this process, with cookies kept:', type: `await client.get('${pathOf(shell)}')` }),
  () => ({
    about: 'Types, imports and await work as in a file; _ is the last value.',
    type: 'const n: number = 6 * 7',
  }),
  () => ({ about: 'Look at anything: its members, or into it on the whole screen (q leaves).', type: '.ls client' }),
  (shell) => ({
    about: 'Save a file of the project now: variables stay, classes are renewed.',
    type: shell.isAttached ? `await client.get('${pathOf(shell)}')` : '.reload',
  }),
  () => ({ about: 'Documentation and source of what you have in hand:', type: '.doc urlFor' }),
  () => ({ about: 'How long something takes, and why:', type: `.bench urlMap.bind('localhost')` }),
  () => ({ about: 'What you tried becomes a test that passes at once:', type: '.test save tour.test.ts' }),
  () => ({ about: 'That was the tour. All commands are in .help, all keys in Ctrl-G.', type: '.help' }),
];

/** `.tour`: one stop after the other, each with something to type. */
export function tourCommand(): ShellCommand {
  let next = 0;
  return {
    name: 'tour',
    usage: '.tour [N]',
    description: 'What this shell can do, in ten steps and a minute.',
    group: 'shell',
    run(shell, args) {
      if (args !== '') next = Number(args) - 1;
      const stop = STOPS[next];
      if (!stop) throw new Error(`'${args}' is no step: .tour, or .tour 1 to .tour ${STOPS.length}`);
      const { about, type } = stop(shell);
      shell.print(`${next + 1}/${STOPS.length} ${about}`);
      const isLast = next === STOPS.length - 1;
      shell.print(`     type  ${type}${isLast ? '' : '     and then  .tour'}`);
      next = isLast ? 0 : next + 1;
    },
  };
}

/** A page that can be asked for without knowing anything. */
function pathOf({ app }: Shell): string {
  const rules = [...app.urlMap.iterRules()].filter(
    ({ rule, methods }) => !rule.includes('<') && methods?.has('GET') !== false,
  );
  return rules.find(({ rule }) => rule === '/')?.rule ?? rules[0]?.rule ?? '/';
}
