import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type {
  FilePlace,
  LanguageServer,
  LanguageServerOptions,
  SignatureHint,
  SourceRange,
  TypedDescription,
  TypedItem,
  TypeProblem,
} from './language-server.ts';
import {
  parseHover,
  toSignatureHint,
  toSourceRanges,
  toTypedItem,
  type LspItem,
  type LspProblem,
  type LspSignatures,
} from './lsp-answers.ts';
import { MessageProcess, type ProgramToRun } from './message-process.ts';
import { PendingRequests } from './pending-requests.ts';
import { differenceOf, TextLines } from './text-position.ts';

/** Options of {@link LspServer}. */
export interface LspServerOptions extends LanguageServerOptions {
  program: ProgramToRun;
}

/** TypeScript 7: `tsc --lsp --stdio`, in the Language Server Protocol (3.17). */
export class LspServer implements LanguageServer {
  readonly version: string;
  readonly ended: Promise<void>;
  readonly #process: MessageProcess;
  readonly #pending = new PendingRequests();
  readonly #uri: string;
  /** What waits for the end of the handshake, in order. */
  #outbox: object[] | undefined = [];
  #lines = new TextLines('');
  #revision = 0;

  constructor({ program, root, file, version }: LspServerOptions) {
    this.version = version;
    this.#uri = pathToFileURL(file).href;
    this.#process = new MessageProcess(program, (message) => this.#receive(message));
    this.ended = this.#process.ended;
    void this.ended.then(() => this.#pending.end());
    this.#open(pathToFileURL(root).href);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  #open(rootUri: string): void {
    const params = {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: 'project' }],
      capabilities: CAPABILITIES,
    };
    const hello = this.#pending.ask((id) => this.#process.send({ jsonrpc: '2.0', id, method: 'initialize', params }));
    hello.then(
      () => {
        const outbox = this.#outbox ?? [];
        this.#outbox = undefined;
        this.#notify('initialized', {});
        for (const message of outbox) this.#process.send(message);
      },
      // It has ended, or is no such server: whoever asks next hears of it.
      () => this.close(),
    );
  }

  #send(message: object): void {
    if (this.#outbox) this.#outbox.push(message);
    else this.#process.send(message);
  }

  #receive(message: Record<string, unknown>): void {
    const { id, method, result, error } = message;
    if (typeof method === 'string') {
      if (id !== undefined) this.#process.send({ jsonrpc: '2.0', id, result: answerTo(method, message['params']) });
      return;
    }
    if (typeof id !== 'number') return;
    this.#pending.settle(id, error ? { error: String((error as { message?: unknown }).message) } : { value: result });
  }

  #notify(method: string, params: object): void {
    this.#send({ jsonrpc: '2.0', method, params });
  }

  #ask(method: string, params: object, signal?: AbortSignal): Promise<unknown> {
    return this.#pending.ask(
      (id) => this.#send({ jsonrpc: '2.0', id, method, params }),
      signal,
      (id) => this.#notify('$/cancelRequest', { id }),
    );
  }

  /** Asks about an offset of the document, or about a place of a file. */
  #askAt(method: string, at: number | FilePlace, signal?: AbortSignal): Promise<unknown> {
    const uri = typeof at === 'number' ? this.#uri : pathToFileURL(at.file).href;
    const position =
      typeof at === 'number' ? this.#lines.positionAt(at) : { line: at.line - 1, character: at.column - 1 };
    return this.#ask(`textDocument/${method}`, { textDocument: { uri }, position }, signal);
  }

  update(text: string): void {
    const before = this.#lines;
    const change = differenceOf(before.text, text);
    if (this.#revision > 0 && !change) return;
    this.#lines = new TextLines(text);
    this.#revision += 1;
    const version = this.#revision;
    if (version === 1 || !change) {
      const textDocument = { uri: this.#uri, languageId: 'typescript', version, text };
      return this.#notify('textDocument/didOpen', { textDocument });
    }
    const range = { start: before.positionAt(change.start), end: before.positionAt(change.end) };
    const contentChanges = [{ range, text: change.text }];
    this.#notify('textDocument/didChange', { textDocument: { uri: this.#uri, version }, contentChanges });
  }

  async complete(offset: number, signal?: AbortSignal): Promise<TypedItem[]> {
    const lines = this.#lines;
    const answer = (await this.#askAt('completion', offset, signal)) as { items?: LspItem[] } | LspItem[] | null;
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    const wordStart = offset - (/[\p{ID_Continue}$#]*$/u.exec(lines.text.slice(0, offset))?.[0].length ?? 0);
    return items.map((item) => toTypedItem(item, lines, wordStart));
  }

  async describe({ handle }: TypedItem, signal?: AbortSignal): Promise<TypedDescription | undefined> {
    const { detail = '', documentation } = (await this.#ask(
      'completionItem/resolve',
      handle as object,
      signal,
    )) as LspItem;
    const doc = typeof documentation === 'string' ? documentation : (documentation?.value ?? '');
    return detail === '' && doc === '' ? undefined : { signature: detail, doc: doc.trim() };
  }

  async hover(at: number | FilePlace, signal?: AbortSignal): Promise<TypedDescription | undefined> {
    const answer = (await this.#askAt('hover', at, signal)) as { contents?: unknown } | null;
    return parseHover(answer?.contents);
  }

  async signature(offset: number, signal?: AbortSignal): Promise<SignatureHint | undefined> {
    const answer = (await this.#askAt('signatureHelp', offset, signal)) as LspSignatures | null;
    return answer ? toSignatureHint(answer) : undefined;
  }

  async definitions(offset: number, signal?: AbortSignal): Promise<SourceRange[]> {
    return toSourceRanges(await this.#askAt('definition', offset, signal));
  }

  async typeDefinitions(at: FilePlace, signal?: AbortSignal): Promise<SourceRange[]> {
    return toSourceRanges(await this.#askAt('typeDefinition', at, signal));
  }

  async problems(signal?: AbortSignal): Promise<TypeProblem[]> {
    const lines = this.#lines;
    const params = { textDocument: { uri: this.#uri } };
    const answer = (await this.#ask('textDocument/diagnostic', params, signal)) as { items?: LspProblem[] } | null;
    return (answer?.items ?? [])
      .filter(({ severity = 1 }) => severity === 1)
      .map(({ range, code, message }) => ({
        start: lines.offsetAt(range.start),
        end: lines.offsetAt(range.end),
        code: Number(code ?? 0),
        message,
      }));
  }

  filesChanged(files: readonly string[]): void {
    const changes = files.map((file) => ({
      uri: pathToFileURL(file).href,
      type: existsSync(file) ? CHANGED : DELETED,
    }));
    this.#notify('workspace/didChangeWatchedFiles', { changes });
  }

  close(): void {
    this.#process.kill();
  }
}

const CHANGED = 2;
const DELETED = 3;

const MARKDOWN = ['markdown', 'plaintext'];
const CAPABILITIES = {
  workspace: { configuration: true },
  textDocument: {
    completion: {
      completionItem: { documentationFormat: MARKDOWN, resolveSupport: { properties: ['detail', 'documentation'] } },
    },
    hover: { contentFormat: MARKDOWN },
    signatureHelp: {
      signatureInformation: { parameterInformation: { labelOffsetSupport: true }, activeParameterSupport: true },
    },
    definition: { linkSupport: true },
    typeDefinition: { linkSupport: true },
    diagnostic: {},
  },
};

/** What the server wants to know. Names that an import would have to bring are no names of the session. */
function answerTo(method: string, params: unknown): unknown {
  if (method !== 'workspace/configuration') return null;
  const { items = [] } = params as { items?: unknown[] };
  return items.map(() => ({ suggest: { autoImports: false } }));
}
