import type { CommandInfo } from './protocol.ts';

/** Commands that the client does itself; the host only lists them. */
export const CLIENT_COMMANDS: readonly CommandInfo[] = [
  { name: 'exit', aliases: ['quit', 'q'], usage: '.exit', description: 'Leave the shell (Ctrl-D).', group: 'shell' },
  { name: 'clear', aliases: [], usage: '.clear', description: 'Clear the screen (Ctrl-L).', group: 'shell' },
  {
    name: 'history',
    aliases: [],
    usage: '.history [-g TEXT] [--last N] [--forget N]',
    description: 'What was typed in the shells of this project.',
    group: 'shell',
  },
  {
    name: 'rerun',
    aliases: [],
    usage: '.rerun N[-M]',
    description: 'Run entries of the history again.',
    group: 'shell',
  },
  {
    name: 'pager',
    aliases: [],
    usage: '.pager on|off',
    description: 'Show long results page by page.',
    group: 'printing',
  },
];

/** Names and values of the client's settings, for the completion of `.set`. */
export const CLIENT_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  pager: ['on', 'off'],
  preview: ['on', 'off'],
};

/** The client's command of a name. */
export function clientCommand(name: string): CommandInfo | undefined {
  return CLIENT_COMMANDS.find((command) => command.name === name || command.aliases.includes(name));
}
