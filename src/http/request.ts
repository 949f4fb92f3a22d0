import type { Readable } from 'node:stream';
import { CombinedMultiDict } from './combined-multidict.ts';
import { BadRequest, UnsupportedMediaType } from './exceptions.ts';
import type { FileStorage } from './file-storage.ts';
import { loadsJson } from './json-loads.ts';
import type { ImmutableMultiDict } from './multidict.ts';
import { RequestBody } from './request-body.ts';
import { RequestHead } from './request-head.ts';
import type { RequestSource } from './request-source.ts';

export type { RequestBodySource, RequestPatch, RequestSource } from './request-source.ts';

/** Limits of a request, and whom it may be for. */
export interface RequestOptions {
  trustedHosts?: readonly string[] | null | undefined;
  maxContentLength?: number | null | undefined;
  maxFormMemorySize?: number | null | undefined;
  maxFormParts?: number | null | undefined;
}

/** How `getJson` treats what is not JSON. */
export interface GetJsonOptions {
  /** Parse whatever the content type says. Default: false. */
  force?: boolean;
  /** Answer undefined where it would throw. Default: false. */
  silent?: boolean;
}

/**
 * A request (werkzeug.Request). `form`, `files`, `json` and `data` are plain properties: the framework reads the body with
 * `loadBody()` before the view. What was wrong with it (413, 400) is thrown when it is asked for. Whoever makes a request
 * closes it, which removes the temporary files of its uploads.
 */
export class Request extends RequestHead {
  /** Bytes that the body may have; `null` is any number. */
  maxContentLength: number | null = null;
  /** Bytes that a field of a multipart form may have, files apart; `null` is any number. */
  maxFormMemorySize: number | null = 500_000;
  /** Parts that a multipart form may have; `null` is any number. */
  maxFormParts: number | null = 1000;
  #body: RequestBody | undefined;
  #json: { value: unknown } | undefined;
  #silentJson: { value: unknown } | undefined;

  constructor(source: RequestSource, options?: RequestOptions) {
    super(source);
    if (options === undefined) return;
    this.trustedHosts = options.trustedHosts;
    if (options.maxContentLength !== undefined) this.maxContentLength = options.maxContentLength;
    if (options.maxFormMemorySize !== undefined) this.maxFormMemorySize = options.maxFormMemorySize;
    if (options.maxFormParts !== undefined) this.maxFormParts = options.maxFormParts;
  }

  get #content(): RequestBody {
    return (this.#body ??= new RequestBody(this));
  }

  /** Whether the request has a body, as far as its headers tell. */
  get hasBody(): boolean {
    const { rawHeaders, framed } = this.source;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      const isLength = name.length === 14 && name.toLowerCase() === 'content-length';
      if (isLength) return rawHeaders[i + 1] !== '0';
      if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true;
    }
    if (framed === true) return false;
    const { body } = this.source;
    return body !== null && body !== undefined && body !== '';
  }

  /**
   * Reads the body so far as the view may expect it: a form, JSON, or anything small. Files beyond 500 kB go to disk.
   * Undefined at once if there is none; never throws, what was wrong is thrown by the properties.
   */
  loadBody(): void | Promise<void> {
    return this.#body === undefined && !this.hasBody ? undefined : this.#content.load();
  }

  /** The fields of the form, whatever the method. */
  get form(): ImmutableMultiDict {
    return this.#content.form.form;
  }

  /** The files of the form. */
  get files(): ImmutableMultiDict<FileStorage> {
    return this.#content.form.files;
  }

  /** The query and, except for GET, the form, in one. */
  get values(): CombinedMultiDict {
    return new CombinedMultiDict(this.method === 'GET' ? [this.args] : [this.args, this.form]);
  }

  /** The body as bytes; none if it is a form. */
  get data(): Buffer {
    return this.#content.data;
  }

  /** The body as UTF-8 text, also of a form that has not been asked for. */
  get text(): string {
    return this.#content.bytes.toString('utf8');
  }

  /** The body as bytes, read now if that has not happened; none if it was a form that has been asked for. */
  getData(): Promise<Buffer> {
    return this.#content.read();
  }

  /** The body as a stream, to be read once. Throws `RequestEntityTooLarge` (413) past `maxContentLength`. */
  get stream(): Readable {
    return this.#content.open();
  }

  /** The body parsed as JSON. Throws 415 if the content type is another, 400 if it is not JSON. */
  get json(): unknown {
    return this.getJson();
  }

  /** The body parsed as JSON; the same object each time. */
  getJson({ force = false, silent = false }: GetJsonOptions = {}): unknown {
    const cached = silent ? this.#silentJson : this.#json;
    if (cached !== undefined) return cached.value;
    if (!force && !this.isJson) return silent ? undefined : this.onJsonLoadingFailed(undefined);
    const { bytes } = this.#content;
    let value: unknown;
    try {
      value = this.parseJson(bytes);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      if (!silent) return (this.#json = { value: this.onJsonLoadingFailed(error) }).value;
      this.#silentJson = { value: undefined };
      return undefined;
    }
    this.#json = this.#silentJson = { value };
    return value;
  }

  /** Parses JSON; a subclass may do it differently. Throws a SyntaxError. */
  protected parseJson(bytes: Uint8Array): unknown {
    return loadsJson(bytes);
  }

  /** Called when there is no JSON, with what the parser said; undefined stands for a wrong content type. Throws 400 or 415. */
  protected onJsonLoadingFailed(error: Error | undefined): unknown {
    if (error !== undefined) throw new BadRequest(`Failed to decode JSON object: ${error.message}`, { cause: error });
    throw new UnsupportedMediaType(
      "Did not attempt to load JSON data because the request Content-Type was not 'application/json'.",
    );
  }

  /** Aborted when the client goes away. */
  get signal(): AbortSignal {
    return this.source.signal ?? (NEVER ??= new AbortController().signal);
  }

  /** Removes the temporary files of uploads. */
  close(): void | Promise<void> {
    return this.#body?.close();
  }
}

let NEVER: AbortSignal | undefined;
