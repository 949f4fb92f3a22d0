import type { Rule } from './rules.ts';

/** Rules that a map takes without looking at them: they were made for another map before, and nothing was wrong. */
export interface LateRules {
  /** The parts, none of them with a variable, that all of the rules begin with; the domain is the first. */
  readonly path: readonly string[];
  /** What all of their endpoints begin with. */
  readonly endpointPrefix: string;
  /** Whether one of them has defaults. */
  readonly hasDefaults: boolean;
}

/** Where late rules stand among the others of a map. */
export class RuleGroup {
  readonly late: LateRules;
  #make: (() => Rule[]) | undefined;
  #rules: readonly Rule[] = [];

  constructor(late: LateRules, make: () => Rule[]) {
    this.late = late;
    this.#make = make;
  }

  /** The rules, bound to the map; made when they are first asked for. */
  get rules(): readonly Rule[] {
    if (this.#make !== undefined) {
      const make = this.#make;
      this.#make = undefined;
      this.#rules = make();
    }
    return this.#rules;
  }
}
