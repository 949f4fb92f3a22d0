import type { ClientAction } from './protocol.ts';
import type { ShellCommand } from './plugins.ts';
import { printValue } from './printer.ts';
import { toJson } from './results.ts';
import { plainText } from './spans.ts';

/** Commands that give a value in another form: as JSON, and to the clipboard. */
export function printCommands(act: ((action: ClientAction) => void) | undefined): ShellCommand[] {
  return [
    {
      name: 'json',
      usage: '.json [EXPR]',
      description: 'Print a value as JSON; without EXPR the last one.',
      group: 'printing',
      async run(shell, args) {
        shell.print(prettyJson(await shell.evaluate(args === '' ? '_' : args)));
      },
    },
    {
      name: 'copy',
      usage: '.copy [EXPR]',
      description: 'Copy a value to the clipboard; without EXPR the last one.',
      help: 'A text as it is, everything else as it prints, in full.',
      group: 'printing',
      async run(shell, args) {
        if (!act) throw new Error('there is no clipboard here: .copy is for a terminal');
        act({ kind: 'copy', text: textOf(await shell.evaluate(args === '' ? '_' : args)) });
      },
    },
  ];
}

/** JSON in lines. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(JSON.parse(toJson(value)), undefined, 2);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return plainText(printValue(value, { columns: 100, depth: Number.POSITIVE_INFINITY }));
}
