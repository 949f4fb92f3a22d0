import type { Neighbour, Neighbours } from './neighbours.ts';
import type { ShellCommand } from './plugins.ts';

/** `.who`, `.share`, `.unshare`: the other sessions of the server. */
export function neighbourCommands(neighbours: Neighbours, me: Neighbour): ShellCommand[] {
  return [
    {
      name: 'who',
      description: 'The shells that are attached.',
      group: 'session',
      run(shell) {
        const rows = neighbours.list.map((neighbour) => [
          `#${neighbour.session.number}`,
          neighbour.user,
          `pid ${neighbour.pid}`,
          `${minutesSince(neighbour.since)} min`,
          neighbour === me ? 'this shell' : stateOf(neighbour),
        ]);
        shell.table(['', 'USER', 'PROCESS', 'FOR', ''], rows);
      },
    },
    {
      name: 'share',
      usage: '.share [NAME...]',
      description: 'Give variables to the other shells, or list what is shared.',
      group: 'session',
      complete: () => Object.keys(me.session.scope.variables),
      run(shell, args) {
        const names = args.split(/\s+/).filter((name) => name !== '');
        for (const name of names) neighbours.share(name, me);
        if (names.length > 0) return;
        const { sharedNames } = neighbours;
        if (sharedNames.length === 0) shell.print('Nothing is shared.');
        else
          shell.table(
            ['', ''],
            sharedNames.map(({ name, by }) => [name, `by #${by}`]),
          );
      },
    },
    {
      name: 'unshare',
      usage: '.unshare NAME...',
      description: 'Take shared variables back.',
      group: 'session',
      complete: () => neighbours.sharedNames.map(({ name }) => name),
      run(_shell, args) {
        if (args === '') throw new Error('which variable?');
        for (const name of args.split(/\s+/)) neighbours.unshare(name);
      },
    },
  ];
}

function minutesSince(time: number): number {
  return Math.floor((Date.now() - time) / 60_000);
}

function stateOf({ mode, isBusy }: Neighbour): string {
  return [mode === 'script' ? 'script' : '', isBusy() ? 'busy' : ''].filter((word) => word !== '').join(', ');
}
