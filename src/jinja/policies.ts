/** Settings of built-in filters and extensions, by the names that Jinja gives them. */
export interface DefaultPolicies {
  /** `rel` of links that `urlize` makes, besides what the template asks for. Default noopener. */
  'urlize.rel': string | null;
  /** `target` of links that `urlize` makes. Default none. */
  'urlize.target': string | null;
  /** Further schemes that `urlize` makes links of, such as `mailto:`. Default none. */
  'urlize.extra_schemes': readonly string[] | null;
  /** How much longer than its length a text may be before `truncate` cuts it. Default 5. */
  'truncate.leeway': number;
  /** What `tojson` makes JSON with. Default: Python's spelling, sorted keys. */
  'json.dumps_function': ((value: unknown, options: Record<string, unknown>) => string) | null;
  /** Options for that function. Default `{ sort_keys: true }`. */
  'json.dumps_kwargs': Record<string, unknown>;
  /** Whether `{% trans %}` joins lines. Default false. */
  'ext.i18n.trimmed': boolean;
  [name: string]: unknown;
}

export function defaultPolicies(): DefaultPolicies {
  return {
    'urlize.rel': 'noopener',
    'urlize.target': null,
    'urlize.extra_schemes': null,
    'truncate.leeway': 5,
    'json.dumps_function': null,
    'json.dumps_kwargs': { sort_keys: true },
    'ext.i18n.trimmed': false,
  };
}
