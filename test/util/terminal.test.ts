import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  echo,
  isColorEnabled,
  secho,
  stringWidth,
  stripAnsi,
  style,
  withStreams,
  type TerminalStreams,
} from '../../src/util/terminal.ts';

function capture(color?: boolean): { streams: TerminalStreams; out: () => string; err: () => string } {
  const written = { out: '', err: '' };
  const streams: TerminalStreams = {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    color,
  };
  return { streams, out: () => written.out, err: () => written.err };
}

describe('echo', () => {
  it('writes lines to the streams of the context', async () => {
    const { streams, out, err } = capture();
    await withStreams(streams, async () => {
      echo('one');
      await tick();
      echo('two', { nl: false });
      echo();
      echo(3);
      echo(Buffer.from('bytes'));
      echo({ a: 1 });
      echo([1, 2]);
      echo('bad', { err: true });
    });
    expect(out()).toBe('one\ntwo\n3\nbytes\n{ a: 1 }\n1,2\n');
    expect(err()).toBe('bad\n');
  });

  it('takes colours out unless the stream or the caller wants them', () => {
    const red = style('x', { fg: 'red' });
    const plain = capture();
    withStreams(plain.streams, () => {
      echo(red);
      echo(red, { color: true });
    });
    expect(plain.out()).toBe(`x\n${red}\n`);
    const colored = capture(true);
    withStreams(colored.streams, () => secho('x', { fg: 'red' }));
    expect(colored.out()).toBe(`${red}\n`);
  });
});

describe('style', () => {
  it('adds the codes', () => {
    expect(style('x', { fg: 'green' })).toBe('\u001b[32mx\u001b[39m');
    expect(style('x', { fg: 'brightRed', bg: 'blue' })).toBe('\u001b[44m\u001b[91mx\u001b[39m\u001b[49m');
    expect(style('x', { bg: 'brightBlue' })).toBe('\u001b[104mx\u001b[49m');
    expect(style('x', { fg: 'gray' })).toBe('\u001b[90mx\u001b[39m');
    const all = { bold: true, dim: true, italic: true, underline: true, reverse: true, strikethrough: true };
    expect(stripAnsi(style('x', all))).toBe('x');
    expect(style('x', {})).toBe('x');
  });
});

describe('isColorEnabled', () => {
  const terminal = { isTTY: true };
  it.each<[Record<string, string>, { isTTY?: boolean }, boolean]>([
    [{}, terminal, true],
    [{}, {}, false],
    [{ TERM: 'dumb' }, terminal, false],
    [{ NO_COLOR: '1' }, terminal, false],
    [{ NO_COLOR: '' }, terminal, true],
    [{ FORCE_COLOR: '1' }, {}, true],
    [{ FORCE_COLOR: '0' }, terminal, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, {}, false],
  ])('%j %j → %j', (env, stream, expected) => {
    expect(isColorEnabled(stream, env)).toBe(expected);
  });
});

describe('stringWidth', () => {
  it.each([
    ['abc', 3],
    ['', 0],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['한글', 4],
    ['😀', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['\u001b[31mred\u001b[39m', 3],
    ['…│', 2],
    ['ｆ', 2],
    ['\u200b', 0],
  ])('%j takes %d columns', (text, width) => {
    expect(stringWidth(text)).toBe(width);
  });
});
