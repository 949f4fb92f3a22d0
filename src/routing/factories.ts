import { RoutingError } from './exceptions.ts';
import type { UrlMap } from './map.ts';
import type { Rule } from './rules.ts';

/** Anything that `UrlMap.add` takes: a rule, or something that makes rules. */
export interface RuleFactory {
  getRules(map: UrlMap): Iterable<Rule>;
}

/** Puts rules on a subdomain, which may have variables. */
export class Subdomain implements RuleFactory {
  readonly subdomain: string;
  readonly rules: Iterable<RuleFactory>;

  constructor(subdomain: string, rules: Iterable<RuleFactory>) {
    this.subdomain = subdomain;
    this.rules = rules;
  }

  *getRules(map: UrlMap): Iterable<Rule> {
    for (const rule of rulesOf(this.rules, map)) yield rule.empty({ subdomain: this.subdomain });
  }
}

/** Puts rules below a path. */
export class Submount implements RuleFactory {
  readonly path: string;
  readonly rules: Iterable<RuleFactory>;

  constructor(path: string, rules: Iterable<RuleFactory>) {
    this.path = path.replace(/\/+$/, '');
    this.rules = rules;
  }

  *getRules(map: UrlMap): Iterable<Rule> {
    for (const rule of rulesOf(this.rules, map)) yield rule.empty({ rule: this.path + rule.rule });
  }
}

/** Puts a text before the endpoints of rules. */
export class EndpointPrefix implements RuleFactory {
  readonly prefix: string;
  readonly rules: Iterable<RuleFactory>;

  constructor(prefix: string, rules: Iterable<RuleFactory>) {
    this.prefix = prefix;
    this.rules = rules;
  }

  *getRules(map: UrlMap): Iterable<Rule> {
    for (const rule of rulesOf(this.rules, map)) yield rule.empty({ endpoint: this.prefix + rule.endpoint });
  }
}

/**
 * Rules with `$name` or `${name}` in path, endpoint, subdomain and defaults, to be filled in again and again:
 * `new UrlMap([resource.fill({ name: 'user' }), resource.fill({ name: 'page' })])`. `$$` is a dollar.
 */
export class RuleTemplate {
  readonly rules: readonly RuleFactory[];

  constructor(rules: Iterable<RuleFactory>) {
    this.rules = [...rules];
  }

  /** The rules with these texts. Throws RoutingError `TEMPLATE_VARIABLE` when they are added and one is missing. */
  fill(context: Readonly<Record<string, string | number>>): RuleFactory {
    const { rules } = this;
    return {
      *getRules(map: UrlMap): Iterable<Rule> {
        for (const rule of rulesOf(rules, map)) yield fillRule(rule, context);
      },
    };
  }
}

function fillRule(rule: Rule, context: Readonly<Record<string, string | number>>): Rule {
  const { defaults, subdomain } = rule;
  const fillValue = (value: unknown): unknown => (typeof value === 'string' ? substitute(value, context) : value);
  return rule.empty({
    rule: substitute(rule.rule, context),
    endpoint: substitute(rule.endpoint, context),
    ...(subdomain !== undefined && { subdomain: substitute(subdomain, context) }),
    ...(defaults !== undefined && {
      defaults: Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, fillValue(value)])),
    }),
  });
}

function substitute(template: string, context: Readonly<Record<string, string | number>>): string {
  return template.replace(
    /\$(?:(\$)|([a-z_]\w*)|\{([a-z_]\w*)\})?/gi,
    (_, dollar?: string, plain?: string, braced?: string) => {
      if (dollar !== undefined) return '$';
      const name = plain ?? braced;
      if (name !== undefined && Object.hasOwn(context, name)) return String(context[name]);
      throw new RoutingError(
        `The template '${template}' ${name === undefined ? 'has a $ without a name' : `lacks '${name}'`}.`,
        {
          code: 'TEMPLATE_VARIABLE',
          fix: name === undefined ? 'write $$ for a dollar' : `fill({ ${name}: … })`,
        },
      );
    },
  );
}

function* rulesOf(factories: Iterable<RuleFactory>, map: UrlMap): Iterable<Rule> {
  for (const factory of factories) yield* factory.getRules(map);
}
