import { BenchTerminal, type Program } from './terminal.ts';

const PROMPT = /\(dev\)> $/;

/** Milliseconds from a key to the moment that the terminal shows it, at the end of an entry of 200 lines. */
export async function measureEcho(program: Program, keys = 300): Promise<number[]> {
  const terminal = new BenchTerminal(program);
  try {
    await terminal.shows(PROMPT);
    const lines = Array.from(
      { length: 199 },
      (_, index) => `  const value${index} = { index: ${index}, text: 'line' };`,
    );
    terminal.type(`\u001b[200~function long() {\r${lines.join('\r')}\u001b[201~`);
    await terminal.shows(/value198 = \{ index: 198, text: 'line' \};/);
    // Alt-Enter: one line more, to type in.
    await terminal.time('\u001b\rzz', /zz/);
    const times: number[] = [];
    let word = 'zz';
    while (times.length < keys) {
      if (word.length === 40) {
        // What is typed stays within one row.
        await terminal.time('\u0015zz', /zz/);
        word = 'zz';
      }
      const key = String.fromCharCode(97 + Math.floor(Math.random() * 26));
      word += key;
      times.push(await terminal.time(key, new RegExp(`${word.slice(-6)}`)));
    }
    return times;
  } finally {
    terminal.kill();
    await terminal.ended;
  }
}

/** Milliseconds from Tab to the menu: the first in a shell, and those after it. */
export async function measureCompletion(program: Program, times = 40): Promise<{ first: number; warm: number[] }> {
  const terminal = new BenchTerminal(program);
  try {
    await terminal.shows(PROMPT);
    const warm: number[] = [];
    // What a call gives is known by its types alone: nothing is run for a menu.
    const ask = async (): Promise<number> => {
      await terminal.time('prices.latest().fi', /latest\(\)\.fi/);
      const time = await terminal.time('\t', /filter[^]*find/);
      terminal.type('\u0003');
      await terminal.shows(PROMPT);
      return time;
    };
    const first = await ask();
    while (warm.length < times) warm.push(await ask());
    return { first, warm };
  } finally {
    terminal.kill();
    await terminal.ended;
  }
}

/** Milliseconds from Ctrl-C to the prompt, for code that never ends. */
export async function measureInterrupt(program: Program, code: string, times = 10): Promise<number[]> {
  const terminal = new BenchTerminal(program);
  try {
    await terminal.shows(PROMPT);
    const found: number[] = [];
    while (found.length < times) {
      terminal.type(`${code}\r`);
      // The prompt is back while it runs.
      await terminal.shows(/\n[^\n]*\(dev\)> $/);
      found.push(await terminal.time('\u0003', /interrupted[^]*\(dev\)> $/));
    }
    return found;
  } finally {
    terminal.kill();
    await terminal.ended;
  }
}
