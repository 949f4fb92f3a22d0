import { note } from './report.ts';

/** The environment of the application, read anew for each of its processes. */
export class WorkerEnvironment {
  readonly #read: () => NodeJS.ProcessEnv;
  #known: NodeJS.ProcessEnv | undefined;

  constructor(read: () => NodeJS.ProcessEnv) {
    this.#read = read;
  }

  /** A file of it may be gone just now, or not be readable: then it stays as it was. Throws at the first time only. */
  read(): NodeJS.ProcessEnv {
    const known = this.#known;
    try {
      return (this.#known = this.#read());
    } catch (error) {
      if (!known) throw error;
      note(`${error instanceof Error ? error.message : String(error)} The environment stays as it was.`);
      return known;
    }
  }
}
