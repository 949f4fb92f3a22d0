/** A suggestion of the type engine. */
export interface TypedItem {
  /** What stands in place of the text from `start` to the cursor. */
  text: string;
  /** Offset in the document where `text` begins. */
  start: number;
  kind: string;
  /** `local`: of the receiver, the scope or a string; `global`: a keyword, or a name that is there everywhere. */
  reach: 'local' | 'global';
  /** What the server wants to have back to tell more. */
  readonly handle: unknown;
}

/** What there is to know about a name. */
export interface TypedDescription {
  /** Kind, name and type, such as `(method) Client.get(path?: string): Promise<TestResponse>`. */
  signature: string;
  /** Its documentation as Markdown; empty if it has none. */
  doc: string;
}

/** The call that is being typed. */
export interface SignatureHint {
  label: string;
  /** Where in `label` the parameter at the cursor is. */
  active: readonly [start: number, end: number] | undefined;
  /** Which of how many overloads this is, from 1. */
  overload: readonly [number: number, count: number];
}

/** Lines of a file; counted from 1, both included. */
export interface SourceRange {
  file: string;
  line: number;
  column: number;
  endLine: number;
}

/** A type error; offsets count in the document. */
export interface TypeProblem {
  start: number;
  end: number;
  code: number;
  message: string;
}

/** A place in a file, from 1. */
export interface FilePlace {
  file: string;
  line: number;
  column: number;
}

/** What every language server is told at its start. */
export interface LanguageServerOptions {
  /** Folder of the project. */
  root: string;
  /** Where the document would be if it was on the disk. */
  file: string;
  version: string;
}

/**
 * TypeScript in a process of its own, with one document that exists only here. Requests reject with
 * {@link LanguageServerGone} when the process ends, with an AbortError when their signal says so.
 */
export interface LanguageServer {
  /** The version of TypeScript. */
  readonly version: string;
  readonly pid: number | undefined;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Gives the document its text; only what changed is sent. */
  update(text: string): void;
  complete(offset: number, signal?: AbortSignal): Promise<TypedItem[]>;
  /** More about a suggestion that {@link LanguageServer.complete} gave. */
  describe(item: TypedItem, signal?: AbortSignal): Promise<TypedDescription | undefined>;
  /** What stands at an offset of the document, or at a place of a file. */
  hover(at: number | FilePlace, signal?: AbortSignal): Promise<TypedDescription | undefined>;
  signature(offset: number, signal?: AbortSignal): Promise<SignatureHint | undefined>;
  /** Where that is declared; the whole declaration. */
  definitions(offset: number, signal?: AbortSignal): Promise<SourceRange[]>;
  /** Where the type of what stands at a place of a file is declared. */
  typeDefinitions(at: FilePlace, signal?: AbortSignal): Promise<SourceRange[]>;
  problems(signal?: AbortSignal): Promise<TypeProblem[]>;
  /** Files on the disk are not what they were. */
  filesChanged(files: readonly string[]): void;
  /** Ends the process. */
  close(): void;
}

/** The type engine has no answer. */
export class LanguageServerError extends Error {
  override readonly name: string = 'LanguageServerError';
}

/** The process of the type engine is not there any more. */
export class LanguageServerGone extends LanguageServerError {
  override readonly name = 'LanguageServerGone';

  constructor() {
    super('the type engine has ended');
  }
}
