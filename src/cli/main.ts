import { basename } from 'node:path';
import { main } from './program.ts';

// 128 + 2, as a shell counts a process that Ctrl-C ended. Who handles the signal decides alone.
process.on('SIGINT', () => {
  if (process.listenerCount('SIGINT') === 1) process.exit(130);
});

const program = basename(process.argv[1] ?? '') === 'flacon' ? 'flacon' : 'app';
void main(process.argv.slice(2), { program }).then((exitCode) => (process.exitCode = exitCode));
