import { posix } from 'node:path';

/** A source file of the project: its path from the project's folder, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

const layers: Readonly<Record<string, number>> = {
  util: 0,
  http: 1,
  jinja: 1,
  routing: 2,
  '': 3,
  shell: 4,
  ext: 4,
  debug: 5,
  dev: 6,
  cli: 7,
};

function roomOf(path: string): string {
  const [, room = '', ...rest] = path.split('/');
  if (rest.length === 0) return '';
  return room === 'ext' ? `ext/${rest[0] ?? ''}` : room;
}

const layerOf = (path: string): number | undefined => layers[roomOf(path).split('/')[0] ?? ''];

/** Targets of the imports of a file that exist at run time, as paths from the project's folder. */
export function valueImports({ path, text }: SourceFile): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const targets: string[] = [];
  const statements = /(?:^|\n|;)\s*(?:import|export)\s+(?!type\b)((?:[\w$*\s,]|\{[^}]*\})*?\bfrom\s+)?'(\.[^']+)'/g;
  for (const [, clause = '', target = ''] of code.matchAll(statements)) {
    const names = /^\s*\{([^}]*)\}\s*from\s+$/.exec(clause)?.[1];
    const onlyTypes =
      names !== undefined && names.split(',').every((name) => name.trim() === '' || /^type\s/.test(name.trim()));
    if (!onlyTypes) targets.push(target);
  }
  for (const [, target = ''] of code.matchAll(/\bimport\(\s*'(\.[^']+)'/g)) targets.push(target);
  return targets.map((target) => posix.join(posix.dirname(path), target));
}

/** Every break of the layering rule among the files: upward, sideways and cyclic imports, and files without a layer. */
export function findViolations(files: readonly SourceFile[]): string[] {
  const violations: string[] = [];
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const layer = layerOf(file.path);
    if (layer === undefined) {
      violations.push(`no layer: ${file.path}`);
      continue;
    }
    const targets = valueImports(file);
    graph.set(file.path, targets);
    for (const target of targets) {
      const below = layerOf(target);
      if (below === undefined || roomOf(target) === roomOf(file.path)) continue;
      if (below > layer) violations.push(`upward: ${file.path} → ${target}`);
      else if (below === layer) violations.push(`sideways: ${file.path} → ${target}`);
    }
  }
  return [...violations, ...findCycles(graph)];
}

function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push(`cycle: ${[...trail.slice(start), path].join(' → ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}
