import { CLIENT_COMMANDS } from './client-command-list.ts';
import type { CommandTable } from './commands.ts';
import type { Shell, ShellCommand } from './plugins.ts';
import type { CommandInfo } from './protocol.ts';

/** `.help`: all commands on one screen by group, one group with what they do, or one of them. */
export function helpCommand(table: CommandTable): ShellCommand {
  return {
    name: 'help',
    aliases: ['h'],
    usage: '.help [COMMAND|GROUP]',
    description: 'The commands, those of a group, or more about one.',
    group: 'shell',
    complete: () => [...table.list().map(({ name }) => name), ...groupBy(table.list()).keys()],
    run(shell, args) {
      const groups = groupBy(table.list());
      const group = groups.get(args);
      if (args === '') showAll(shell, groups);
      else if (group) showGroup(shell, group);
      else showOne(shell, table, args.replace(/^\./, ''));
    },
  };
}

function showAll(shell: Shell, groups: ReadonlyMap<string, readonly CommandInfo[]>): void {
  const width = Math.max(...[...groups.keys()].map((group) => group.length)) + 2;
  for (const [group, commands] of groups) {
    const names = commands.map(({ name }) => `.${name}`);
    const [first = '', ...others] = wrapped(names, Math.max(20, shell.columns - width));
    shell.print(`${group.padEnd(width)}${first}`);
    for (const line of others) shell.print(' '.repeat(width) + line);
  }
  shell.print('.help NAME tells more about a command or a group.');
}

function wrapped(words: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function showGroup(shell: Shell, commands: readonly CommandInfo[]): void {
  const lines = commands.map((command) => ({ ...command, usage: shortUsage(command) }));
  const width = Math.max(...lines.map(({ usage }) => usage.length));
  for (const { usage, description } of lines) shell.print(helpLine(usage.padEnd(width), description, shell.columns));
}

/** The whole usage of a command with many options is for `.help NAME`. */
function shortUsage({ name, usage }: CommandInfo): string {
  return usage.length > 24 ? `.${name} …` : usage;
}

function helpLine(usage: string, description: string, columns: number): string {
  const line = `  ${usage}  ${description}`;
  return line.length > columns ? `${line.slice(0, Math.max(1, columns - 1))}…` : line;
}

function groupBy(commands: readonly CommandInfo[]): Map<string, CommandInfo[]> {
  const groups = new Map<string, CommandInfo[]>();
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return groups;
}

function showOne(shell: Shell, table: CommandTable, name: string): void {
  const info = table.list().find((command) => command.name === name || command.aliases.includes(name));
  const command = CLIENT_COMMANDS.some((client) => client === info) ? undefined : table.get(name);
  const lines = [info?.usage ?? `.${name}`, info?.description ?? ''];
  if (command?.help !== undefined) lines.push('', ...command.help.split('\n'));
  for (const line of lines) shell.print(wrapLine(line, shell.columns));
}

/** Breaks a long line between its words. What follows stands beneath its text, which may come after a term and blanks. */
function wrapLine(line: string, columns: number): string {
  if (line.length <= columns) return line;
  const [head = ''] = /^\s*(?:\S+(?: \S+)* {2,})?/.exec(line) ?? [];
  const isLong = head.length > columns / 2;
  const indent = isLong ? 4 : head.length;
  const [first = '', ...others] = wrapped(line.slice(head.length).split(' '), columns - indent);
  const begin = isLong ? [head.trimEnd(), ' '.repeat(indent) + first] : [head + first];
  return [...begin, ...others.map((text) => ' '.repeat(indent) + text)].join('\n');
}
