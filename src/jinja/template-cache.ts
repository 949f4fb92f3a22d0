import type { BaseLoader } from './loaders.ts';
import type { Template } from './template.ts';

/** The templates that an environment keeps: the ones used last. */
export class TemplateCache {
  readonly #limit: number;
  readonly #templates = new Map<string, { loader: BaseLoader; template: Template }>();

  /** @param limit negative: no limit; 0: nothing is kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(name: string, loader: BaseLoader): Template | undefined {
    const entry = this.#templates.get(name);
    if (!entry || entry.loader !== loader) return undefined;
    if (this.#limit > 0 && this.#templates.size === this.#limit) {
      // Only where something may have to go does the order matter.
      this.#templates.delete(name);
      this.#templates.set(name, entry);
    }
    return entry.template;
  }

  set(name: string, loader: BaseLoader, template: Template): void {
    if (this.#limit === 0) return;
    this.#templates.delete(name);
    if (this.#limit > 0 && this.#templates.size >= this.#limit) {
      const [oldest] = this.#templates.keys();
      if (oldest !== undefined) this.#templates.delete(oldest);
    }
    this.#templates.set(name, { loader, template });
  }

  invalidate(nameOrFilename?: string): void {
    if (nameOrFilename === undefined) this.#templates.clear();
    for (const [name, { template }] of this.#templates) {
      if (name === nameOrFilename || template.filename === nameOrFilename) this.#templates.delete(name);
    }
  }
}
