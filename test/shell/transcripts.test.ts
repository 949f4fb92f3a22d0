import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { parseTranscript } from './transcript-parse.ts';
import { TranscriptWorkshop } from './transcript-project.ts';
import { replay } from './transcript-replay.ts';

const folder = fileURLToPath(new URL('transcripts', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

let workshop: TranscriptWorkshop;
beforeAll(() => {
  workshop = new TranscriptWorkshop();
});
afterAll(() => workshop.remove());

describe('transcripts', () => {
  for (const name of files) {
    const file = join(folder, name);
    it(name, () => replay(file, { workshop }));
    if (parseTranscript(readFileSync(file, 'utf8'), name).isLayout)
      it(`${name} at 40x10`, () => replay(file, { workshop, size: { columns: 40, rows: 10 } }));
  }
});
