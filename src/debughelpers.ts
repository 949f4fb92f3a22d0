import type { FileStorage } from './http/file-storage.ts';
import { ImmutableMultiDict } from './http/multidict.ts';
import { FlaconError } from './util/errors.ts';
import type { Request } from './wrappers.ts';

/** In debug mode: a file was looked for in a form that did not send files (flask.debughelpers.DebugFilesKeyError). */
export class DebugFilesKeyError extends FlaconError {
  constructor(request: Request, key: string) {
    const names = request.form.getList(key);
    const sent =
      names.length > 0
        ? ` The browser sent these file names instead: ${names.map((name) => `'${name}'`).join(', ')}.`
        : '';
    super(
      `request.files has no '${key}'. The form was sent as '${request.mimetype}', which carries no files; it has to be 'multipart/form-data'.${sent}`,
      { code: 'FORM_WITHOUT_FILES', fix: '<form method="post" enctype="multipart/form-data">' },
    );
  }

  /** The files of a request, which throw this error where they would throw a bare 400. */
  static explain(files: ImmutableMultiDict<FileStorage>, request: Request): ImmutableMultiDict<FileStorage> {
    return new ExplainingFiles(files, request);
  }
}

class ExplainingFiles extends ImmutableMultiDict<FileStorage> {
  readonly #request: Request;

  constructor(files: ImmutableMultiDict<FileStorage>, request: Request) {
    super(files);
    this.#request = request;
  }

  override require(key: string): FileStorage {
    if (!this.has(key) && this.#request.form.has(key)) throw new DebugFilesKeyError(this.#request, key);
    return super.require(key);
  }
}

/** What a log says about the search for a template (EXPLAIN_TEMPLATE_LOADING). */
export interface TemplateAttempt {
  /** `application 'app'`, `blueprint 'users' (users.ts)`. */
  owner: string;
  /** The folders that were searched. */
  folders: readonly string[];
  found: boolean;
  /** The file that was found. */
  file?: string;
}

/** Says where a template was looked for, and what that means (flask.debughelpers.explain_template_loading_attempts). */
export function explainTemplateLoading(
  template: string,
  attempts: readonly TemplateAttempt[],
  blueprint?: string,
): string {
  const lines = [`Locating template '${template}':`];
  attempts.forEach(({ owner, folders, found }, index) => {
    lines.push(
      `    ${index + 1}: trying ${owner}`,
      ...folders.map((folder) => `       - ${folder}`),
      `       -> ${found ? 'found' : 'no match'}`,
    );
  });
  const matches = attempts.filter(({ found }) => found).length;
  if (matches === 0) lines.push('Error: the template could not be found.');
  if (matches > 1) lines.push('Warning: more than one loader has this template; the first one wins.');
  if (blueprint !== undefined && matches !== 1) {
    lines.push(
      `  The template was looked up from an endpoint of the blueprint '${blueprint}'. Is it in the right folder?`,
    );
  }
  return lines.join('\n');
}
