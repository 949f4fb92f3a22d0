import type { Inspections } from './inspections.ts';
import type { ClientAction } from './protocol.ts';
import type { ShellCommand } from './plugins.ts';

/** `.inspect VALUE`: lets the client look into a value, which stays here. */
export function inspectCommand(
  inspections: Inspections,
  act: ((action: ClientAction) => void) | undefined,
): ShellCommand {
  return {
    name: 'inspect',
    usage: '.inspect [VALUE]',
    description: 'Look into a value on the whole screen; without VALUE the last one.',
    help: 'Enter opens, left goes back, d defines a variable of the selected value, q leaves. A getter runs when it is opened.',
    group: 'session',
    async run(shell, args) {
      const code = args === '' ? '_' : args;
      if (!act) throw new Error(`there is no screen to fill here: .ls ${code} lists the members`);
      const value = await shell.evaluate(code);
      act({ kind: 'inspect', handle: inspections.begin(value), name: code });
    },
  };
}
