import { scan, type Token } from './tokens.ts';

/** One name of an import. */
export interface ImportedName {
  local: string;
  /** What the module calls it; `*` for all of it. */
  imported: string;
  specifier: string;
}

/** What an entry means to the entries after it, as far as its text tells; nothing is parsed. */
export interface EntryOutline {
  /** Types that it declares: `interface`, `type`, and what is a value as well. */
  types: string[];
  imports: ImportedName[];
  /** The text without imports and `export`, and with `let` for `var`: what may stand in a block. Same length. */
  block: string;
}

/** Reads an entry's outline. */
export function outlineOf(code: string): EntryOutline {
  const { tokens } = scan(code);
  const outer = outermost(code, tokens);
  const outline: EntryOutline = { types: [], imports: [], block: code };
  for (let index = 0; index < outer.length; index += 1) {
    const token = outer[index];
    if (token === undefined) break;
    const word = textOf(code, token);
    const next = outer[index + 1];
    if ((word === 'interface' || word === 'type' || word === 'enum' || word === 'class') && next && isName(next)) {
      if (token.kind === 'keyword') outline.types.push(textOf(code, next));
    } else if (word === 'var' && token.kind === 'keyword') {
      outline.block = replaced(outline.block, token.start, token.end, 'let');
    } else if (word === 'export' && token.kind === 'keyword') {
      const isDefault = next !== undefined && textOf(code, next) === 'default';
      outline.block = replaced(outline.block, token.start, isDefault ? next.end : token.end, '');
    } else if (word === 'import' && token.kind === 'keyword') {
      const end = outer.findIndex((other, at) => at > index && other.kind === 'string');
      const last = outer[end];
      if (last === undefined || (next && /^[(.]/.test(textOf(code, next)))) continue;
      outline.imports.push(
        ...importedNames(code.slice(token.end, last.start), code.slice(last.start + 1, last.end - 1)),
      );
      outline.block = replaced(outline.block, token.start, last.end, '');
      index = end;
    }
  }
  return outline;
}

function textOf(code: string, { start, end }: Token): string {
  return code.slice(start, end);
}

function isName({ kind }: Token): boolean {
  return kind === 'name' || kind === 'type';
}

/** The tokens outside of all brackets; those of an import's braces count as outside. */
function outermost(code: string, tokens: readonly Token[]): Token[] {
  const found: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'space' || token.kind === 'comment') continue;
    const text = textOf(code, token);
    if (token.kind === 'punctuation' && ')]}'.includes(text)) depth = Math.max(0, depth - 1);
    if (token.kind === 'template' && text.startsWith('}')) depth = Math.max(0, depth - 1);
    if (depth === 0) found.push(token);
    if (token.kind === 'punctuation' && '([{'.includes(text)) depth += 1;
    if (token.kind === 'template' && text.endsWith('${')) depth += 1;
  }
  return found;
}

function replaced(text: string, start: number, end: number, by: string): string {
  const blank = text.slice(start + by.length, end).replace(/[^\n]/g, ' ');
  return text.slice(0, start) + by + blank + text.slice(end);
}

/** The names of `a, { b as c, type D }`, `* as ns` and so on; what stands between `import` and the specifier. */
function importedNames(clause: string, specifier: string): ImportedName[] {
  const names: ImportedName[] = [];
  const text = clause.replace(/\bfrom\s*$/, '').replace(/^\s*type\s+(?=[\w${*])/, '');
  const [, listed = ''] = /\{([^}]*)\}/.exec(text) ?? [];
  for (const part of listed.split(',')) {
    const [, imported, local = imported] = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(part) ?? [];
    if (imported !== undefined && local !== undefined) names.push({ local, imported, specifier });
  }
  const [, all] = /\*\s*as\s+([\w$]+)/.exec(text) ?? [];
  if (all !== undefined) names.push({ local: all, imported: '*', specifier });
  const [, first] = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:,|$)/u.exec(text) ?? [];
  if (first !== undefined) names.push({ local: first, imported: 'default', specifier });
  return names;
}
