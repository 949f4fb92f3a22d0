import { RuleGroup } from './rule-group.ts';
import type { Rule } from './rules.ts';

/** The rules of a map: all in the order of their registration, and those of an endpoint in the order for building. */
export class EndpointIndex {
  readonly #entries: (Rule | RuleGroup)[] = [];
  readonly #byEndpoint = new Map<string, Rule[]>();
  /** How many of the entries are among those by endpoint. */
  #indexed = 0;
  /** The rules of single endpoints, as long as groups are left alone. */
  readonly #single = new Map<string, readonly Rule[]>();
  #hasGroups = false;

  add(entry: Rule | RuleGroup): void {
    this.#entries.push(entry);
    if (this.#single.size > 0) this.#single.clear();
    if (entry instanceof RuleGroup) this.#hasGroups = true;
  }

  /** All rules in the order of their registration. */
  inOrder(): Rule[] {
    return this.#entries.flatMap((entry) => (entry instanceof RuleGroup ? entry.rules : [entry]));
  }

  /** All rules by endpoint. */
  all(): Rule[] {
    this.update();
    return [...this.#byEndpoint.values()].flat();
  }

  /** The rules of an endpoint. Of the groups, only those that may have one are asked. */
  of(endpoint: string): readonly Rule[] {
    if (!this.#hasGroups) this.update();
    if (this.#indexed === this.#entries.length) return this.#byEndpoint.get(endpoint) ?? [];
    let rules = this.#single.get(endpoint);
    if (rules === undefined) this.#single.set(endpoint, (rules = this.#find(endpoint)));
    return rules;
  }

  /** Sorts what was added. */
  update(): void {
    if (this.#indexed === this.#entries.length) return;
    const changed = new Set<Rule[]>();
    for (const entry of this.#entries.slice(this.#indexed)) {
      for (const rule of entry instanceof RuleGroup ? entry.rules : [entry]) {
        const rules = this.#byEndpoint.get(rule.endpoint);
        if (rules === undefined) this.#byEndpoint.set(rule.endpoint, [rule]);
        else {
          rules.push(rule);
          changed.add(rules);
        }
      }
    }
    this.#indexed = this.#entries.length;
    this.#single.clear();
    for (const rules of changed) sortForBuild(rules);
  }

  #find(endpoint: string): Rule[] {
    const found: Rule[] = [];
    for (const entry of this.#entries) {
      if (!(entry instanceof RuleGroup)) {
        if (entry.endpoint === endpoint) found.push(entry);
      } else if (endpoint.startsWith(entry.late.endpointPrefix)) {
        found.push(...entry.rules.filter((rule) => rule.endpoint === endpoint));
      }
    }
    return sortForBuild(found);
  }
}

/** Puts the rules of an endpoint in the order in which they are tried, and tells them which have defaults for them. */
function sortForBuild(rules: Rule[]): Rule[] {
  rules.sort((a, b) => a.compareForBuild(b));
  for (const [index, rule] of rules.entries()) {
    rule.defaultsProviders = rules.slice(0, index).filter((other) => other.providesDefaultsFor(rule));
  }
  return rules;
}
