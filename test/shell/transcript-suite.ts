import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { parseTranscript } from './transcript-parse.ts';
import { TranscriptWorkshop } from './transcript-project.ts';
import { replay } from './transcript-replay.ts';

const folder = fileURLToPath(new URL('transcripts', import.meta.url));

/** Replays every transcript with programs that run on a Node, two at a time: they wait for programs most of the time. */
export function describeTranscripts(node: string): void {
  describe('transcripts', () => {
    let workshop: TranscriptWorkshop;
    beforeAll(() => {
      workshop = new TranscriptWorkshop();
    });
    afterAll(() => workshop.remove());

    for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
      const file = join(folder, name);
      it.concurrent(name, () => replay(file, { workshop, node }));
      if (parseTranscript(readFileSync(file, 'utf8'), name).isLayout)
        it.concurrent(`${name} at 40x10`, () => replay(file, { workshop, node, size: { columns: 40, rows: 10 } }));
    }
  });
}
