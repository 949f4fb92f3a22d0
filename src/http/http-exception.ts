import { FlaconError } from '../util/errors.ts';
import { escapeHtml } from '../util/markup.ts';
import type { Markup } from '../util/markup.ts';
import type { Response } from './response.ts';
import { HTTP_STATUS_CODES } from './status.ts';

/** A description: text, escaped when it is shown, or `Markup`. */
export type Description = string | Markup;

/** Options that every HTTP exception takes after its description. */
export interface HTTPExceptionOptions {
  /** The description, where it is not the first argument. */
  description?: Description;
  /** The response to send instead of the generated page. */
  response?: Response;
  /** The error underneath. */
  cause?: unknown;
}

/** What `HTTPException.getResponseParts` answers. */
export interface ResponseParts {
  status: number;
  headers: [string, string][];
  body: string;
}

let makeResponse: ((error: HTTPException) => Response) | undefined;

/** Tells `HTTPException.getResponse` how to build a Response: response.ts imports this module, not the other way round. */
export function provideResponse(factory: (error: HTTPException) => Response): void {
  makeResponse = factory;
}

/**
 * An error that is an answer: throw it in a view and the visitor gets its page. A subclass sets `static code` and
 * `static description`, which instances copy.
 */
export class HTTPException extends Error {
  static readonly code: number | undefined = undefined;
  static readonly description: Description | undefined = undefined;

  code: number | undefined;
  description: Description | undefined;
  response: Response | undefined;

  constructor(description?: Description | null, options: HTTPExceptionOptions = {}) {
    const text = description ?? options.description ?? new.target.description;
    super(text === undefined ? '' : String(text), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = new.target.code;
    this.description = text;
    this.response = options.response;
  }

  /** The phrase of the status code, such as `Not Found`. */
  override get name(): string {
    // V8 asks for the name while it captures the stack, before `code` is there.
    return HTTP_STATUS_CODES[this.code ?? (this.constructor as typeof HTTPException).code ?? 0] ?? 'Unknown Error';
  }

  /** The description as an HTML paragraph, line feeds as `<br>`. */
  getDescription(): string {
    const { description = '' } = this;
    const html = typeof description === 'string' ? escapeHtml(description) : description.toHTML();
    return `<p>${html.replaceAll('\n', '<br>')}</p>`;
  }

  /** The HTML page. */
  getBody(): string {
    const name = escapeHtml(this.name);
    const title = `<!doctype html>\n<html lang=en>\n<title>${this.code ?? 'None'} ${name}</title>\n`;
    return `${title}<h1>${name}</h1>\n${this.getDescription()}\n`;
  }

  /** The headers of the page, those that belong to the status included (Allow, Retry-After…). */
  getHeaders(): [string, string][] {
    return [['Content-Type', 'text/html; charset=utf-8']];
  }

  /** Status, headers and body of the page, for whoever builds the response. */
  getResponseParts(): ResponseParts {
    return { status: this.code ?? 500, headers: this.getHeaders(), body: this.getBody() };
  }

  /** The response that was given to the constructor, or a new one with the page. */
  getResponse(): Response {
    if (this.response !== undefined) return this.response;
    if (makeResponse === undefined) {
      throw new FlaconError('No response class has been loaded.', {
        code: 'NO_RESPONSE_CLASS',
        fix: "import 'flacon/http', or use getResponseParts()",
      });
    }
    return makeResponse(this);
  }

  override toString(): string {
    return `${this.code ?? '???'} ${this.name}: ${this.description ?? 'None'}`;
  }
}
