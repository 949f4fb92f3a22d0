import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandOutput } from '../../src/shell/command-output.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the output of a command', () => {
  it('is kept until its end, however long nothing comes', () => {
    const print = vi.fn();
    const output = new CommandOutput(print);
    expect(output.take('before\n')).toBe(false);
    output.begin();
    vi.advanceTimersByTime(5000);
    expect(output.take('one\n')).toBe(true);
    expect(output.take('two\n')).toBe(true);
    expect(output.end()).toBe('one\ntwo\n');
    expect(output.take('after\n')).toBe(false);
    vi.advanceTimersByTime(5000);
    expect(print).not.toHaveBeenCalled();
  });

  it('is shown as it comes when the command goes on', () => {
    const print = vi.fn();
    const output = new CommandOutput(print);
    output.begin();
    output.take('one\n');
    vi.advanceTimersByTime(100);
    expect(print).toHaveBeenCalledExactlyOnceWith('one\n');
    expect(output.take('two\n')).toBe(false);
    expect(output.end()).toBe('');
  });
});
