import { errorPage } from '../debug/page.ts';
import type { ErrorPageOptions } from '../debug/page.ts';
import { readTraceback, shortPath } from '../debug/traceback.ts';
import type { Traceback } from '../debug/traceback.ts';
import { AppLoadError } from '../find-app.ts';
import { echo, stripAnsi } from '../util/terminal.ts';
import type { PageError } from './live-reload.ts';
import { formatExcerpt, formatTraceback, note } from './report.ts';
import type { ModuleRuntime } from './runtime.ts';

/** Errors as their developer wants to see them: in the terminal, in a page, and over a page that is open. */
export class ErrorReport {
  readonly #runtime: ModuleRuntime;

  constructor(runtime: ModuleRuntime) {
    this.#runtime = runtime;
  }

  print(error: unknown, heading?: string): void {
    if (heading !== undefined) note(heading);
    const columns = process.stderr.columns ?? 80;
    echo(`${formatTraceback(this.#traceback(error), { columns })}\n`, { err: true });
  }

  page(error: unknown, options: Pick<ErrorPageOptions, 'heading' | 'note' | 'notLoaded' | 'scriptUrl'>): string {
    return errorPage(this.#traceback(error), {
      ...options,
      sourceText: (file) => this.#runtime.sourceText(file, error),
    });
  }

  /** For the overlay of pages that are open. */
  pageError(error: unknown): PageError {
    const { name, message, place, excerpt } = this.#traceback(error);
    return {
      name,
      message,
      place: place ? `${shortPath(place.file)}:${place.line}:${place.column}` : '',
      excerpt: place ? stripAnsi(formatExcerpt(excerpt, place.column, 100).join('\n')) : '',
    };
  }

  /** What the app threw, not that it could not be loaded. */
  #traceback(error: unknown): Traceback {
    const isWrapper = error instanceof AppLoadError && error.cause !== undefined;
    return readTraceback(isWrapper ? error.cause : error, {
      sourceText: (file) => this.#runtime.sourceText(file, error),
    });
  }
}
