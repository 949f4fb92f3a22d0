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

/** Makes late rules. There are many groups of them: what one needs is in its fields, and not in a function of its own. */
export interface RuleMaker {
  /** The rules, bound to the map. */
  makeRules(late: LateRules, slashes: Slashes): Rule[];
}

/** How a map takes slashes when rules are added to it: what it says later is not for them. */
export interface Slashes {
  readonly strictSlashes: boolean;
  readonly mergeSlashes: boolean;
}

/** Where late rules stand among the others of a map. */
export class RuleGroup {
  readonly late: LateRules;
  readonly #slashes: Slashes;
  #maker: RuleMaker | undefined;
  #rules: readonly Rule[] = [];

  constructor(late: LateRules, maker: RuleMaker, slashes: Slashes) {
    this.late = late;
    this.#slashes = slashes;
    this.#maker = maker;
  }

  /** The rules, bound to the map; made when they are first asked for. */
  get rules(): readonly Rule[] {
    if (this.#maker !== undefined) {
      const maker = this.#maker;
      this.#maker = undefined;
      this.#rules = maker.makeRules(this.late, this.#slashes);
    }
    return this.#rules;
  }
}
