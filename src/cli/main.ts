import { basename } from 'node:path';
import { main } from './program.ts';

process.exitCode = await main(process.argv.slice(2), basename(process.argv[1] ?? '') === 'flacon' ? 'flacon' : 'app');
