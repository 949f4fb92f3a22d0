/** A piece of generated text and where it came from. */
interface Segment {
  /** Offset in the generated text. */
  readonly at: number;
  /** Offset in the source. */
  readonly from: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Hoist {
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

/** Text after {@link Edits}, and the way back from its offsets. */
export interface EditedText {
  readonly text: string;
  /** The source offset of an offset in the text; inserted text belongs to what follows it. */
  sourceOffset(offset: number): number;
}

/**
 * Changes to a source text, collected while its tree is walked. Insertions at one place keep the order in which they
 * were made, so that a walk inserts openings before its children and closings after them.
 */
export class Edits {
  readonly #source: string;
  readonly #edits: Edit[] = [];
  readonly #hoists: Hoist[] = [];
  #top = '';

  constructor(source: string) {
    this.#source = source;
  }

  insert(at: number, text: string): void {
    this.#edits.push({ start: at, end: at, text });
  }

  replace(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text });
  }

  /** Moves a range to the top, wrapped; edits inside of it move along. */
  hoist(start: number, end: number, before: string, after: string): void {
    this.#hoists.push({ start, end, before, after });
  }

  /** Adds text above everything, below what was added before. */
  prepend(text: string): void {
    this.#top += text;
  }

  apply(): EditedText {
    const edits = this.#edits.map((edit, index) => ({ edit, index }));
    edits.sort((a, b) => a.edit.start - b.edit.start || a.index - b.index);
    const writer = new Writer(
      this.#source,
      edits.map(({ edit }) => edit),
    );
    writer.add(this.#top, 0);
    for (const { start, end, before, after } of this.#hoists) {
      writer.add(before, start);
      writer.copyMoved(start, end);
      writer.add(after, end);
    }
    writer.copyRest(this.#hoists);
    const { text, segments } = writer;
    return { text, sourceOffset: (offset) => sourceOffset(segments, offset) };
  }
}

class Writer {
  readonly #source: string;
  readonly #edits: readonly Edit[];
  readonly segments: Segment[] = [];
  text = '';

  constructor(source: string, edits: readonly Edit[]) {
    this.#source = source;
    this.#edits = edits;
  }

  /** Writes text that is not in the source. */
  add(text: string, from: number): void {
    if (text === '') return;
    this.segments.push({ at: this.text.length, from });
    this.text += text;
  }

  /** Copies a range that is moved, with the edits inside of it. What is at its very edges belongs to its neighbours. */
  copyMoved(start: number, end: number): void {
    this.#copy(
      start,
      end,
      this.#edits.filter((edit) => isInside(edit, { start, end })),
      [],
    );
  }

  /** Copies everything else. */
  copyRest(moved: readonly Hoist[]): void {
    const edits = this.#edits.filter((edit) => !moved.some((range) => isInside(edit, range)));
    this.#copy(
      0,
      this.#source.length,
      edits,
      [...moved].sort((a, b) => a.start - b.start),
    );
  }

  #copy(start: number, end: number, edits: readonly Edit[], skipped: readonly Hoist[]): void {
    let at = start;
    for (const edit of edits) {
      at = this.#skipTo(at, edit.start, skipped);
      this.add(edit.text, edit.start);
      at = Math.max(at, edit.end);
    }
    this.#skipTo(at, end, skipped);
  }

  /** Copies the source up to an offset, leaving out skipped ranges. */
  #skipTo(from: number, to: number, skipped: readonly Hoist[]): number {
    let at = from;
    for (const range of skipped) {
      if (range.start < at || range.end > to) continue;
      this.#take(at, range.start);
      at = range.end;
    }
    this.#take(at, to);
    return Math.max(at, to);
  }

  #take(start: number, end: number): void {
    if (end > start) this.add(this.#source.slice(start, end), start);
  }
}

function isInside(edit: Edit, range: { start: number; end: number }): boolean {
  return edit.start > range.start && edit.end < range.end;
}

function sourceOffset(segments: readonly Segment[], offset: number): number {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.at ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const segment = segments[low];
  return segment === undefined ? offset : segment.from + (offset - segment.at);
}
