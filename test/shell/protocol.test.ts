import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader, MAX_FRAME_LENGTH, type ClientFrame } from '../../src/shell/protocol.ts';

const frames: ClientFrame[] = [
  { op: 'eval', id: 1, code: 'const a = `\n\u2028 «é» 😀`' },
  { op: 'check', id: 2, code: '' },
  { op: 'close', id: 3 },
];

describe('frames', () => {
  it('come out whole however they are cut', () => {
    const text = frames.map(encodeFrame).join('');
    for (let size = 1; size < 40; size += 1) {
      const reader = new FrameReader<ClientFrame>();
      const read: ClientFrame[] = [];
      for (let at = 0; at < text.length; at += size) read.push(...reader.read(text.slice(at, at + size)));
      expect(read).toEqual(frames);
    }
  });

  it('are refused when they are none, or have no end', () => {
    const read = (text: string): unknown => [...new FrameReader().read(text)];
    expect(() => read('GET / HTTP/1.1\n')).toThrow(SyntaxError);
    expect(() => read('1\n')).toThrow('no frame');
    expect(() => read('null\n')).toThrow('no frame');
    expect(() => read('{}\n')).toThrow('no frame');
    expect(() => read('x'.repeat(MAX_FRAME_LENGTH + 1))).toThrow('too long');
    expect(read('\n\n')).toEqual([]);
  });
});
