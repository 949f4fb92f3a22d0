import { describe, expect, it } from 'vitest';
import { formatLogLine } from '../../src/http/access-log.ts';
import type { LogEntry } from '../../src/http/access-log.ts';

const entry: LogEntry = {
  remoteAddr: '127.0.0.1',
  method: 'POST',
  target: '/x',
  protocol: 'HTTP/1.1',
  status: 302,
  time: new Date(2022, 0, 8, 17, 9, 7),
};

describe('formatLogLine', () => {
  it('writes the line of tip 55', () => {
    expect(formatLogLine(entry)).toBe('127.0.0.1 - - [08/Jan/2022 17:09:07] "POST /x HTTP/1.1" 302 -');
    expect(formatLogLine({ ...entry, remoteAddr: undefined, size: 12, ms: 3.14159 })).toBe(
      '<local> - - [08/Jan/2022 17:09:07] "POST /x HTTP/1.1" 302 12 3.1ms',
    );
    expect(formatLogLine({ ...entry, ms: 123.4 }).endsWith('302 - 123ms')).toBe(true);
  });

  it('shows what is encoded as text, as far as it can be read', () => {
    expect(formatLogLine({ ...entry, target: '/caf%C3%A9?a=%20' })).toContain('"POST /café?a=%20 HTTP/1.1"');
    expect(formatLogLine({ ...entry, target: '//[bad' })).toContain('"POST //[bad HTTP/1.1"');
  });

  it('2.3.0: lets no request write to the terminal or forge a line', () => {
    expect(formatLogLine({ ...entry, method: '\x1b[31m', target: '/\\%0d\u009b' })).toContain(
      '"\\x1b[31m /\\\\%0d\\x9b HTTP/1.1"',
    );
    expect(formatLogLine({ ...entry, remoteAddr: '\n1' })).not.toContain('\n');
  });

  it.each([
    [101, '\x1b[1mPOST /x HTTP/1.1\x1b[22m'],
    [200, 'POST /x HTTP/1.1'],
    [204, 'POST /x HTTP/1.1'],
    [302, '\x1b[32mPOST /x HTTP/1.1\x1b[39m'],
    [304, '\x1b[36mPOST /x HTTP/1.1\x1b[39m'],
    [404, '\x1b[33mPOST /x HTTP/1.1\x1b[39m'],
    [400, '\x1b[1m\x1b[31mPOST /x HTTP/1.1\x1b[39m\x1b[22m'],
    [500, '\x1b[1m\x1b[35mPOST /x HTTP/1.1\x1b[39m\x1b[22m'],
  ])('colours %i', (status, shown) => {
    expect(formatLogLine({ ...entry, status }, { color: true })).toBe(
      `127.0.0.1 - - [08/Jan/2022 17:09:07] "${shown}" ${status} -`,
    );
  });
});
