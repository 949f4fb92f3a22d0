import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ModuleGraph } from '../../src/dev/module-graph.ts';
import type { UpdatePolicy } from '../../src/dev/module-graph.ts';

function graph(edges: Record<string, string[]>): ModuleGraph {
  const result = new ModuleGraph();
  for (const [id, imports] of Object.entries(edges)) result.setImports(id, new Set(imports));
  return result;
}

function policy(overrides: Partial<UpdatePolicy>): UpdatePolicy {
  return { acceptsSelf: () => false, accepts: () => false, declines: () => false, ...overrides };
}

const DIAMOND = { app: ['left', 'right', 'other'], left: ['base'], right: ['base'], base: [], other: [] };

describe('plan', () => {
  it('is the changed module and its importers, imported ones first', () => {
    const plan = graph(DIAMOND).plan(['base']);
    expect(plan).toEqual({ modules: ['base', 'left', 'right', 'app'], roots: ['app'], boundaries: [], declined: [] });
  });

  it('leaves alone what does not import the change', () => {
    expect(graph(DIAMOND).plan(['other']).modules).toEqual(['other', 'app']);
    expect(graph(DIAMOND).plan(['app']).modules).toEqual(['app']);
    expect(graph(DIAMOND).plan(['unknown']).modules).toEqual([]);
  });

  it('stops at a module that accepts itself', () => {
    const plan = graph(DIAMOND).plan(['base'], policy({ acceptsSelf: (id) => id === 'left' }));
    expect(plan.modules).toEqual(['base', 'left', 'right', 'app']);
    const only = graph(DIAMOND).plan(['base'], policy({ acceptsSelf: (id) => id === 'base' }));
    expect(only).toEqual({
      modules: ['base'],
      roots: [],
      boundaries: [{ boundary: 'base', via: 'base' }],
      declined: [],
    });
  });

  it('stops at an importer that accepts the dependency, and goes on through the others', () => {
    const plan = graph(DIAMOND).plan(['base'], policy({ accepts: (importer) => importer === 'left' }));
    expect(plan.modules).toEqual(['base', 'right', 'app']);
    expect(plan.boundaries).toEqual([{ boundary: 'left', via: 'base' }]);
  });

  it('a module that runs anyway is no boundary', () => {
    const plan = graph(DIAMOND).plan(['base', 'left'], policy({ accepts: (importer) => importer === 'left' }));
    expect(plan.modules).toContain('left');
    expect(plan.boundaries).toEqual([]);
  });

  it('names those that decline', () => {
    expect(graph(DIAMOND).plan(['base'], policy({ declines: (id) => id === 'right' })).declined).toEqual(['right']);
  });

  it('takes a cycle as a whole', () => {
    const plan = graph({ app: ['a'], a: ['b'], b: ['c'], c: ['a'] }).plan(['c']);
    expect(new Set(plan.modules)).toEqual(new Set(['app', 'a', 'b', 'c']));
    expect(plan.modules.at(-1)).toBe('app');
    expect(plan.roots).toEqual(['app']);
  });
});

describe('edges', () => {
  it('setImports replaces and says what is lost', () => {
    const g = graph(DIAMOND);
    expect(g.setImports('left', new Set(['other']))).toEqual(['base']);
    expect(g.importers('base')).toEqual(new Set(['right']));
    expect(g.plan(['other']).modules).toEqual(['other', 'left', 'app']);
  });

  it('finds what cannot be reached, cycles included', () => {
    const g = graph({ app: ['a'], a: [], x: ['y'], y: ['x'] });
    expect(g.unreachable(['app'])).toEqual(['x', 'y']);
  });

  it('remove keeps the edges that point at a module', () => {
    const g = graph(DIAMOND);
    g.remove('base');
    expect(g.has('base')).toBe(false);
    expect(g.importers('base')).toEqual(new Set(['left', 'right']));
    g.setImports('base', new Set());
    expect(g.plan(['base']).modules).toEqual(['base', 'left', 'right', 'app']);
  });
});

it('orders any graph without cycles so that imports come first, and plans exactly the ancestors', () => {
  const edges = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(edges, fc.nat(29), (lists, seed) => {
      const g = new ModuleGraph();
      for (const [index, list] of lists.entries()) {
        g.setImports(String(index), new Set(list.filter((other) => other < index).map(String)));
      }
      const changed = String(seed % lists.length);
      const { modules } = g.plan([changed]);
      const position = new Map(modules.map((id, index) => [id, index]));
      for (const id of modules) {
        for (const imported of g.imports(id)) {
          const at = position.get(imported);
          if (at !== undefined) expect(at).toBeLessThan(position.get(id) ?? -1);
        }
      }
      const reaches = (id: string): boolean => id === changed || [...g.imports(id)].some(reaches);
      expect(new Set(modules)).toEqual(new Set([...g.ids()].filter(reaches)));
    }),
  );
});
