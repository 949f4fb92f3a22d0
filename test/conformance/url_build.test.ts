import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MultiDict } from '../../src/http/multidict.ts';
import type { UrlMap } from '../../src/routing/map.ts';
import { bind, decode, makeMap, replayAll } from './routing-support.ts';
import type { Json, MapDefinition, RecordedBind } from './routing-support.ts';

interface BuildCase {
  id: string;
  op: 'build';
  map: string;
  bind?: RecordedBind;
  endpoint: string;
  values?: Record<string, Json> | [string, Json][];
  multidict?: boolean;
  method?: string;
  force_external?: boolean;
  append_unknown?: boolean;
  url_scheme?: string;
  tags?: string[];
  expect: Record<string, Json>;
}

const corpus = JSON.parse(readFileSync(new URL('./url_build.json', import.meta.url), 'utf8')) as {
  defs: { maps: Record<string, MapDefinition> };
  cases: (BuildCase | { op: 'url_for' })[];
};

const maps = new Map<string, UrlMap>();

function mapOf(name: string): UrlMap {
  const known = maps.get(name);
  if (known !== undefined) return known;
  const map = makeMap(corpus.defs.maps[name] as MapDefinition);
  maps.set(name, map);
  return map;
}

function replay(recorded: BuildCase): unknown {
  const {
    values = {},
    method,
    force_external: forceExternal,
    append_unknown: appendUnknown,
    url_scheme: urlScheme,
  } = recorded;
  const given = decode(values as Json);
  const url = bind(mapOf(recorded.map), recorded.bind).build(
    recorded.endpoint,
    recorded.multidict ? new MultiDict<unknown>(given as [string, unknown][]) : (given as Record<string, unknown>),
    {
      ...(method !== undefined && { method }),
      ...(forceExternal !== undefined && { forceExternal }),
      ...(appendUnknown !== undefined && { appendUnknown }),
      ...(urlScheme !== undefined && { urlScheme }),
    },
  );
  return { kind: 'url', url };
}

const DIFFERENCES: Readonly<Record<string, string>> = {
  'url_build-0183': 'an object is written by String, not as a Python dict',
  'url_build-0184': 'bytes likewise',
  'url_build-0280': 'true is not the default 1',
  'url_build-0662': 'true is written as true, not True',
  'url_build-0700': 'likewise',
  'url_build-0716': 'likewise',
};

it('builds URLs as Werkzeug does', () => {
  const cases = corpus.cases.filter((recorded): recorded is BuildCase => recorded.op === 'build');
  const { failures, tagged } = replayAll(cases, replay);
  expect(failures).toEqual([]);
  expect(tagged).toEqual(Object.keys(DIFFERENCES));
});
