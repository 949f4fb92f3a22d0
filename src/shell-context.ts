import type { Flacon } from './app.ts';
import type { CallSite } from './endpoints.ts';
import { g } from './globals.ts';
import type { MaybePromise, SourceLocation } from './types.ts';

/** Gives the shell names: an object whose getters stay lazy, or the promise of one. */
export type ShellContextProcessor = () => MaybePromise<object>;

/** Options of a processor of the shell's context. */
export interface ShellContextOptions {
  /** Closes what the processor opened, with what it gave; runs when the shell ends. */
  dispose?: (context: object) => unknown;
}

/** One registered processor, with the place it was registered at. */
export interface ShellContextEntry {
  readonly processor: ShellContextProcessor;
  readonly dispose: ((context: object) => unknown) | undefined;
  readonly source: SourceLocation | undefined;
}

/** The processors of an app, and the context they make together. */
export class ShellContext {
  readonly #entries: { processor: ShellContextProcessor; options: ShellContextOptions; site: CallSite }[] = [];

  add(processor: ShellContextProcessor, options: ShellContextOptions, site: CallSite): void {
    this.#entries.push({ processor, options, site });
  }

  /** The processors in the order of registration. */
  get entries(): readonly ShellContextEntry[] {
    return this.#entries.map(({ processor, options, site }) => ({
      processor,
      dispose: options.dispose,
      source: site.location,
    }));
  }

  /** All names together, later processors winning. Rejects when a processor does. */
  async make(app: Flacon): Promise<Record<string, unknown>> {
    const context: Record<string, unknown> = { app, g };
    for (const { processor } of this.#entries) {
      Object.defineProperties(context, Object.getOwnPropertyDescriptors(await processor()));
    }
    return context;
  }
}
