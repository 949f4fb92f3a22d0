/** What modules have said about updates of themselves and of what they import. */
export interface UpdatePolicy {
  /** The module takes its own new version: its importers need not run again. */
  acceptsSelf(id: string): boolean;
  /** `importer` takes a new version of `dependency` without running again. */
  accepts(importer: string, dependency: string): boolean;
  /** No new version of this module may run in this process. */
  declines(id: string): boolean;
}

/** Where an update stops: `boundary` takes the new version of `via` (itself, or something it imports). */
export interface Boundary {
  boundary: string;
  via: string;
}

/** What has to run again after a change. */
export interface UpdatePlan {
  /** The changed modules and their importers, in the order of evaluation. */
  modules: string[];
  /** Those of them that nothing imports. */
  roots: string[];
  boundaries: Boundary[];
  /** Those of them that ask for a restart of the process. */
  declined: string[];
}

const NO_POLICY: UpdatePolicy = { acceptsSelf: () => false, accepts: () => false, declines: () => false };

const NOTHING: ReadonlySet<string> = new Set();

/** Who imports whom. Ids are opaque; edges may point at modules that were never added. */
export class ModuleGraph {
  readonly #imports = new Map<string, ReadonlySet<string>>();
  readonly #importers = new Map<string, Set<string>>();
  #additions = 0;

  /** How often a module was added: as long as it is the same, there is none that was not there before. */
  get additions(): number {
    return this.#additions;
  }

  has(id: string): boolean {
    return this.#imports.has(id);
  }

  ids(): IterableIterator<string> {
    return this.#imports.keys();
  }

  imports(id: string): ReadonlySet<string> {
    return this.#imports.get(id) ?? NOTHING;
  }

  importers(id: string): ReadonlySet<string> {
    return this.#importers.get(id) ?? NOTHING;
  }

  /**
   * Adds the module, or replaces what it imports, which must not change afterwards. Returns what it imported before and does
   * not any more.
   */
  setImports(id: string, now: ReadonlySet<string>): string[] {
    const before = this.#imports.get(id);
    if (before === undefined) this.#additions += 1;
    else if (before === now || isSameSet(before, now)) return [];
    this.#imports.set(id, now);
    for (const imported of now) this.#link(id, imported);
    const lost: string[] = [];
    for (const imported of before ?? []) {
      if (now.has(imported)) continue;
      this.#importers.get(imported)?.delete(id);
      lost.push(imported);
    }
    return lost;
  }

  addImport(id: string, imported: string): void {
    const before = this.#imports.get(id);
    if (!before) this.#additions += 1;
    this.#imports.set(id, new Set(before).add(imported));
    this.#link(id, imported);
  }

  /** Forgets the module and what it imports; importers keep their edge to it. */
  remove(id: string): void {
    for (const imported of this.imports(id)) this.#importers.get(imported)?.delete(id);
    this.#imports.delete(id);
    if (this.importers(id).size === 0) this.#importers.delete(id);
  }

  /** Modules that cannot be reached from `roots`. */
  unreachable(roots: Iterable<string>): string[] {
    const reached = new Set<string>();
    const queue = [...roots];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (reached.has(id)) continue;
      reached.add(id);
      queue.push(...this.imports(id));
    }
    return [...this.#imports.keys()].filter((id) => !reached.has(id));
  }

  /** What must run again when the modules `changed` have new versions. */
  plan(changed: Iterable<string>, policy: UpdatePolicy = NO_POLICY): UpdatePlan {
    const modules = new Set<string>();
    const boundaries: Boundary[] = [];
    const roots: string[] = [];
    const declined: string[] = [];
    const queue = [...changed].filter((id) => this.has(id));
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (modules.has(id)) continue;
      modules.add(id);
      if (policy.declines(id)) declined.push(id);
      if (policy.acceptsSelf(id)) {
        boundaries.push({ boundary: id, via: id });
        continue;
      }
      const importers = this.importers(id);
      if (importers.size === 0) roots.push(id);
      for (const importer of importers) {
        if (policy.accepts(importer, id)) boundaries.push({ boundary: importer, via: id });
        else queue.push(importer);
      }
    }
    return {
      modules: this.order(modules),
      roots,
      // A module that runs again for another reason sees the new version of what it accepts anyway.
      boundaries: boundaries.filter(({ boundary, via }) => boundary === via || !modules.has(boundary)),
      declined,
    };
  }

  /** The given modules, each after those of them that it imports; in a cycle the one reached first comes last. */
  order(modules: ReadonlySet<string>): string[] {
    const ordered = new Set<string>();
    const entered = new Set<string>();
    const visit = (id: string): void => {
      if (entered.has(id)) return;
      entered.add(id);
      for (const imported of among(this.imports(id), modules)) visit(imported);
      ordered.add(id);
    };
    for (const id of modules) {
      if (![...this.importers(id)].some((importer) => modules.has(importer))) visit(id);
    }
    for (const id of modules) visit(id);
    return [...ordered];
  }

  #link(id: string, imported: string): void {
    const importers = this.#importers.get(imported);
    if (importers) importers.add(id);
    else this.#importers.set(imported, new Set([id]));
  }
}

/** Those of the imports that are in `modules`, in their order. A list may import a thousand others. */
function among(imports: ReadonlySet<string>, modules: ReadonlySet<string>): string[] {
  if (imports.size > modules.size) {
    const found = [...modules].filter((id) => imports.has(id));
    if (found.length < 2) return found;
  }
  return [...imports].filter((id) => modules.has(id));
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false;
  for (const id of b) if (!a.has(id)) return false;
  return true;
}
