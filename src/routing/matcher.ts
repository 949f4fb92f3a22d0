import { RuleGroup } from './rule-group.ts';
import type { RulePart } from './rule-parts.ts';
import type { Rule } from './rules.ts';

/**
 * A place in the tree of rule parts: where the next part leads, and the rules that end here. It grows below a place when
 * a search first comes there: most of the tree of an app that is reloaded is never asked for.
 */
class State {
  dynamic: Transition[] = NO_TRANSITIONS;
  rules: Rule[] = NO_RULES;
  readonly #depth: number;
  /** Where literal parts lead. A rule or a group alone stands for the place that it would be added to. */
  #static = NO_STATES;
  #pending: (Rule | RuleGroup)[] | undefined;

  constructor(depth: number) {
    this.#depth = depth;
  }

  add(entry: Rule | RuleGroup): void {
    if (this.#pending === undefined) this.#pending = [entry];
    else this.#pending.push(entry);
  }

  /** Where a literal part leads. */
  after(content: string): State | undefined {
    const next = this.#static.get(content);
    return next === undefined || next instanceof State ? next : this.#makeState(content, next);
  }

  /** Puts the rules that lead here where their next part leads. */
  grow(): void {
    if (this.#pending === undefined) return;
    const entries = this.#pending;
    this.#pending = undefined;
    if (this.#handOn(entries)) return;
    for (const entry of entries) {
      if (!(entry instanceof RuleGroup)) this.#place(entry);
      else {
        const content = entry.late.path[this.#depth];
        if (content !== undefined) this.#send(content, entry);
        else for (const rule of entry.rules) if (!rule.buildOnly) this.#place(rule);
      }
    }
    if (this.dynamic.length > 1) this.dynamic.sort((a, b) => compareWeights(a.part.weight, b.part.weight));
  }

  /** Where all the blueprints of an app lead to the same part, as from the domain to the first slash, they go there in one go. */
  #handOn(entries: (Rule | RuleGroup)[]): boolean {
    if (entries.length === 1 || this.#static !== NO_STATES) return false;
    const content = literalAt(entries[0], this.#depth);
    if (content === undefined) return false;
    for (const entry of entries) if (literalAt(entry, this.#depth) !== content) return false;
    const state = new State(this.#depth + 1);
    state.#pending = entries;
    this.#static = new Map([[content, state]]);
    return true;
  }

  #place(rule: Rule): void {
    const part = rule.parts[this.#depth];
    if (part === undefined) {
      if (this.rules === NO_RULES) this.rules = [rule];
      else this.rules.push(rule);
      return;
    }
    const { regex, content = '' } = part;
    if (regex === undefined) return this.#send(content, rule);
    let transition = this.dynamic.find((each) => each.part.key === part.key);
    if (transition === undefined) {
      transition = { part: { ...part, regex }, state: new State(this.#depth + 1) };
      if (this.dynamic === NO_TRANSITIONS) this.dynamic = [transition];
      else this.dynamic.push(transition);
    }
    transition.state.add(rule);
  }

  #send(content: string, entry: Rule | RuleGroup): void {
    if (this.#static === NO_STATES) this.#static = new Map();
    const next = this.#static.get(content);
    if (next === undefined) this.#static.set(content, entry);
    else if (next instanceof State) next.add(entry);
    else this.#makeState(content, next).add(entry);
  }

  #makeState(content: string, entry: Rule | RuleGroup): State {
    const state = new State(this.#depth + 1);
    state.add(entry);
    this.#static.set(content, state);
    return state;
  }
}

/** The part at which an entry goes on, if that is a literal one. */
function literalAt(entry: Rule | RuleGroup | undefined, depth: number): string | undefined {
  if (entry instanceof RuleGroup) return entry.late.path[depth];
  const part = entry?.parts[depth];
  return part?.regex === undefined ? part?.content : undefined;
}

interface Transition {
  readonly part: RulePart & { readonly regex: RegExp };
  readonly state: State;
}

// Most places never have any.
const NO_STATES = new Map<string, State | Rule | RuleGroup>();
const NO_TRANSITIONS: Transition[] = [];
const NO_RULES: Rule[] = [];

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

  const next = state.after(part);
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
  const slash = state.after('');
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
