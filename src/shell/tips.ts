import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const TIPS = [
  '.tour shows in a minute what this shell can do',
  'end an entry with a semicolon, and its value is not printed',
  '_ is the last value, Out[3] that of entry 3, _error the last error',
  'Alt-Enter begins a new line, Ctrl-X Ctrl-E opens $EDITOR',
  'Ctrl-R looks for words in all that was ever typed in this project',
  'save a file: the variables stay, and old instances get the new methods',
  '.ls VALUE lists members, .inspect VALUE looks into it',
  '.sql on shows each statement with its time and origin',
  '.sandbox on takes back all that is done to the database',
  '.test save my.test.ts makes a test of this session',
  '.bench EXPR measures, .cpu EXPR says where the time goes',
  '.copy puts the last value on the clipboard, .json prints it as JSON',
  '.edit users.login opens the view in your editor',
  '.requests lists what the server has answered, .replay sends one again',
  '.set keys vi for the keys of vi, Ctrl-G for a list of keys',
  'a paste of a transcript runs its code and drops what was printed',
] as const;

/**
 * The tip of the day: one for each day on which a shell is started, from the second on. `file` remembers the last. No tip
 * where it cannot be written: there it would come each time.
 */
export function tipOfTheDay(file: string, now = new Date()): string | undefined {
  const today = now.toISOString().slice(0, 10);
  const { day, next } = readState(file);
  if (day === today) return undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify({ day: today, next: day === undefined ? 0 : (next + 1) % TIPS.length }), {
      mode: 0o600,
    });
  } catch {
    // Where nobody can note that it was shown, it would be the same one at every start.
    return undefined;
  }
  return day === undefined ? undefined : TIPS[next % TIPS.length];
}

function readState(file: string): { day: string | undefined; next: number } {
  try {
    const { day, next } = JSON.parse(readFileSync(file, 'utf8')) as { day?: unknown; next?: unknown };
    return { day: typeof day === 'string' ? day : undefined, next: Number.isInteger(next) ? Number(next) : 0 };
  } catch {
    // There is none yet, or somebody has written something else.
    return { day: undefined, next: 0 };
  }
}
