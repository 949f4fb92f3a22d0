import type { Flacon } from '../app.ts';
import type { AppLocation } from '../script-info.ts';
import { main } from './program.ts';

/** An application that is loaded already. */
export interface LoadedApp {
  app(): Flacon | undefined;
  location: AppLocation;
}

/** Runs the program in this process, with an application that is loaded already. Gives the exit code. */
export function runCommand(args: readonly string[], { app, location }: LoadedApp): Promise<number> {
  return main(args, {
    scriptInfo: {
      locate: () => location,
      async loadApp() {
        const loaded = app();
        if (loaded) return loaded;
        throw new Error('The application could not be loaded.');
      },
    },
  });
}
