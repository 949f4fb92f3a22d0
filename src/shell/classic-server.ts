import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ClassicQuestions } from './classic-service.ts';
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
import { MessageProcess } from './message-process.ts';
import { PendingRequests } from './pending-requests.ts';

/** Options of {@link ClassicServer}. */
export interface ClassicServerOptions extends LanguageServerOptions {
  /** The file `typescript.js`. */
  library: string;
}

/** TypeScript 5 and 6 in a process of their own; see `classic-service.ts`. */
export class ClassicServer implements LanguageServer {
  readonly version: string;
  readonly ended: Promise<void>;
  readonly #process: MessageProcess;
  readonly #pending = new PendingRequests();
  #text = '';

  constructor({ library, root, file, version }: ClassicServerOptions) {
    this.version = version;
    const isSource = import.meta.url.endsWith('.ts');
    const entry = fileURLToPath(
      new URL(isSource ? './classic-service-process.ts' : '../shell/classic-service-process.cjs', import.meta.url),
    );
    const args = [
      ...(isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : []),
      entry,
      library,
      root,
      file,
    ];
    this.#process = new MessageProcess({ command: process.execPath, args, cwd: root }, (message) =>
      this.#receive(message),
    );
    this.ended = this.#process.ended;
    void this.ended.then(() => this.#pending.end());
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  #receive({ id, result, error }: Record<string, unknown>): void {
    this.#pending.settle(Number(id), typeof error === 'string' ? { error } : { value: result ?? undefined });
  }

  #ask<Method extends keyof ClassicQuestions>(
    method: Method,
    params: ClassicQuestions[Method],
    signal?: AbortSignal,
  ): Promise<unknown> {
    return this.#pending.ask((id) => this.#process.send({ id, method, params }), signal);
  }

  update(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#process.send({ method: 'update', params: text });
  }

  async complete(offset: number, signal?: AbortSignal): Promise<TypedItem[]> {
    return (await this.#ask('complete', { offset }, signal)) as TypedItem[];
  }

  async describe({ handle }: TypedItem, signal?: AbortSignal): Promise<TypedDescription | undefined> {
    const question = handle as ClassicQuestions['describe'];
    return (await this.#ask('describe', question, signal)) as TypedDescription | undefined;
  }

  async hover(at: number | FilePlace, signal?: AbortSignal): Promise<TypedDescription | undefined> {
    return (await this.#ask('hover', { at }, signal)) as TypedDescription | undefined;
  }

  async signature(offset: number, signal?: AbortSignal): Promise<SignatureHint | undefined> {
    return (await this.#ask('signature', { offset }, signal)) as SignatureHint | undefined;
  }

  async definitions(offset: number, signal?: AbortSignal): Promise<SourceRange[]> {
    return (await this.#ask('definitions', { offset }, signal)) as SourceRange[];
  }

  async typeDefinitions(at: FilePlace, signal?: AbortSignal): Promise<SourceRange[]> {
    return (await this.#ask('typeDefinitions', { at }, signal)) as SourceRange[];
  }

  async problems(signal?: AbortSignal): Promise<TypeProblem[]> {
    return (await this.#ask('problems', {}, signal)) as TypeProblem[];
  }

  filesChanged(): void {
    this.#process.send({ method: 'filesChanged' });
  }

  close(): void {
    this.#process.kill();
  }
}
