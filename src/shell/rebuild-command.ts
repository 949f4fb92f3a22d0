import type { SessionMemory } from './kept-state.ts';
import type { ShellCommand } from './plugins.ts';

/** `.rebuild`: runs again what made the variables that a restart has taken. */
export function rebuildCommand(memory: SessionMemory): ShellCommand {
  return {
    name: 'rebuild',
    usage: '.rebuild [NAME...]',
    description: 'Run the entries again whose variables a restart has taken.',
    help: 'Variables that were kept keep their values, also when such an entry declares them, too.',
    group: 'session',
    complete: () => memory.lostNames(),
    async run(shell, args) {
      const entries = memory.entriesToRebuild(args.split(/\s+/).filter((name) => name !== ''));
      if (entries.length === 0) return shell.print('Nothing is lost.');
      await memory.keeping(async () => {
        for (const entry of entries) {
          shell.print(entry);
          await shell.evaluate(entry);
        }
      });
    },
  };
}
