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
  { name: 'type', aliases: [], usage: '.type EXPR', description: 'The type that TypeScript sees.', group: 'code' },
  {
    name: 'doc',
    aliases: [],
    usage: '.doc NAME|ENDPOINT',
    description: 'Signature, or rules, and documentation (NAME?).',
    group: 'code',
  },
  {
    name: 'src',
    aliases: [],
    usage: '.src NAME|ENDPOINT',
    description: 'The source, and where it is (NAME??).',
    group: 'code',
  },
  {
    name: 'edit',
    aliases: [],
    usage: '.edit NAME|FILE[:N]',
    description: 'Open the source in $VISUAL or $EDITOR.',
    group: 'code',
  },
  {
    name: 'check',
    aliases: [],
    usage: '.check on|off|strict',
    description: 'Show type errors of entries; strict: do not run those.',
    group: 'code',
  },
];

/** Names and values of the client's settings, for the completion of `.set`. */
export const CLIENT_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  keys: ['emacs', 'vi'],
  pager: ['on', 'off'],
  preview: ['on', 'off'],
};

/** The client's command of a name. */
export function clientCommand(name: string): CommandInfo | undefined {
  return CLIENT_COMMANDS.find((command) => command.name === name || command.aliases.includes(name));
}
