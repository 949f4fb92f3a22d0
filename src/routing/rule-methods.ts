import type { Rule } from './rules.ts';

const AUTOMATIC = new Set(['HEAD', 'OPTIONS']);

/** The methods of a rule, in alphabetical order, without those that come by themselves; with them for `all`. */
export function methodsOf(rule: Rule, all = false): string[] {
  return [...(rule.methods ?? [])].filter((method) => all || !AUTOMATIC.has(method)).sort();
}
