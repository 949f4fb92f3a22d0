import { dirname } from 'node:path';
import { LanguageServerError } from './language-server.ts';
import type {
  LanguageServer,
  SignatureHint,
  SourceRange,
  TypedDescription,
  TypedItem,
  TypeProblem,
} from './language-server.ts';
import type { NameOrigin } from './name-origins.ts';
import { relocate, typeAtPlace, typesOfOrigins } from './origin-types.ts';
import { VirtualDocument } from './virtual-document.ts';

/** Options of {@link SessionTypes}. */
export interface SessionTypesOptions {
  /** Folder of the project: what entries import is relative to it. */
  root: string;
  /** The module of the application: the types are those that its folder has. */
  appFile: string;
  /** There is no type engine, or no more: told once. */
  onMissing: (why: string) => void;
  /** Starts the engine. Default: the project's TypeScript. */
  open?: ((root: string, file: string) => Promise<LanguageServer | undefined>) | undefined;
}

/** Where a definition is; without a file it is code of this session. */
export type Definition = SourceRange | { text: string };

/** What TypeScript knows about the session: it runs in a process of its own that starts when it is first needed. */
export class SessionTypes {
  readonly #options: SessionTypesOptions;
  readonly #folder: string;
  readonly #document = new VirtualDocument();
  #file = '';
  #starting: Promise<LanguageServer | undefined> | undefined;
  #server: LanguageServer | undefined;
  #origins: readonly NameOrigin[] = [];
  /** Resolves when the types of all names are known, as far as they can be. */
  refined: Promise<void> = Promise.resolve();
  #isClosed = false;
  #hasComplained = false;

  constructor(options: SessionTypesOptions) {
    this.#options = options;
    this.#folder = dirname(options.appFile);
    this.#document.setNames(typesOfOrigins([], this.#folder));
  }

  /** The running engine. */
  get server(): LanguageServer | undefined {
    return this.#server;
  }

  /** Starts the engine, once; gives it when it takes questions. */
  start(): Promise<LanguageServer | undefined> {
    return (this.#starting ??= this.#open());
  }

  /** Starts it again after it has ended: somebody has asked for it by name. */
  async require(): Promise<LanguageServer> {
    if (!this.#server && (await this.start())) this.#starting = undefined;
    const server = await this.start();
    if (server) return server;
    throw new LanguageServerError(NO_TYPESCRIPT);
  }

  async #open(): Promise<LanguageServer | undefined> {
    const { root, open } = this.#options;
    const { documentPath, openLanguageServer } = await import('./open-language-server.ts');
    this.#file = documentPath(this.#folder);
    const server = await (open ?? openLanguageServer)(root, this.#file);
    if (this.#isClosed) server?.close();
    if (!server || this.#isClosed) return undefined;
    this.#server = server;
    void server.ended.then(() => this.#ended(server));
    // The project is loaded before anybody asks.
    server.update(this.#document.render('').text);
    this.refined = this.#refine(server);
    return server;
  }

  #ended(server: LanguageServer): void {
    if (this.#server !== server) return;
    this.#server = undefined;
    if (!this.#isClosed) this.#complain('Tab knows values only: the type engine has ended (.type starts it again)');
  }

  #complain(why: string): void {
    if (this.#hasComplained || this.#isClosed) return;
    this.#hasComplained = true;
    this.#options.onMissing(why);
  }

  /** The names of the context are these now. */
  setOrigins(origins: readonly NameOrigin[]): void {
    this.#origins = origins;
    this.#document.setNames(typesOfOrigins(origins, this.#folder));
    if (this.#server) this.refined = this.#refine(this.#server);
  }

  /** Asks TypeScript for the types of the names that only it can tell. */
  async #refine(server: LanguageServer): Promise<void> {
    const origins = this.#origins;
    const open = origins.filter(({ type, module, place }) => type === undefined && !module && place);
    if (open.length === 0) return;
    const refined = await Promise.all(
      open.map(async (origin): Promise<NameOrigin> => {
        try {
          const type = await typeAtPlace(origin, server, this.#folder);
          return type === undefined ? origin : { ...origin, type };
        } catch {
          // A file that is gone by now, or a server: the name stays without a type.
          return origin;
        }
      }),
    );
    if (this.#origins !== origins) return;
    const byName = new Map(refined.map((origin) => [origin.name, origin]));
    this.#origins = origins.map((origin) => byName.get(origin.name) ?? origin);
    this.#document.setNames(typesOfOrigins(this.#origins, this.#folder));
  }

  /** An entry went well. */
  add(code: string, declares: readonly string[]): void {
    const { root } = this.#options;
    this.#document.add(code, declares, (specifier) => relocate(specifier, root, this.#folder));
  }

  forget(names: readonly string[]): void {
    this.#document.forget(names);
  }

  /** Another session: it has no variables. */
  clear(): void {
    this.#document.clear();
  }

  filesChanged(files: readonly string[]): void {
    this.#server?.filesChanged(files);
  }

  /** Shows the engine an entry; gives where it begins in the document. */
  #show(server: LanguageServer, code: string): number {
    const { text, start } = this.#document.render(code);
    server.update(text);
    return start;
  }

  /** What may stand at the cursor; the places of the items count in `code`. Nothing when there is no engine. */
  async complete(code: string, cursor: number, signal?: AbortSignal): Promise<TypedItem[]> {
    // A project without TypeScript is told of it when it is missed, and not at the start.
    if (!(await this.start())) this.#complain(`Tab knows values only: ${NO_TYPESCRIPT}`);
    const server = this.#server;
    if (!server) return [];
    const start = this.#show(server, code);
    const items = await server.complete(start + cursor, signal);
    return items.map((item) => ({ ...item, start: item.start - start }));
  }

  async describe(item: TypedItem, signal?: AbortSignal): Promise<TypedDescription | undefined> {
    return this.#server?.describe(item, signal);
  }

  /** The call around the cursor. */
  async signature(code: string, cursor: number, signal?: AbortSignal): Promise<SignatureHint | undefined> {
    const server = this.#server;
    return server?.signature(this.#show(server, code) + cursor, signal);
  }

  /** The type of an expression, and what it comes to if that is short and says more. Throws for what is no expression. */
  async typeOf(expression: string): Promise<{ type: string; expanded: string | undefined } | undefined> {
    const server = await this.require();
    const code = `const ${PROBE} = (${expression}\n); type ${EXPANDED}<T> = T extends unknown ? { [K in keyof T]: T[K] } : never; type ${PROBE}_ = ${EXPANDED}<typeof ${PROBE}>;`;
    const start = this.#show(server, code);
    const [problems, value, expanded] = await Promise.all([
      server.problems(),
      server.hover(start + code.indexOf(PROBE)),
      server.hover(start + code.lastIndexOf(`type ${PROBE}_`) + 'type '.length),
    ]);
    const syntax = problems.find((problem) => problem.start >= start && problem.code < FIRST_SEMANTIC_CODE);
    if (syntax) throw new Error(`SyntaxError: ${syntax.message}`);
    const type = value && /^const \w+: ([^]*)$/.exec(value.signature)?.[1];
    if (type === undefined) return undefined;
    const shape = expanded && /^type \w+ = ([^]*)$/.exec(expanded.signature)?.[1];
    return { type, expanded: isWorthShowing(type, shape) ? shape : undefined };
  }

  /** What is declared under a name, or under the last name of a path. */
  async describeName(expression: string): Promise<TypedDescription | undefined> {
    const server = await this.require();
    const code = expression.trimEnd();
    return server.hover(this.#show(server, code) + Math.max(0, code.length - 1));
  }

  /** Where that is declared. */
  async definition(expression: string): Promise<Definition | undefined> {
    await this.start();
    const server = this.#server;
    if (!server) return undefined;
    const code = expression.trimEnd();
    const { text, start } = this.#document.render(code);
    server.update(text);
    const [found] = await server.definitions(start + Math.max(0, code.length - 1));
    if (!found || found.file !== this.#file) return found;
    const lines = text.split('\n');
    const declared = lines.slice(found.line - 1, found.endLine).join('\n');
    if (!declared.startsWith('declare const')) return { text: declared };
    // A name of the context: what is behind its type, whose last name stands before a semicolon, or before a bracket as well.
    const end = lines.slice(0, found.line).join('\n').length;
    const [behind] = await server.definitions(end - (/\W*$/.exec(declared)?.[0].length ?? 0) - 1);
    return behind?.file === this.#file ? undefined : behind;
  }

  /** The type errors of an entry; their places count in `code`. */
  async problems(code: string): Promise<TypeProblem[]> {
    const server = await this.require();
    const start = this.#show(server, code);
    const end = start + code.length;
    return (await server.problems())
      .filter((problem) => problem.start >= start && problem.start <= end && !NOT_IN_A_SHELL.has(problem.code))
      .map((problem) => ({ ...problem, start: problem.start - start, end: Math.min(problem.end, end) - start }));
  }

  close(): void {
    this.#isClosed = true;
    this.#server?.close();
  }
}

const NO_TYPESCRIPT = 'this project has no TypeScript (npm install -D typescript)';

/** Errors with smaller numbers are about the syntax. */
const FIRST_SEMANTIC_CODE = 2000;

const PROBE = '__type';
const EXPANDED = '__Expanded';

/** Errors about what is usual in a shell: unused names, `await` and `import` where the file's format forbids them. */
const NOT_IN_A_SHELL = new Set([1232, 1309, 1375, 1378, 6133, 6138, 6192, 6196, 6198, 6199, 6205, 7027, 7028]);

const MAX_LINES = 12;

/** Data with a name, in a few lines; functions and classes tell more by their name. */
function isWorthShowing(type: string, shape: string | undefined): boolean {
  if (shape === undefined || shape === type || !/^[A-Z][\w$.]*$/.test(type) || !shape.startsWith('{')) return false;
  return shape.split('\n').length <= MAX_LINES && !/=>|\): /.test(shape);
}
