import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HTTPException } from '../../src/http/exceptions.ts';
import type { MapAdapter, RouteMatch } from '../../src/routing/adapter.ts';
import { RequestRedirect } from '../../src/routing/exceptions.ts';
import { UrlMap } from '../../src/routing/map.ts';
import { Rule } from '../../src/routing/rules.ts';

interface Piece {
  rule: string;
  text: string;
}

const word = fc.constantFrom('a', 'b', 'new', 'edit', 'é', '日本', '😀', 'a b', '%41', '12', 'x-y');

function variable(converter: string, texts: fc.Arbitrary<string>): fc.Arbitrary<(name: string) => Piece> {
  return texts.map((text) => (name) => ({ rule: `<${converter}${name}>`, text }));
}

const piece: fc.Arbitrary<(name: string) => Piece> = fc.oneof(
  word.map((text) => () => ({ rule: text, text })),
  variable('', word),
  variable('int:', fc.nat().map(String)),
  variable('int(signed=True):', fc.integer().map(String)),
  variable(
    'int(fixed_digits=3):',
    fc.nat(999).map((n) => String(n).padStart(3, '0')),
  ),
  variable('float:', fc.constantFrom('0.5', '12.0', '3.25')),
  variable(
    'path:',
    fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('/')),
  ),
  variable('string(minlength=2):', fc.constantFrom('ab', '日本', 'new')),
  variable('uuid:', fc.uuid()),
);

/** One part between slashes, of one or two pieces. */
const part = fc.tuple(piece, fc.option(fc.tuple(fc.constantFrom('-', '.', '_'), piece), { nil: undefined, freq: 4 }));

const pattern = fc.tuple(fc.array(part, { maxLength: 4 }), fc.boolean()).map(([parts, slash]): Piece => {
  let count = 0;
  const make = (factory: (name: string) => Piece): Piece => factory(`v${count++}`);
  const joined = parts.map(([first, second]): Piece => {
    const start = make(first);
    if (second === undefined) return start;
    const [separator, factory] = second;
    const end = make(factory);
    return { rule: start.rule + separator + end.rule, text: start.text + separator + end.text };
  });
  const write = (key: keyof Piece): string =>
    `/${joined.map((item) => item[key]).join('/')}${slash && parts.length > 0 ? '/' : ''}`;
  return { rule: write('rule'), text: write('text') };
});

/** Matches like a browser, which follows redirects. */
function follow(urls: MapAdapter, path: string): [string, RouteMatch] | undefined {
  for (let hops = 0, current = path; hops < 5; hops++) {
    try {
      return [current, urls.match(current)];
    } catch (error) {
      if (!(error instanceof HTTPException)) throw error;
      if (!(error instanceof RequestRedirect)) return undefined;
      current = decodeURIComponent(error.newUrl.slice('http://x.test'.length));
    }
  }
  throw new Error(`${path} redirects in a circle`);
}

function withoutZeros(path: string): string {
  return path.replaceAll(/(?<!\d)0+(?=\d)/g, '');
}

const request = { method: 'GET', host: 'x.test', scheme: 'http', rootPath: '', queryString: '' };

it('builds from what it matched the URL that it matched', () => {
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 8 }), (patterns) => {
      const map = new UrlMap(patterns.map(({ rule }, index) => new Rule(rule, { endpoint: String(index) })));
      const urls = map.bind('x.test');
      for (const { text } of patterns) {
        const found = follow(urls, text);
        if (found === undefined) continue;
        const [path, { rule, viewArgs }] = found;
        // Zeros before a number are those of another rule's fixed digits: a number is built without them.
        const shown = /<(?:int(?:\(signed=True\))?|float):/.test(rule.rule)
          ? withoutZeros
          : (url: string): string => url;
        expect(shown(decodeURIComponent(urls.build(rule.endpoint, viewArgs)))).toBe(shown(path));
        expect(map.matchRequest({ ...request, path })).toEqual({ rule, viewArgs });
      }
    }),
    { numRuns: 300 },
  );
});
