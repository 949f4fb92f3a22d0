import { RequestRedirect } from './exceptions.ts';
import type { UrlMap } from './map.ts';
import { StateMachineMatcher } from './matcher.ts';
import type { Rule } from './rules.ts';

/** Options of `UrlMap.explain`. */
export interface ExplainOptions {
  /** Default: the map's `defaultSubdomain`. */
  subdomain?: string;
  /** Host, for a map with `hostMatching`. Default: 'localhost'. */
  host?: string;
  /** Default: false. */
  websocket?: boolean;
}

/** What a rule does with a request. */
export type RuleOutcome =
  'match' | 'redirect' | 'shadowed' | 'refused' | 'method' | 'websocket' | 'path' | 'build-only';

/** Why a rule answers a request, or not. */
export interface RuleExplanation {
  rule: Rule;
  outcome: RuleOutcome;
  reason: string;
}

/** For every rule, what it does with a request, and why. */
export function explainMatch(
  map: UrlMap,
  rules: readonly Rule[],
  path: string,
  method: string,
  options: ExplainOptions,
): RuleExplanation[] {
  const { host = 'localhost', websocket = false, subdomain = map.defaultSubdomain } = options;
  const adapter = map.bind(host, map.hostMatching ? {} : { subdomain });
  const domain = map.hostMatching ? adapter.serverName : subdomain;
  const normalPath = `/${path.replace(/^\/+/, '')}`;
  const winner = map.find(domain, normalPath, method, websocket).rule;

  return rules.map((rule): RuleExplanation => {
    if (rule.buildOnly) return { rule, outcome: 'build-only', reason: 'only builds URLs' };
    // What the rule would do if it were alone.
    const matcher = new StateMachineMatcher(map.mergeSlashes);
    matcher.add(rule);
    const search = matcher.search(domain, normalPath, method, websocket);
    if (search.redirectPath !== undefined) {
      return { rule, outcome: 'redirect', reason: `redirects to ${search.redirectPath}` };
    }
    if (search.rule === undefined) {
      if (search.methods !== undefined) {
        return { rule, outcome: 'method', reason: `answers ${[...search.methods].sort().join(', ')} only` };
      }
      if (search.websocketMismatch) {
        return {
          rule,
          outcome: 'websocket',
          reason: rule.websocket ? 'answers websockets only' : 'answers no websockets',
        };
      }
      return { rule, outcome: 'path', reason: domain === '' ? 'the path differs' : 'host or path differ' };
    }
    if (rule !== winner) {
      return {
        rule,
        outcome: 'shadowed',
        reason: winner === undefined ? 'a redirect comes first' : `${winner.rule} comes first`,
      };
    }
    if (rule.convert(search.values) === undefined) {
      return { rule, outcome: 'refused', reason: 'a converter refuses its value, so the answer is 404' };
    }
    try {
      adapter.match(normalPath, method, { websocket });
    } catch (error) {
      if (!(error instanceof RequestRedirect)) throw error;
      const origin = `http://${adapter.getHost()}`;
      const target = error.newUrl.startsWith(`${origin}/`) ? error.newUrl.slice(origin.length) : error.newUrl;
      return { rule, outcome: 'redirect', reason: `redirects to ${target}` };
    }
    return { rule, outcome: 'match', reason: 'matches' };
  });
}

/** A rule that an earlier one keeps from answering. */
export interface ShadowedRule {
  rule: Rule;
  /** The rule that answers in its place. */
  by: Rule;
  /** The methods that are concerned; undefined for all. HEAD and OPTIONS, which come by themselves, do not count. */
  methods: string[] | undefined;
  /** Whether the rule is left with no method at all. */
  isDead: boolean;
}

/** Every pair of rules with the same pattern and overlapping methods. */
export function shadowedRules(rules: readonly Rule[]): ShadowedRule[] {
  const shadowed: ShadowedRule[] = [];
  const earlier = new Map<string, Rule[]>();
  for (const rule of rules) {
    if (rule.buildOnly) continue;
    const key = `${rule.websocket} ${rule.parts.map((part) => part.key).join('\n')}`;
    const others = earlier.get(key) ?? [];
    for (const by of others) {
      const methods = overlap(by.methods, rule.methods);
      if (methods?.length === 0) continue;
      const isDead =
        by.methods === undefined ||
        (rule.methods !== undefined && [...rule.methods].every((method) => by.methods?.has(method)));
      shadowed.push({ rule, by, methods, isDead });
    }
    earlier.set(key, [...others, rule]);
  }
  return shadowed;
}

function overlap(a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): string[] | undefined {
  if (a === undefined) return b && [...b];
  if (b === undefined) return [...a];
  const common = [...b].filter((method) => a.has(method));
  const deliberate = common.filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
  // Two rules that name nothing else do clash over these.
  return deliberate.length === 0 && a.size === common.length && b.size === common.length ? common : deliberate;
}
