import type { SessionContext } from './context.ts';
import { membersOf, typeName, type MemberGroup } from './members.ts';
import type { Shell, ShellCommand } from './plugins.ts';
import { summarizeNamed } from './printer.ts';
import type { SessionScope } from './scope.ts';

/** `.ls`: the variables of a session, or the members of a value. Runs no getter of what it lists. */
export function lsCommand(scope: SessionScope, context: SessionContext): ShellCommand {
  return {
    name: 'ls',
    usage: '.ls [-g REGEX] [VALUE]',
    description: 'The variables of this session, or the members of a value.',
    help: '-g REGEX lists only what matches: of the variables and the names of the application, or of the members.',
    group: 'session',
    complete: () => scope.names(),
    async run(shell, args) {
      const { filter, rest } = parse(args);
      if (rest !== '') return showMembers(shell, await shell.evaluate(rest), filter);
      const variables = scope.list().filter(({ name }) => filter?.test(name) ?? true);
      const names = filter === undefined ? [] : context.describe().filter(({ name }) => filter.test(name));
      if (variables.length + names.length === 0)
        return shell.print(filter === undefined ? 'No variables yet.' : `Nothing matches ${filter.source}.`);
      const room = Math.max(20, shell.columns - 40);
      shell.table(
        ['', '', '', ''],
        [
          ...variables.map(({ name, kind, value }) => [kind, name, typeName(value), summarizeNamed(name, value, room)]),
          ...names.map(({ name, from }) => ['context', name, '', from]),
        ],
      );
    },
  };
}

function parse(args: string): { filter: RegExp | undefined; rest: string } {
  const [, pattern, rest = ''] = /^(?:-g|--grep)\s+(\S+)\s*([^]*)$/.exec(args) ?? [];
  if (pattern === undefined) {
    if (/^(?:-g|--grep)\b/.test(args)) throw new Error('what to look for? .ls -g REGEX [VALUE]');
    return { filter: undefined, rest: args };
  }
  try {
    return { filter: new RegExp(pattern, 'i'), rest };
  } catch {
    throw new Error(`'${pattern}' is no regular expression`);
  }
}

function showMembers(shell: Shell, value: unknown, filter: RegExp | undefined): void {
  const found = membersOf(value, Math.max(20, shell.columns - 40))
    .map(({ title, members }): MemberGroup => ({
      title,
      members: members.filter(({ name }) => filter?.test(name) ?? true),
    }))
    .filter(({ members }) => members.length > 0);
  if (found.length === 0)
    return shell.print(filter === undefined ? 'It has no members.' : `Nothing matches ${filter.source}.`);
  const width = Math.min(
    40,
    Math.max(...found.flatMap(({ members }) => members.map(({ name, parameters }) => name.length + parameters.length))),
  );
  for (const { title, members } of found) {
    shell.print(title);
    shell.table(
      ['', '', '', ''],
      members.map(({ name, parameters, type, text }) => ['', (name + parameters).padEnd(width), type, text]),
    );
  }
}
