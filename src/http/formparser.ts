import { isUtf8 } from 'node:buffer';
import { RequestEntityTooLarge } from './exceptions.ts';
import { FileStorage } from './file-storage.ts';
import { ImmutableMultiDict } from './multidict.ts';
import { MultipartDecoder, MultipartError } from './multipart.ts';
import type { MultipartPart, MultipartSink } from './multipart.ts';
import { parseOptionsHeader } from './parse.ts';
import { UploadSpool } from './upload-spool.ts';
import { parseQsl } from './urls.ts';

/** What a form contains. */
export interface ParsedForm {
  readonly form: ImmutableMultiDict;
  readonly files: ImmutableMultiDict<FileStorage>;
}

/** Limits of a multipart form; `null` is none. */
export interface FormLimits {
  /** Bytes of a field that is not a file, and of the headers of a part. */
  maxFormMemorySize: number | null;
  /** Fields and files. */
  maxFormParts: number | null;
}

/** Files beyond this size, in bytes, go to disk. */
export const SPOOL_SIZE = 500 * 1024;
/** So do further files when those in memory take this much. */
const TOTAL_FILE_MEMORY = 4 * SPOOL_SIZE;
/** The fields of a form together may take this many times the memory of one: a thousand of them are half a gigabyte. */
const TOTAL_FIELDS_FACTOR = 16;
const MAX_HEADER_SIZE = 16 * 1024;

export function emptyForm(): ParsedForm {
  return { form: new ImmutableMultiDict(), files: new ImmutableMultiDict<FileStorage>() };
}

/** Parses an `application/x-www-form-urlencoded` body. Like Werkzeug it makes nothing of one that is not UTF-8. */
export function parseUrlencoded(body: Buffer): ParsedForm {
  if (!isUtf8(body)) return emptyForm();
  return {
    form: new ImmutableMultiDict(parseQsl(body.toString('utf8'))),
    files: new ImmutableMultiDict<FileStorage>(),
  };
}

/**
 * Parses a `multipart/form-data` body that is in memory. Like Werkzeug it makes nothing of a malformed one. Throws
 * `RequestEntityTooLarge` (413) past a limit.
 */
export function parseMultipart(body: Buffer, boundary: string | undefined, limits: FormLimits): ParsedForm {
  if (!isBoundary(boundary)) return emptyForm();
  const builder = new FormBuilder(limits, false);
  const decoder = makeDecoder(boundary, limits, builder);
  try {
    decoder.write(body);
    decoder.end();
    return builder.result();
  } catch (error) {
    if (error instanceof MultipartError) return emptyForm();
    throw error;
  }
}

/**
 * Parses a `multipart/form-data` body while it comes in, large files going to disk: `write` takes the next bytes and says
 * when it is ready for more, `end` answers the form. Whatever is thrown, no temporary file is left.
 */
export class MultipartReader {
  readonly #builder: FormBuilder;
  readonly #decoder: MultipartDecoder;
  #isMalformed = false;

  constructor(boundary: string, limits: FormLimits) {
    this.#builder = new FormBuilder(limits, true);
    this.#decoder = makeDecoder(boundary, limits, this.#builder);
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#decode(() => this.#decoder.write(chunk));
  }

  async end(): Promise<ParsedForm> {
    await this.#decode(() => this.#decoder.end());
    return this.#isMalformed ? emptyForm() : this.#builder.result();
  }

  async #decode(step: () => void): Promise<void> {
    if (this.#isMalformed) return;
    try {
      step();
      await this.#builder.flush();
    } catch (error) {
      await this.#builder.discard();
      if (!(error instanceof MultipartError)) throw error;
      this.#isMalformed = true;
    }
  }

  /** Removes the temporary files of a body that will not be read to its end. */
  async discard(): Promise<void> {
    await this.#builder.discard();
  }
}

export function isBoundary(boundary: string | undefined): boundary is string {
  return boundary !== undefined && /^[\x20-\x7e]+$/.test(boundary);
}

function makeDecoder(
  boundary: string,
  { maxFormMemorySize, maxFormParts }: FormLimits,
  sink: MultipartSink,
): MultipartDecoder {
  const maxHeaderSize = Math.min(maxFormMemorySize ?? MAX_HEADER_SIZE, MAX_HEADER_SIZE);
  return new MultipartDecoder(boundary, sink, { maxParts: maxFormParts, maxHeaderSize });
}

/** Collects the parts of a form. */
class FormBuilder implements MultipartSink {
  readonly #limit: number;
  readonly #maySpool: boolean;
  readonly #form: [string, string][] = [];
  readonly #files: [string, FileStorage][] = [];
  readonly #spools: UploadSpool[] = [];
  #part: MultipartPart | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #spool: UploadSpool | undefined;
  #fieldMemory = 0;
  #fileMemory = 0;

  constructor({ maxFormMemorySize }: FormLimits, maySpool: boolean) {
    this.#limit = maxFormMemorySize ?? Number.POSITIVE_INFINITY;
    this.#maySpool = maySpool;
  }

  result(): ParsedForm {
    return { form: new ImmutableMultiDict(this.#form), files: new ImmutableMultiDict<FileStorage>(this.#files) };
  }

  async flush(): Promise<void> {
    for (const spool of this.#spools) if (spool.isPending) await spool.flush();
  }

  async discard(): Promise<void> {
    for (const spool of this.#spools.splice(0)) await spool.discard();
  }

  onPart(part: MultipartPart): void {
    this.#part = part;
    this.#chunks = [];
    this.#size = 0;
    this.#spool = undefined;
  }

  onData(view: Buffer): void {
    // A copy: a view would keep the whole chunk that came from the socket.
    const chunk = Buffer.from(view);
    this.#size += chunk.length;
    if (this.#spool !== undefined) {
      this.#spool.write(chunk);
      return;
    }
    this.#chunks.push(chunk);
    if (this.#part?.filename === undefined) {
      this.#fieldMemory += chunk.length;
      if (this.#size > this.#limit || this.#fieldMemory > this.#limit * TOTAL_FIELDS_FACTOR)
        throw new RequestEntityTooLarge();
    } else {
      this.#fileMemory += chunk.length;
      if (this.#maySpool && (this.#size > SPOOL_SIZE || this.#fileMemory > TOTAL_FILE_MEMORY)) this.#moveToDisk();
    }
  }

  #moveToDisk(): void {
    this.#spool = new UploadSpool();
    this.#spools.push(this.#spool);
    for (const chunk of this.#chunks.splice(0)) this.#spool.write(chunk);
    this.#fileMemory -= this.#size;
  }

  onPartEnd(): void {
    const { name = 'null', filename, headers } = this.#part as MultipartPart;
    if (filename === undefined) {
      this.#form.push([name, Buffer.concat(this.#chunks).toString(fieldEncoding(headers.get('Content-Type')))]);
      return;
    }
    this.#spool?.end();
    this.#files.push([name, new FileStorage(this.#spool ?? Buffer.concat(this.#chunks), { filename, name, headers })]);
  }
}

/** Clients send ASCII or UTF-8; of the rest only Latin-1 is believed. */
function fieldEncoding(contentType: string | undefined): 'latin1' | 'utf8' {
  if (contentType === undefined) return 'utf8';
  return parseOptionsHeader(contentType)[1].charset?.toLowerCase() === 'iso-8859-1' ? 'latin1' : 'utf8';
}
