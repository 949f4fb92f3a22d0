import { readFileSync } from 'node:fs';
import { Blueprint, Flacon, urlFor } from 'flacon';
import type { BlueprintOptions, RegisterOptions, RouteOptions } from 'flacon';
import { expect, it } from 'vitest';
import { camelCaseKeys, decode, replayAll } from './routing-support.ts';
import type { Json } from './routing-support.ts';

interface RuleDefinition {
  rule: string;
  endpoint: string;
}

interface BlueprintDefinition {
  name: string;
  url_prefix?: string;
  subdomain?: string;
  url_defaults?: Record<string, Json>;
  default_lang?: string;
  register?: Record<string, Json>;
  rules: RuleDefinition[];
  blueprints?: BlueprintDefinition[];
}

interface AppDefinition {
  config?: Record<string, Json>;
  static?: boolean;
  subdomain_matching?: boolean;
  host_matching?: boolean;
  url_defaults?: Record<string, Json>;
  build_error_prefix?: string;
  rules: RuleDefinition[];
  blueprints?: BlueprintDefinition[];
}

interface Case {
  id: string;
  op: string;
  app: string;
  endpoint: string;
  values?: Record<string, Json>;
  anchor?: string;
  method?: string;
  scheme?: string;
  external?: boolean;
  request?: { path: string; method?: string; base_url?: string; subdomain?: string };
  tags?: string[];
  expect: Record<string, Json>;
}

type RequestOptions = NonNullable<Parameters<Flacon['testRequestContext']>[1]>;

const corpus = JSON.parse(readFileSync(new URL('./url_build.json', import.meta.url), 'utf8')) as {
  defs: { apps: Record<string, AppDefinition> };
  cases: Case[];
};

function addRules(target: Flacon | Blueprint, rules: readonly RuleDefinition[]): void {
  // One view an endpoint: an endpoint with several rules must not be a clash.
  const views = new Map<string, () => string>();
  for (const { rule, endpoint, ...rest } of rules) {
    const view = views.get(endpoint) ?? (() => endpoint);
    views.set(endpoint, view);
    target.addUrlRule(rule, endpoint, view, camelCaseKeys(rest) as RouteOptions);
  }
}

function addBlueprints(parent: Flacon | Blueprint, definitions: readonly BlueprintDefinition[] = []): void {
  for (const { name, rules, blueprints, register = {}, default_lang: defaultLang, ...options } of definitions) {
    const blueprint = new Blueprint(name, import.meta, camelCaseKeys(options) as BlueprintOptions);
    addRules(blueprint, rules);
    addBlueprints(blueprint, blueprints);
    if (defaultLang !== undefined) {
      blueprint.urlDefaults((_, values) => {
        values.lang ??= defaultLang;
      });
    }
    parent.registerBlueprint(blueprint, camelCaseKeys(register) as RegisterOptions);
  }
}

function makeApp(definition: AppDefinition): Flacon {
  const { config = {}, url_defaults: urlDefaults = {}, build_error_prefix: prefix } = definition;
  const app = new Flacon(import.meta, {
    name: 'app',
    staticFolder: definition.static === true ? 'static' : null,
    subdomainMatching: definition.subdomain_matching ?? false,
    hostMatching: definition.host_matching ?? false,
  });
  app.config.fromMapping(config);
  for (const [name, value] of Object.entries(urlDefaults)) {
    app.urlDefaults((endpoint, values) => {
      if (app.urlMap.isEndpointExpecting(endpoint, name)) values[name] ??= value;
    });
  }
  if (prefix !== undefined) {
    app.urlBuildErrorHandlers.push((error, endpoint, values) => {
      if (!endpoint.startsWith('ext.')) throw error;
      const names = Object.keys(values).filter((name) => !name.startsWith('_'));
      return `${prefix}${endpoint}?${names.sort().join(',')}`;
    });
  }
  addRules(app, definition.rules);
  addBlueprints(app, definition.blueprints);
  return app;
}

const apps = new Map(Object.entries(corpus.defs.apps).map(([name, definition]) => [name, makeApp(definition)]));

function requestOptions(
  app: Flacon,
  { method, base_url: given, subdomain }: NonNullable<Case['request']>,
): RequestOptions {
  const { PREFERRED_URL_SCHEME: scheme, SERVER_NAME: host, APPLICATION_ROOT: root } = app.config;
  const baseUrl = subdomain === undefined ? given : `${scheme}://${subdomain}.${host ?? 'localhost'}${root}`;
  return { ...(method !== undefined && { method }), ...(baseUrl !== undefined && { baseUrl }) };
}

function replay(recorded: Case): unknown {
  const app = apps.get(recorded.app) as Flacon;
  const { anchor, method, scheme, external, request } = recorded;
  const special = Object.entries({ _anchor: anchor, _method: method, _scheme: scheme, _external: external });
  const values = {
    ...(decode(recorded.values ?? {}) as Record<string, unknown>),
    ...Object.fromEntries(special.filter(([, value]) => value !== undefined)),
  };
  let url = '';
  const build = (): void => {
    url = urlFor(recorded.endpoint, values);
  };
  if (request === undefined) app.appContext().run(build);
  else app.testRequestContext(request.path, requestOptions(app, request)).run(build);
  return { kind: 'url', url };
}

const DIFFERENCES: Readonly<Record<string, string>> = {};

it('builds URLs as url_for does', () => {
  const { failures, tagged } = replayAll(
    corpus.cases.filter(({ op }) => op === 'url_for'),
    replay,
  );
  expect(failures).toEqual([]);
  expect(tagged).toEqual(Object.keys(DIFFERENCES));
});
