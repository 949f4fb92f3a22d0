import { FlaconError } from '../util/errors.ts';
import type { AuditLog } from './audit-log.ts';
import { runClientCommand } from './client-commands.ts';
import type { ClientSettings } from './client-settings.ts';
import type { History } from './history.ts';
import type { Paging } from './paging.ts';
import type { ResultFrame } from './protocol.ts';
import { plainText } from './spans.ts';
import type { TerminalEvaluation } from './terminal-evaluation.ts';
import type { TerminalOutput } from './terminal-output.ts';
import type { TypeAssistant } from './type-assistant.ts';

/** What entries of a terminal run in, and what they can do to its shell. */
export interface EntryRunnerOptions {
  audit: AuditLog | undefined;
  history: History;
  settings: ClientSettings;
  output: TerminalOutput;
  paging: Paging;
  assistant: TypeAssistant;
  evaluation: TerminalEvaluation;
  columns(): number;
  /** Empties the screen, where there is one. */
  clear(): void;
  /** Has the person answer. */
  ask(question: string): Promise<string>;
  /** Ends the server of the session. */
  stopServer(exitCode: number): void;
  /** Leaves the shell with an exit code; `own`: with that of its own application. */
  leave(code: number | 'own'): void;
}

/** Runs the entries of a person, and shows what comes of them. */
export class EntryRunner {
  readonly #options: EntryRunnerOptions;

  constructor(options: EntryRunnerOptions) {
    this.#options = options;
  }

  /** Runs an entry; without its line in the audit file it does not run. */
  async run(entry: string): Promise<void> {
    const { audit, output } = this.#options;
    if (!audit) return this.#run(entry);
    try {
      await audit.around({ code: entry }, () => this.#run(entry));
    } catch (error) {
      if (!(error instanceof FlaconError)) throw error;
      output.print([[error.message, 'red']]);
    }
  }

  async #run(entry: string): Promise<void> {
    const { audit, history, output, assistant } = this.#options;
    // On the disk before it runs: an entry that ends the process is not lost.
    const id = history.append(entry);
    const begin = performance.now();
    let ok = true;
    for (const code of this.#expand(entry)) {
      if (code !== entry) {
        audit?.expanded(code);
        output.print([[code, 'gray']]);
      }
      ok = (await assistant.run(code)) ?? ((await assistant.mayRun(code)) && (await this.#evaluate(code)));
      if (!ok) break;
    }
    if (ok) audit?.done();
    if (id !== undefined) history.settle(id, { ok, ms: performance.now() - begin });
  }

  /** Commands that this side does itself give the entries that run in their place. */
  #expand(entry: string): readonly string[] {
    const { history, settings, output, columns, clear, leave } = this.#options;
    const answer = runClientCommand(entry, {
      history,
      columns: columns(),
      settings,
      print: (spans) => output.print(spans),
    });
    if (answer === undefined) return [entry];
    if (answer.kind === 'exit') leave('own');
    if (answer.kind === 'clear') clear();
    return answer.kind === 'run' ? answer.entries : [];
  }

  /** Runs code in the session and prints what comes of it. Gives whether it went well. */
  async #evaluate(code: string): Promise<boolean> {
    const { audit, assistant, evaluation } = this.#options;
    const ended = await evaluation.run(code);
    if (!ended) return false;
    audit?.ended(ended.result.status);
    assistant.evaluated(code, ended.result);
    return this.show(ended.result, ended.ms);
  }

  /** Prints a result, or does what it asks for. Gives whether it went well. */
  async show(result: ResultFrame, ms: number): Promise<boolean> {
    const { output, paging, leave } = this.#options;
    const { status, printed } = result;
    if (status === 'interrupted') {
      const how = printed.length > 0 ? `(${plainText(printed)})` : `after ${(ms / 1000).toFixed(1)} s`;
      output.print([['^C', 'yellow'], [` interrupted ${how}`]]);
    } else if (status === 'exit' && result.mustAsk) void this.#askToStop(result.exitCode ?? 0);
    else if (status === 'exit') leave(result.exitCode ?? 0);
    else if (status === 'incomplete') output.print([['SyntaxError: the code ends too early', 'red']]);
    else if (printed.length > 0) await paging.show(output.lines(printed));
    return status === 'value' || status === 'nothing' || status === 'exit';
  }

  /** `process.exit()` in a server that others use. */
  async #askToStop(exitCode: number): Promise<void> {
    const { ask, stopServer } = this.#options;
    if (/^y(?:es)?$/.test(await ask('this stops the dev server: y/N '))) stopServer(exitCode);
  }
}
