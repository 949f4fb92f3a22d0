import { RuleGroup } from './rule-group.ts';
import type { RulePart } from './rule-parts.ts';
import type { Rule } from './rules.ts';

/**
 * A place in the tree of rule parts: where the next part leads, and the rules that end here. It grows below a place when
 * a search first comes there: most of the tree of an app that is reloaded is never asked for.
 */
class State {
  static: Map<string, State> = NO_STATES;
  dynamic: Transition[] = NO_TRANSITIONS;
  readonly rules: Rule[] = [];
  readonly #depth: number;
  #pending: (Rule | RuleGroup)[] | undefined;

  constructor(depth: number) {
    this.#depth = depth;
  }

  add(entry: Rule | RuleGroup): void {
    if (this.#pending === undefined) this.#pending = [entry];
    else this.#pending.push(entry);
  }

  /** Puts the rules that lead here where their next part leads. */
  grow(): void {
    if (this.#pending === undefined) return;
    const entries = this.#pending;
    this.#pending = undefined;
    for (const entry of entries) {
      if (!(entry instanceof RuleGroup)) this.#place(entry);
      else {
        const content = entry.late.path[this.#depth];
        if (content !== undefined) this.#stepInto(content).add(entry);
        else for (const rule of entry.rules) if (!rule.buildOnly) this.#place(rule);
      }
    }
    if (this.dynamic.length > 1) this.dynamic.sort((a, b) => compareWeights(a.part.weight, b.part.weight));
  }

  #place(rule: Rule): void {
    const part = rule.parts[this.#depth];
    if (part === undefined) this.rules.push(rule);
    else this.#step(part).add(rule);
  }

  #stepInto(content: string): State {
    let next = this.static.get(content);
    if (next !== undefined) return next;
    next = new State(this.#depth + 1);
    if (this.static === NO_STATES) this.static = new Map();
    this.static.set(content, next);
    return next;
  }

  #step(part: RulePart): State {
    const { regex, content = '' } = part;
    if (regex === undefined) return this.#stepInto(content);
    const known = this.dynamic.find((transition) => transition.part.key === part.key);
    if (known !== undefined) return known.state;
    const next = new State(this.#depth + 1);
    if (this.dynamic === NO_TRANSITIONS) this.dynamic = [];
    this.dynamic.push({ part: { ...part, regex }, state: next });
    return next;
  }
}

interface Transition {
  readonly part: RulePart & { readonly regex: RegExp };
  readonly state: State;
}

// Most places never have any.
const NO_STATES = new Map<string, State>();
const NO_TRANSITIONS: Transition[] = [];

const SLASH_REQUIRED = Symbol('slash required');

type Found = Rule | typeof SLASH_REQUIRED | undefined;

/** What a search found, and on the way to it. */
export class Search {
  /** The rule that matches. */
  rule: Rule | undefined;
  /** Where it was found to end, if it was there that the whole path led. */
  end: State | undefined;
  /** The texts of its variables. */
  readonly values: string[] = [];
  /** The path under which a rule would match, if not under this one. */
  redirectPath: string | undefined;
  /** Methods of rules that match but for the method. */
  methods: Set<string> | undefined;
  /** Whether a rule matches but for being a websocket one, or for not being one. */
  websocketMismatch = false;
  readonly method: string;
  readonly websocket: boolean;
  parts: readonly string[] = [];

  constructor(method: string, websocket: boolean) {
    this.method = method;
    this.websocket = websocket;
  }

  /** Whether the rule answers this kind of request; notes down what is in the way. */
  accepts(rule: Rule): boolean {
    if (rule.methods !== undefined && !rule.methods.has(this.method)) {
      for (const method of rule.methods) (this.methods ??= new Set()).add(method);
      return false;
    }
    if (rule.websocket === this.websocket) return true;
    this.websocketMismatch = true;
    return false;
  }
}

/**
 * Finds the rule for a path: a state machine over the parts between slashes. At each part the literal comes first,
 * then parts with variables by weight; a branch that leads nowhere is left again.
 */
export class StateMachineMatcher {
  mergeSlashes: boolean;
  readonly #root = new State(0);
  // Where the domains and paths of rules without variables lead to, once they were searched for: the search comes to
  // literal parts first.
  readonly #literal = new Map<string, State>();

  constructor(mergeSlashes: boolean) {
    this.mergeSlashes = mergeSlashes;
  }

  add(entry: Rule | RuleGroup): void {
    this.#root.add(entry);
  }

  /** The rule without variables that matches exactly: what `search` would find, but faster. */
  lookup(domain: string, path: string, method: string, websocket: boolean): Rule | undefined {
    const end = this.#literal.get(domain === '' ? path : domain + path);
    if (end === undefined) return undefined;
    end.grow();
    for (const rule of end.rules) {
      if (rule.websocket === websocket && (rule.methods === undefined || rule.methods.has(method))) return rule;
    }
    return undefined;
  }

  search(domain: string, path: string, method: string, websocket: boolean): Search {
    const search = new Search(method, websocket);
    this.#run(search, domain, path);
    const literal = search.rule?.literal;
    if (search.end !== undefined && literal !== undefined && literal === domain + path)
      this.#literal.set(literal, search.end);
    if (search.rule !== undefined || search.redirectPath !== undefined || !this.mergeSlashes || !path.includes('//')) {
      return search;
    }
    const merged = path.replace(/\/{2,}/g, '/');
    this.#run(search, domain, merged);
    // Assigned in #run, which the compiler cannot see.
    const rule = search.rule as Rule | undefined;
    if (rule !== undefined) {
      search.rule = undefined;
      if (rule.mergeSlashes !== false) search.redirectPath = merged;
    }
    return search;
  }

  #run(search: Search, domain: string, path: string): void {
    const parts = path.split('/');
    parts.unshift(domain);
    search.parts = parts;
    const found = walk(search, this.#root, 0);
    if (found === SLASH_REQUIRED) search.redirectPath = `${path}/`;
    else search.rule = found;
  }
}

function walk(search: Search, state: State, index: number): Found {
  const { parts, values } = search;
  state.grow();
  if (index === parts.length) return arrive(search, state);
  const part = parts[index] as string;

  const next = state.static.get(part);
  if (next !== undefined) {
    const found = walk(search, next, index + 1);
    if (found !== undefined) return found;
  }

  for (const { part: rulePart, state: target } of state.dynamic) {
    const { final, suffixed, groups } = rulePart;
    const match = rulePart.regex.exec(final ? parts.slice(index).join('/') : part);
    if (match === null) continue;
    const before = values.length;
    for (const group of groups) values.push(match[group] as string);
    let following = index + 1;
    // The slash that ends a suffixed part is still to come: it is the last of the parts, ''.
    if (final) following = suffixed && match.at(-1) === '/' ? parts.length - 1 : parts.length;
    const found = walk(search, target, following);
    if (found !== undefined) return found;
    values.length = before;
  }

  if (part === '' && index === parts.length - 1) {
    for (const rule of state.rules) {
      if (!rule.strictSlashes && search.accepts(rule)) return rule;
    }
  }
  return undefined;
}

/** The whole path has led here: which of the rules is it, and would it be one with a slash more? */
function arrive(search: Search, state: State): Found {
  for (const rule of state.rules) {
    if (!search.accepts(rule)) continue;
    search.end = state;
    return rule;
  }
  const slash = state.static.get('');
  if (slash === undefined) return undefined;
  slash.grow();
  for (const rule of slash.rules) {
    if (rule.websocket === search.websocket && (rule.methods === undefined || rule.methods.has(search.method))) {
      return rule.strictSlashes ? SLASH_REQUIRED : rule;
    }
  }
  return undefined;
}

function compareWeights(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
