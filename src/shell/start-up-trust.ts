import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { historyPath } from './history.ts';

/** What is kept for a project. */
interface TrustRecord {
  /** The answers that were given, by the SHA-256 of the text. */
  answers: Record<string, boolean>;
  /** The text that was trusted last, to compare the next one with. */
  trusted?: string;
}

/** Answers that are remembered of one project: a branch that comes back is not asked about again. */
const MAX_ANSWERS = 50;

/**
 * Which texts of a project's start-up file a person has let run: in a file beside the history, readable by its owner only,
 * one for each folder.
 */
export class StartUpTrust {
  readonly path: string;
  #record: TrustRecord;

  constructor(projectRoot: string, env: NodeJS.ProcessEnv = process.env) {
    this.path = historyPath(projectRoot, env).replace(/\.jsonl$/, '.trust.json');
    this.#record = readRecord(this.path);
  }

  /** What was answered for a text; undefined for one that nobody was asked about. */
  answer(text: string): boolean | undefined {
    const hash = hashOf(text);
    return Object.hasOwn(this.#record.answers, hash) ? this.#record.answers[hash] : undefined;
  }

  /** The text that was trusted last. */
  get trusted(): string | undefined {
    return this.#record.trusted;
  }

  /** Remembers an answer. Throws when it cannot be written; it holds for this object nevertheless. */
  remember(text: string, isTrusted: boolean): void {
    const hash = hashOf(text);
    const earlier = Object.entries(readRecord(this.path).answers).filter(([other]) => other !== hash);
    const { trusted } = this.#record;
    this.#record = {
      answers: Object.fromEntries([...earlier.slice(1 - MAX_ANSWERS), [hash, isTrusted]]),
      ...(isTrusted ? { trusted: text } : trusted !== undefined && { trusted }),
    };
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${randomBytes(4).toString('hex')}`;
    try {
      writeFileSync(draft, `${JSON.stringify(this.#record)}\n`, { mode: 0o600 });
      renameSync(draft, this.path);
    } finally {
      rmSync(draft, { force: true });
    }
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function readRecord(path: string): TrustRecord {
  try {
    const { answers, trusted } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Record<keyof TrustRecord, unknown>>;
    const pairs = typeof answers === 'object' && answers !== null ? Object.entries(answers) : [];
    return {
      answers: Object.fromEntries(pairs.filter((pair): pair is [string, boolean] => typeof pair[1] === 'boolean')),
      ...(typeof trusted === 'string' && { trusted }),
    };
  } catch {
    // There is none yet, or it is not ours: nothing is trusted.
    return { answers: {} };
  }
}
