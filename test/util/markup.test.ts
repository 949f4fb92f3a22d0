import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { escape, escapeHtml, html, Markup, striptags, unescape } from '../../src/util/markup.ts';

describe('escape', () => {
  it.each([
    ['', ''],
    ['plain', 'plain'],
    [`<b class="x">'&'</b>`, '&lt;b class=&#34;x&#34;&gt;&#39;&amp;&#39;&lt;/b&gt;'],
    ['a&b', 'a&amp;b'],
    ['日本 & 😀', '日本 &amp; 😀'],
  ])('escapes %j', (text, escaped) => {
    expect(escapeHtml(text)).toBe(escaped);
    expect(escape(text).toString()).toBe(escaped);
  });

  it('keeps what says itself what its HTML is', () => {
    const markup = new Markup('<b>');
    expect(escape(markup)).toBe(markup);
    expect(String(escape({ toHTML: () => '<i>' }))).toBe('<i>');
    expect(String(escape({ __html__: () => '<u>' }))).toBe('<u>');
    expect(String(new Markup({ toHTML: () => '<i>' }))).toBe('<i>');
  });

  it('turns other values into text, and nothing into nothing', () => {
    expect([1, true, null, undefined, ['<'], { toString: () => '<' }].map((value) => String(escape(value)))).toEqual([
      '1',
      'true',
      '',
      '',
      '&lt;',
      '&lt;',
    ]);
    expect(String(new Markup(42))).toBe('42');
    expect(String(Markup.escape('<'))).toBe('&lt;');
  });
});

describe('Markup', () => {
  const em = new Markup('<em>%</em> ');

  it('escapes what is brought in', () => {
    expect(String(em.concat('<', new Markup('<br>')))).toBe('<em>%</em> &lt;<br>');
    expect(String(new Markup('<br>').join(['<a>', new Markup('<b>'), 1]))).toBe('&lt;a&gt;<br><b><br>1');
    expect(String(em.replace('%', '<$&>'))).toBe('<em>&lt;$&amp;&gt;</em> ');
    expect(String(new Markup('&lt;&lt;').replaceAll('<', '|'))).toBe('||');
    expect(String(new Markup('x').padEnd(3, '<'))).toBe('x&lt;&lt;');
    expect(String(new Markup('x').padStart(3))).toBe('  x');
    expect(String(html`<b>${'<x>'}</b>${em}${[1, '<']}`)).toBe('<b>&lt;x&gt;</b><em>%</em> 1&lt;');
  });

  it('stays markup when cut and changed', () => {
    const results = [
      em.trim(),
      em.slice(0, 4),
      em.substring(0, 4),
      em.at(0),
      em.charAt(0),
      em.toUpperCase(),
      em.toLowerCase(),
      em.repeat(2),
      em.trimStart(),
      em.trimEnd(),
      ...em.split('%'),
    ];
    for (const result of results) expect(result).toBeInstanceOf(Markup);
    expect(em.slice(0, 4).toString()).toBe('<em>');
    expect(em.at(99)).toBeUndefined();
  });

  it('reads like a string', () => {
    expect(em.length).toBe(11);
    expect(`${em}|${em + ''}`).toBe('<em>%</em> |<em>%</em> ');
    expect(JSON.stringify({ em })).toBe('{"em":"<em>%</em> "}');
    expect([...new Markup('ab')]).toEqual(['a', 'b']);
    expect([em.includes('em'), em.startsWith('<'), em.endsWith(' '), em.indexOf('%')]).toEqual([true, true, true, 4]);
    expect(inspect(new Markup('<b>'))).toBe("Markup('<b>')");
  });

  describe('format', () => {
    it.each<[string, unknown[], string]>([
      ['<b>{}</b>{}', ['<', 2], '<b>&lt;</b>2'],
      ['{1}{0}', ['a', 'b'], 'ba'],
      ['{name} {{x}}', [{ name: '&' }], '&amp; {x}'],
      ['{0.user[name]}', [{ user: { name: '<' } }], '&lt;'],
      ['{}', [new Markup('<i>')], '<i>'],
    ])('%s', (template, args, expected) => {
      expect(String(new Markup(template).format(...args))).toBe(expected);
    });

    it.each<[string, unknown[]]>([
      ['{}', []],
      ['{name}', [{}]],
      ['{0.constructor}', [{}]],
      ['{', []],
      ['}', []],
      ['{0!r}', ['a']],
    ])('refuses %s', (template, args) => {
      expect(() => new Markup(template).format(...args)).toThrow(expect.objectContaining({ code: 'FORMAT_FIELD' }));
    });
  });
});

describe('striptags', () => {
  it.each([
    ['<b>x</b>', 'x'],
    ['Main &raquo;\t<em>About</em>', 'Main » About'],
    ['<!-- c -->x', 'x'],
    ['<!--<b>-->x', 'x'],
    ['<!-->a-->', 'a-->'],
    ['<!--->a', 'a'],
    ['<!<!-- x -->-- y -->z', 'z'],
    ['<!-- open', '<!-- open'],
    ['a < b > c', 'a c'],
    ['a < b', 'a < b'],
    ['&amp;lt;', '&lt;'],
    ['  a \n\t b  ', 'a b'],
    ['', ''],
  ])('%j', (markup, text) => {
    expect(striptags(markup)).toBe(text);
    expect(new Markup(markup).striptags()).toBe(text);
  });

  it('takes linear time for hostile input', () => {
    const times = [10_000, 160_000].map((size) => {
      const start = process.hrtime.bigint();
      striptags('<!--'.repeat(size) + '<'.repeat(size) + '<!<!---->'.repeat(size));
      return Number(process.hrtime.bigint() - start);
    });
    // Sixteen times the input: quadratic time would be 256 times as much.
    expect((times[1] ?? 0) / (times[0] ?? 1)).toBeLessThan(100);
  });
});

describe('unescape', () => {
  it.each([
    ['&eacute;&#233;&#xe9;&#XE9;', 'éééé'],
    ['&lt &lt;x&amp', '< <x&'],
    ['&notit; &notin;', '¬it; ∉'],
    ['&#0; &#xd800; &#1114112; &#128; &#x1;', '\ufffd \ufffd \ufffd € '],
    ['&unknown; & &; &#; &#x;', '&unknown; & &; &#; &#x;'],
    ['&NewLine;&Tab;&nbsp;', '\n\t\u00a0'],
    ['&bne;', '=\u20e5'],
    ['no entity', 'no entity'],
  ])('%j', (markup, text) => {
    expect(unescape(markup)).toBe(text);
    expect(new Markup(markup).unescape()).toBe(text);
  });
});
