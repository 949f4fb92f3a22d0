import {
  ChainableUndefined,
  DateTime,
  DebugUndefined,
  DictLoader,
  Environment,
  type EnvironmentOptions,
  InternationalizationExtension,
  type KeywordArguments,
  Markup,
  PlainDate,
  PlainTime,
  repr,
  selectAutoescape,
  str,
  StrictUndefined,
  TemplateSyntaxError,
  TimeDelta,
  Tuple,
  Undefined,
  withSignature,
} from '../../src/jinja/index.ts';

/** A recorded case. */
export interface JinjaCase {
  id: string;
  topic: string;
  tags?: string[];
  templates: Record<string, string>;
  main?: string;
  context?: Record<string, unknown>;
  env?: Record<string, unknown>;
  flask?: FlaskSetup;
  expect: { kind: 'ok'; output: string } | { kind: 'error'; class: string; message: string; lineno?: number | null };
}

interface FlaskSetup {
  routes?: Record<string, string>;
  session?: Record<string, unknown>;
  flashes?: [category: string, message: string][];
  request?: Record<string, unknown>;
  config?: Record<string, unknown>;
}

/** Python's name of an error that has another one here. */
const PYTHON_CLASSES: Record<string, string[]> = {
  TemplateTypeError: ['TypeError', 'AttributeError'],
  TemplateValueError: ['ValueError', 'OverflowError', 'MemoryError'],
  TemplateLookupError: ['KeyError', 'IndexError'],
  TemplateSyntaxError: ['TemplateSyntaxError', 'SyntaxError'],
  TemplateAssertionError: ['TemplateAssertionError', 'SyntaxError'],
  FilterArgumentError: ['FilterArgumentError', 'AssertionError'],
  TemplateRuntimeError: ['TemplateRuntimeError', 'RecursionError', 'RuntimeError'],
};

/** What is wrong with the answer to a case; undefined if nothing is. */
export function problemOf(item: JinjaCase): string | undefined {
  let output: string;
  try {
    output = render(item);
  } catch (error) {
    return compareError(item, error as Error);
  }
  if (item.expect.kind === 'error')
    return `${item.expect.class} (${item.expect.message}) expected, got ${JSON.stringify(output)}`;
  return output === item.expect.output
    ? undefined
    : `${JSON.stringify(item.expect.output)} expected, got ${JSON.stringify(output)}`;
}

function compareError({ expect }: JinjaCase, error: Error): string | undefined {
  const actual = `${error.constructor.name}: ${error.message}`;
  if (expect.kind === 'ok') return `${JSON.stringify(expect.output)} expected, got ${actual}`;
  const names = PYTHON_CLASSES[error.constructor.name] ?? [error.constructor.name];
  if (!names.includes(expect.class)) return `${expect.class} (${expect.message}) expected, got ${actual}`;
  if (expect.lineno == null || (error as TemplateSyntaxError).lineno === expect.lineno) return undefined;
  return `line ${expect.lineno} expected, got ${actual} at line ${(error as TemplateSyntaxError).lineno}`;
}

function render(item: JinjaCase): string {
  const environment = environmentOf(item);
  const main = item.main ?? (item.flask ? 'main.html' : 'main');
  return environment.getTemplate(main).render(decode(item.context ?? {}) as object);
}

const UNDEFINED = { default: Undefined, strict: StrictUndefined, chainable: ChainableUndefined, debug: DebugUndefined };

export function environmentOf({ templates, env = {}, flask }: JinjaCase): Environment {
  const { undefined: undefinedName, extensions, globals, finalize, ...rest } = env;
  const options: EnvironmentOptions = { loader: new DictLoader(templates) };
  for (const [name, value] of Object.entries(rest)) {
    Object.assign(options, { [name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())]: value });
  }
  if (undefinedName) options.undefined = UNDEFINED[undefinedName as keyof typeof UNDEFINED];
  if (finalize === 'none_to_dash') options.finalize = (value: unknown) => (value === null ? '-' : value);
  if (flask) options.autoescape = selectAutoescape({ enabledExtensions: ['html', 'htm', 'xml', 'xhtml', 'svg'] });
  options.extensions = ((extensions as string[] | undefined) ?? []).map((name) => `jinja2.ext.${name}`);
  const environment = new Environment(options);
  const i18n = environment.extensions.InternationalizationExtension;
  if (i18n instanceof InternationalizationExtension) i18n.installNull({ newstyle: true });
  environment.filters.shout = withSignature(
    (s: unknown, n: unknown = 1) => str(s).toUpperCase() + '!'.repeat(Number(n)),
    ['s', 'n?'],
  );
  environment.tests.bigger = environment.tests['>']!;
  Object.assign(environment.globals, decode(globals ?? {}), flask ? flaskGlobals(flask) : {});
  return environment;
}

// What Flask puts into templates, as far as a template alone can tell; the application's own tests have the real ones.
function flaskGlobals({
  routes = {},
  session = {},
  flashes = [],
  request = {},
  config = {},
}: FlaskSetup): Record<string, unknown> {
  return {
    session,
    config,
    g: {},
    request: { path: '/', ...request },
    url_for: (endpoint: string, values: KeywordArguments = {}) => {
      const rule = endpoint === 'static' ? '/static/<path:filename>' : routes[endpoint];
      if (rule === undefined) throw new TypeError(`no such endpoint: ${endpoint}`);
      return rule.replace(/<(?:\w+:)?(\w+)>/g, (_, name: string) => String(values[name]));
    },
    get_flashed_messages: (options: { withCategories?: boolean; categoryFilter?: string[] } = {}) => {
      const wanted = flashes.filter(([category]) => options.categoryFilter?.includes(category) ?? true);
      return options.withCategories ? wanted.map((pair) => new Tuple(pair)) : wanted.map(([, message]) => message);
    },
  };
}

class Obj {
  constructor(attributes: Record<string, unknown>) {
    Object.assign(this, attributes);
  }
}

type AttributeAndItem = Record<string, { attr?: unknown; item?: unknown }>;

// Attributes are properties, items are entries.
function attributesAndItems(content: AttributeAndItem): Map<string, unknown> {
  const both = new Map<string, unknown>();
  for (const [name, parts] of Object.entries(content)) {
    if ('attr' in parts) Object.assign(both, { [name]: decode(parts.attr) });
    if ('item' in parts) both.set(name, decode(parts.item));
  }
  return both;
}

/** Turns a recorded value into the one it stands for. */
export function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const entries = Object.entries(value);
  const [[form, content] = ['', undefined]] = entries;
  if (entries.length === 1 && form.startsWith('$')) return decodeForm(form, content);
  return Object.fromEntries(entries.map(([key, item]) => [key, decode(item)]));
}

function decodeForm(form: string, content: unknown): unknown {
  switch (form) {
    case '$int':
      return BigInt(content as string);
    case '$float':
      return Number((content as string).replace('inf', 'Infinity').replace('nan', 'NaN'));
    case '$tuple':
      return new Tuple((content as unknown[]).map(decode));
    case '$set':
      return new Set((content as unknown[]).map(decode));
    case '$bytes':
      return new Uint8Array(Buffer.from(content as string, 'base64'));
    case '$markup':
      return new Markup(content);
    case '$uuid':
    case '$decimal':
      return content;
    case '$date':
      return PlainDate.parse(content as string);
    case '$datetime':
      return DateTime.parse8601(content as string);
    case '$time':
      return PlainTime.parse(content as string);
    case '$timedelta':
      return new TimeDelta(content as number);
    case '$dict':
      return new Map((content as [unknown, unknown][]).map(([key, item]) => [decode(key), decode(item)]));
    case '$fn':
      return FUNCTIONS[content as string];
    case '$obj':
      return new Obj(decode(content) as Record<string, unknown>);
    case '$both':
      return attributesAndItems(content as AttributeAndItem);
    case '$gen':
      return (function* () {
        yield* decode(content) as unknown[];
      })();
    default:
      throw new TypeError(`no such form of a value: ${form}`);
  }
}

const add = withSignature((a: number, b = 10) => a + b, ['a', 'b?']);

const FUNCTIONS: Record<string, unknown> = {
  args: withSignature(
    (args: unknown[], kwargs: Record<string, unknown>) => {
      const named = Object.entries(kwargs).map(([name, value]) => `${name}=${repr(value)}`);
      return `(${[...args.map(repr), ...named].join(', ')})`;
    },
    ['*', '**'],
  ),
  add,
  upper: withSignature((s: unknown) => str(s).toUpperCase(), ['s']),
  none: () => null,
  boom: () => {
    throw new RangeError('boom');
  },
  markup: (s: unknown) => new Markup(`<i>${str(s)}</i>`),
  concat: (...parts: unknown[]) => parts.map(str).join(''),
  kw: (values: KeywordArguments = {}) =>
    Object.entries(values)
      .map(([name, value]) => `${name}=${str(value)}`)
      .sort()
      .join(','),
  gen: (n: number) =>
    (function* () {
      for (let i = 0; i < n; i++) yield i;
    })(),
  fn: () => add,
};
