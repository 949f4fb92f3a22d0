import { Markup } from '../util/markup.ts';
import { attribute } from './attributes.ts';
import { passEnvironment, passEvalContext, withSignature } from './calls.ts';
import type { EvalContext } from './context.ts';
import type { Environment } from './environment.ts';
import { FilterArgumentError, TemplateTypeError, TemplateValueError } from './errors.ts';
import { pythonJson } from './json.ts';
import { pprint } from './pprint.ts';
import { index } from './py-numbers.ts';
import { htmlText, repr, str } from './text.ts';
import { urlizeText } from './urlize.ts';
import {
  entriesOf,
  isIterable,
  isMapping,
  isText,
  iterate,
  toList,
  truth,
  typeName,
  UndefinedValue,
} from './values.ts';

const SCHEME = /^[\p{L}\p{N}_.+-]{2,}:\/{0,2}$/u;

function urlize(
  { environment, autoescape }: EvalContext,
  value: unknown,
  limit?: unknown,
  nofollow: unknown = false,
  target?: unknown,
  rel?: unknown,
  extraSchemes?: unknown,
): unknown {
  const { policies } = environment;
  const words = (text: unknown): string[] =>
    text === undefined || text === null ? [] : str(text).split(/\s+/).filter(Boolean);
  const relations = new Set([
    ...words(rel),
    ...(truth(nofollow) ? ['nofollow'] : []),
    ...words(policies['urlize.rel']),
  ]);
  const schemes =
    extraSchemes === undefined || extraSchemes === null
      ? (policies['urlize.extra_schemes'] ?? [])
      : toList(extraSchemes).map(str);
  for (const scheme of schemes) {
    if (!SCHEME.test(scheme)) throw new FilterArgumentError(`${repr(scheme)} is not a valid URI scheme prefix.`);
  }
  const html = urlizeText(htmlText(value), {
    limit: limit === undefined || limit === null ? undefined : index(limit),
    rel: [...relations].sort().join(' '),
    target: target === undefined || target === null ? policies['urlize.target'] : str(target),
    schemes,
  });
  return autoescape ? new Markup(html) : html;
}

/** Percent-encodes a text as UTF-8. In a query, spaces become plus signs and slashes are encoded. */
function quoteUrl(value: unknown, isQuery: boolean): string {
  const encoded = encodeURIComponent(wellFormed(str(value))).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return isQuery ? encoded.replaceAll('%20', '+') : encoded.replaceAll('%2F', '/');
}

// Half a surrogate pair cannot be encoded.
const wellFormed = (text: string): string =>
  text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');

function urlencode(value: unknown): string {
  const isPairs = !isText(value) && (isMapping(value) || isIterable(value) || value instanceof UndefinedValue);
  if (!isPairs) return quoteUrl(value, false);
  const pairs = entriesOf(value) ?? Array.from(iterate(value), (pair) => toList(pair));
  return pairs
    .map((pair) => {
      if (pair.length !== 2)
        throw new TemplateValueError(`expected pairs of a name and a value, got ${pair.length} values`);
      return `${quoteUrl(pair[0], true)}=${quoteUrl(pair[1], true)}`;
    })
    .join('&');
}

function xmlattr({ autoescape }: EvalContext, value: unknown, autospace: unknown = true): unknown {
  if (value instanceof UndefinedValue) value.fail();
  const entries = entriesOf(value);
  if (!entries) throw new TemplateTypeError(`'${typeName(value)}' object has no attribute 'items'`);
  const attributes: string[] = [];
  for (const [key, item] of entries) {
    if (item === null || item === undefined || item instanceof UndefinedValue) continue;
    if (!isText(key)) throw new TemplateTypeError(`expected string or bytes-like object, got '${typeName(key)}'`);
    if (/[\t-\r /=>]/.test(key.toString()))
      throw new TemplateValueError(`Invalid character in attribute name: ${repr(key)}`);
    attributes.push(`${htmlText(key)}="${htmlText(item)}"`);
  }
  const html = attributes.join(' ');
  const spaced = truth(autospace) && html !== '' ? ` ${html}` : html;
  return autoescape ? new Markup(spaced) : spaced;
}

function tojson({ environment }: EvalContext, value: unknown, indent?: unknown): Markup {
  const { 'json.dumps_function': dumps, 'json.dumps_kwargs': options } = environment.policies;
  const all = indent === undefined || indent === null ? options : { ...options, indent };
  const json = dumps ? dumps(value, all) : pythonJson(value, all);
  return new Markup(
    json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026').replaceAll("'", '\\u0027'),
  );
}

function attr(environment: Environment, object: unknown, name: unknown): unknown {
  if (!isText(name)) throw new TemplateTypeError(`attribute name must be string, not '${typeName(name)}'`);
  if (object instanceof UndefinedValue) return object.attribute(name);
  const found = attribute(object, str(name));
  return found === undefined ? new environment.undefined({ object, name }) : found;
}

/** Filters for HTML, URLs and JSON, and for looking at values. */
export const htmlFilters = {
  attr: passEnvironment(withSignature(attr, ['obj', 'name'])),
  pprint: withSignature((value: unknown) => pprint(value), ['value']),
  tojson: passEvalContext(withSignature(tojson, ['value', 'indent?'])),
  urlencode: withSignature(urlencode, ['value']),
  urlize: passEvalContext(
    withSignature(urlize, ['value', 'trim_url_limit?', 'nofollow?', 'target?', 'rel?', 'extra_schemes?']),
  ),
  xmlattr: passEvalContext(withSignature(xmlattr, ['d', 'autospace?'])),
};
