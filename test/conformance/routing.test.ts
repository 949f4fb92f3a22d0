import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { UrlMap } from '../../src/routing/map.ts';
import { bind, bindToRequest, makeMap, replayAll } from './routing-support.ts';
import type { Json, MapDefinition, RecordedBind, RecordedRequest } from './routing-support.ts';

interface Case {
  id: string;
  map: string;
  op?: 'allowed_methods' | 'test';
  path?: string;
  method?: string;
  query_args?: string | Record<string, Json>;
  websocket?: boolean;
  bind?: RecordedBind;
  request?: RecordedRequest;
  tags?: string[];
  expect: Record<string, Json>;
}

const corpus = JSON.parse(readFileSync(new URL('./routing.json', import.meta.url), 'utf8')) as {
  defs: { maps: Record<string, MapDefinition> };
  cases: Case[];
};

const maps = new Map<string, UrlMap>();

function mapOf(name: string): UrlMap {
  const known = maps.get(name);
  if (known !== undefined) return known;
  const map = makeMap(corpus.defs.maps[name] as MapDefinition);
  maps.set(name, map);
  return map;
}

function replay({
  map: name,
  op,
  path,
  method,
  query_args: queryArgs,
  websocket,
  bind: bound,
  request,
}: Case): unknown {
  const map = mapOf(name);
  const adapter = request === undefined ? bind(map, bound) : bindToRequest(map, request);
  if (op === 'allowed_methods') return { kind: 'allowed', methods: [...adapter.allowedMethods(path)].sort() };
  if (op === 'test') return { kind: 'test', value: adapter.test(path, method) };
  const { rule, viewArgs } = adapter.match(path, method, {
    ...(queryArgs !== undefined && { queryArgs }),
    ...(websocket !== undefined && { websocket }),
  });
  return { kind: 'match', endpoint: rule.endpoint, rule: rule.rule, args: viewArgs };
}

const DIFFERENCES: Readonly<Record<string, string>> = {
  'routing-0148': 'int takes ASCII digits only: one number, one URL',
  'routing-0922': 'int(1,2) is refused when the rule is added; in Werkzeug it is a rule that never matches',
  'routing-0924': 'int(fixed_digits=1, ) likewise',
};

it('matches as Werkzeug does', () => {
  const { failures, tagged } = replayAll(corpus.cases, replay);
  expect(failures).toEqual([]);
  expect(tagged).toEqual(Object.keys(DIFFERENCES));
});
