import { outlineOf, type ImportedName } from './entry-declarations.ts';

/** A name of the session, with its type as it is written in TypeScript. */
export interface TypedName {
  name: string;
  type: string;
}

/** A document with an entry in it. */
export interface RenderedDocument {
  text: string;
  /** Where the entry begins. */
  start: number;
}

interface KeptEntry {
  /** Names that it declares or assigns, and its types. */
  names: ReadonlySet<string>;
  block: string;
  words: ReadonlySet<string>;
  /** It needs a block of its own: a name in it meant something else before. */
  isShadowing: boolean;
}

/** More entries than this are not looked at with every key: the oldest go. */
const MAX_ENTRIES = 300;

/**
 * The session as one TypeScript module: the names of the context, the imports, the entries that declared something, and
 * the entry that is being typed. Names may be declared again in a shell; each such entry opens a block, so that earlier
 * code keeps the meaning that it had.
 */
export class VirtualDocument {
  #names: readonly TypedName[] = [];
  #imports = new Map<string, ImportedName>();
  #entries: KeptEntry[] = [];
  #head: string | undefined;

  /** What the application, the plugins and Node offer. */
  setNames(names: readonly TypedName[]): void {
    this.#names = names;
    this.#head = undefined;
  }

  /**
   * An entry that went well. `declares`: the values that it declared or assigned, as the evaluator knows them; `relocate`
   * gives what its imports are in the document's folder.
   */
  add(code: string, declares: readonly string[], relocate = (specifier: string): string => specifier): void {
    const { types, imports, block } = outlineOf(code);
    for (const imported of imports) this.#import({ ...imported, specifier: relocate(imported.specifier) });
    const local = new Set(imports.map((imported) => imported.local));
    const names = new Set([...declares, ...types].filter((name) => !local.has(name)));
    this.#head = undefined;
    if (names.size === 0) return;
    this.#dropUnused(names);
    const known = (name: string): boolean => this.#entries.some((entry) => entry.names.has(name));
    this.#entries.push({
      names,
      block: declareAssigned(
        block,
        [...names].filter((name) => !known(name)),
      ),
      words: new Set(block.match(WORD)),
      isShadowing: [...names].some((name) => this.#isMeantInBlock(name)),
    });
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
  }

  #import(imported: ImportedName): void {
    this.#dropUnused(new Set([imported.local]));
    this.#imports.set(imported.local, imported);
  }

  /** Whether the code of the innermost block has the name in it: it would mean a later declaration of that block. */
  #isMeantInBlock(name: string): boolean {
    for (const { words, isShadowing } of this.#entries.toReversed()) {
      if (words.has(name)) return true;
      if (isShadowing) return false;
    }
    return false;
  }

  /** Entries whose names are all declared again go, unless others speak of them. */
  #dropUnused(again: ReadonlySet<string>): void {
    this.#entries = this.#entries.filter(
      (entry) =>
        ![...entry.names].every((name) => again.has(name)) ||
        this.#entries.some((other) => other !== entry && [...entry.names].some((name) => other.words.has(name))),
    );
  }

  /** Variables that were deleted. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#imports.delete(name);
    this.#dropUnused(new Set(names));
    this.#head = undefined;
  }

  /** Another session: it has no variables yet. */
  clear(): void {
    this.#imports.clear();
    this.#entries = [];
    this.#head = undefined;
  }

  /** The document with `code` as the entry at its end. */
  render(code: string): RenderedDocument {
    const head = (this.#head ??= this.#renderHead());
    const depth = 1 + this.#entries.filter(({ isShadowing }) => isShadowing).length;
    const start = head.length + '{ '.length;
    return { text: `${head}{ ${outlineForTyping(code)}\n${'}'.repeat(depth + 1)}\n`, start };
  }

  #renderHead(): string {
    const lines = ['export {};'];
    for (const { local, imported, specifier } of this.#imports.values()) {
      const binding = imported === '*' ? `* as ${local}` : `{ ${imported} as ${local} }`;
      lines.push(`import ${binding} from ${JSON.stringify(specifier)};`);
    }
    for (const { name, type } of this.#names)
      if (!this.#imports.has(name)) lines.push(`declare const ${name}: ${type};`);
    lines.push('{');
    for (const { block, isShadowing } of this.#entries) lines.push(isShadowing ? `{ ${block}` : block, ';');
    return `${lines.join('\n')}\n`;
  }
}

const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/** `a = 1` declares a variable in a shell. */
function declareAssigned(block: string, fresh: readonly string[]): string {
  const undeclared = fresh.filter((name) => new RegExp(`^\\s*${name.replaceAll('$', '\\$')}\\s*=(?![=>])`).test(block));
  return undeclared.length === 0 ? block : `let ${block}`;
}

/** An entry while it is typed keeps its import: what it imports is completed in place. */
function outlineForTyping(code: string): string {
  const { imports, block } = outlineOf(code);
  return imports.length > 0 ? code : block;
}
