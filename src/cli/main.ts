import { basename } from 'node:path';
import { main } from './program.ts';

const program = basename(process.argv[1] ?? '') === 'flacon' ? 'flacon' : 'app';
process.exitCode = await main(process.argv.slice(2), { program });
