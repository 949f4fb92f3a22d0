import type { ConverterArguments } from './converter-args.ts';
import { DEFAULT_CONVERTERS } from './converters.ts';
import type { BaseConverter, ConverterClass } from './converters.ts';
import { RoutingError } from './exceptions.ts';
import type { UrlMap } from './map.ts';
import { parseRule, staticPart } from './rule-parts.ts';
import type { ConverterFactory, RulePart, TraceItem } from './rule-parts.ts';
import { makeTemplate } from './url-template.ts';
import type { Slot, UrlTemplate } from './url-template.ts';

/** A variable of a rule as it was written: `<type(given):name>`. */
export interface RuleVariable {
  readonly name: string;
  readonly type: string;
  readonly given: ConverterArguments;
}

/** What the texts of a rule come to. Nothing in it belongs to one map, so that equal rules of many maps share it. */
export interface CompiledRule {
  /** What the matcher goes by. */
  readonly parts: readonly RulePart[];
  readonly trace: readonly TraceItem[];
  /** The variables of domain and path, each once. */
  readonly variables: readonly RuleVariable[];
  /** Names of the variables. */
  readonly names: ReadonlySet<string>;
  readonly domainTemplate: UrlTemplate;
  readonly pathTemplate: UrlTemplate;
  /** Domain and path of a rule without variables. */
  readonly literal: string | undefined;
}

/** What a rule without a map comes to. */
export const UNBOUND: CompiledRule = {
  parts: [],
  trace: [],
  variables: [],
  names: new Set(),
  domainTemplate: [],
  pathTemplate: [],
  literal: undefined,
};

/** Domain and path of a rule, and what tells how to read them. */
export interface RuleText {
  /** The rule as it was written, for messages. */
  readonly rule: string;
  readonly domain: string;
  readonly path: string;
  readonly defaults: Readonly<Record<string, unknown>> | undefined;
}

/** A compiled rule, with the converters of its variables if they had to be made. */
export interface Compilation {
  compiled: CompiledRule;
  converters: readonly Slot[] | undefined;
}

/** Rules that differ only by their map, as those of a reloaded app do, are compiled once. */
const known = new Map<string, CompiledRule>();

/** More rules than most apps have; a development server that sees new ones all day must not keep them all. */
const MOST_KNOWN = 4096;

/**
 * Compiles a rule for a map, or takes what an equal rule was compiled to: only where all converters are the built-in
 * ones, as those of an application may depend on anything.
 * Throws RoutingError `MALFORMED_RULE`, `DUPLICATE_VARIABLE`, and what `getConverter` throws.
 */
export function compileRule(text: RuleText, map: UrlMap, getConverter: ConverterFactory, share: boolean): Compilation {
  if (!share || text.domain.includes('\n')) return compile(text, getConverter);
  const key = text.domain === '' ? text.path : `${text.domain}\n${text.path}`;
  const equal = known.get(key);
  if (equal !== undefined && isShareable(equal, text, map)) return { compiled: equal, converters: undefined };
  const compilation = compile(text, getConverter);
  if (isShareable(compilation.compiled, text, map)) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, compilation.compiled);
  }
  return compilation;
}

/** The converters of a rule that was compiled for an equal one: the built-in ones, whatever the map has by now. */
export function convertersOf({ variables }: CompiledRule, map: UrlMap): Slot[] {
  return variables.map(({ name, type, given }) => {
    const Converter = DEFAULT_CONVERTERS[type] as ConverterClass;
    return { name, converter: makeConverter(Converter, map, given) };
  });
}

export function makeConverter(
  Converter: ConverterClass,
  map: UrlMap,
  { args, options }: ConverterArguments,
): BaseConverter {
  const given: unknown[] = Object.keys(options).length === 0 ? args : [...args, options];
  return Reflect.construct(Converter, [map, ...given]) as BaseConverter;
}

function isShareable({ variables }: CompiledRule, { defaults }: RuleText, { converters }: UrlMap): boolean {
  for (const { name, type } of variables) {
    if (converters[type] !== DEFAULT_CONVERTERS[type]) return false;
    // Its value is part of the templates.
    if (defaults !== undefined && Object.hasOwn(defaults, name)) return false;
  }
  return true;
}

function compile({ rule, domain, path, defaults }: RuleText, getConverter: ConverterFactory): Compilation {
  const converters = new Map<string, BaseConverter>();
  const variables = new Map<string, RuleVariable>();
  const makeConverter: ConverterFactory = (name, type, given) => {
    const isDefault = defaults !== undefined && Object.hasOwn(defaults, name);
    if ((converters.has(name) && !isDefault) || name === '__proto__') {
      throw new RoutingError(
        `The variable '${name}' cannot be used ${name === '__proto__' ? '' : 'twice '}in '${rule}'.`,
        { code: 'DUPLICATE_VARIABLE', fix: 'give it another name' },
      );
    }
    const converter = getConverter(name, type, given);
    converters.set(name, converter);
    variables.set(name, { name, type, given });
    return converter;
  };

  const domainTrace: TraceItem[] = [];
  const pathTrace: TraceItem[] = [];
  const parts = [
    ...(domain === '' ? [staticPart('')] : parseRule(domain, makeConverter, domainTrace)),
    ...parseRule(path, makeConverter, pathTrace),
  ];
  const names = new Set(variables.keys());
  const slots = Array.from(converters, ([name, converter]) => ({ name, converter }));
  const compiled: CompiledRule = {
    parts,
    trace: [...domainTrace, { isVariable: false, text: '|' }, ...pathTrace],
    variables: [...variables.values()],
    names,
    domainTemplate: makeTemplate(domainTrace, slots, defaults),
    pathTemplate: makeTemplate(pathTrace, slots, defaults),
    literal: literalOf(parts),
  };
  return { compiled, converters: slots };
}

function literalOf(parts: readonly RulePart[]): string | undefined {
  if (parts.some(({ regex }) => regex !== undefined)) return undefined;
  const [domain = '', ...path] = parts.map(({ content }) => content ?? '');
  return domain + path.join('/');
}
