import { SideThread } from '../util/side-thread.ts';

// It gets ready on another processor while the application is loaded here: the first entry waits for it.
const thread = new SideThread('flacon-shell');

/** Entry of the child process of a shell that has an application of its own. Its one argument is what `--app` said. */
async function serve(): Promise<void> {
  try {
    const { openOwnTarget } = await import('./own-target.ts');
    const { target, app, close } = await openOwnTarget(process.argv[2] || undefined);
    const { serveOwnHost } = await import('../shell/serve-own-host.ts');
    await serveOwnHost(target, { app, close, thread });
  } catch (error) {
    // The shell shows what this process has printed, and ends with its exit code.
    const { report } = await import('./report.ts');
    process.exit(await report(error));
  }
}

void serve();
