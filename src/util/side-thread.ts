import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';

/** A program for a {@link SideThread}. It is made into text: all it uses it asks from `require`. */
export type ThreadProgram<Data> = (require: (name: string) => unknown, port: MessagePort, data: Data) => void;

const HOST = `
const { compileFunction } = require('node:vm');
require('node:worker_threads').parentPort.on('message', ({ source, port, data }) =>
  compileFunction(source, ['require', 'port', 'data'])(require, port, data));`;

/**
 * A thread that goes on while the main one is held up, for every program that has to: a thread of its own for each costs
 * 10 MB. It keeps no process alive.
 */
export class SideThread {
  readonly #worker: Worker;

  constructor(name: string) {
    this.#worker = new Worker(HOST, { eval: true, execArgv: [], name });
    this.#worker.unref();
    // The programs' ports close with it: who waits for an answer hears that there is none.
    this.#worker.on('error', (error) => process.emitWarning(error));
  }

  /**
   * Starts a program. Gives the end of its port in this thread, which closes when the program closes its own or the
   * thread ends.
   */
  run<Data>(program: ThreadProgram<Data>, data: Data): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage({ source: textOf(program), port: port2, data }, [port2]);
    return port1;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Bundlers that keep the names of functions call a helper for it, which is not in the function's own text. */
function textOf<Data>(program: ThreadProgram<Data>): string {
  const text = program.toString();
  const helpers = [...new Set(text.match(/\b__name\d*\b/g))].map((name) => `const ${name} = (value) => value;`);
  return `${helpers.join('')}(${text})(require, port, data)`;
}
