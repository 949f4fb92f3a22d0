import { serveOwnHost } from '../shell/serve-own-host.ts';
import { openOwnTarget } from './own-target.ts';
import { report } from './report.ts';

/** Entry of the child process of a shell that has an application of its own. Its one argument is what `--app` said. */
try {
  const { target, app, close } = await openOwnTarget(process.argv[2] || undefined);
  await serveOwnHost(target, { app, close });
} catch (error) {
  // The shell shows what this process has printed, and ends with its exit code.
  process.exit(await report(error));
}
