import type { PinSettings } from '../debug/pin.ts';
import type { InspectOptions } from './inspect.ts';

/** What the supervisor tells the worker. Only these go over the channel; a connection comes with its socket, and is
 * answered with `taken`. */
export type SupervisorMessage =
  | { type: 'start'; options: WorkerOptions }
  | { type: 'connection'; id: number }
  /** Files were touched. Answered with `updated` when it is dealt with. */
  | { type: 'changes'; id: number; files: string[] }
  /** Give the idle connections back, finish the requests that run, then exit. */
  | { type: 'drain' }
  /** Hand over what is printed from now on, or print it. */
  | { type: 'divert'; isOn: boolean }
  /** Close everything and exit. */
  | { type: 'stop' };

/** What the worker tells the supervisor. */
export type WorkerMessage =
  /** The process is up and waits for `start`. */
  | { type: 'booted' }
  /** Connections can come: the app is loaded, or a page says why not. */
  | { type: 'ready'; loaded: boolean }
  /** Files that matter, for the watcher. */
  | { type: 'files'; files: string[] }
  /** Shells can attach, or a line says why not. */
  | { type: 'hosting' }
  | { type: 'taken'; id: number }
  /** Something was printed while output is diverted. */
  | { type: 'output'; text: string }
  | { type: 'updated'; id: number }
  /** The change cannot be taken in place. */
  | { type: 'restart'; reason: string }
  /** An idle connection, with its socket, for whoever comes next. */
  | { type: 'connection' }
  /** Wrong PINs were given to the debugger, so many by now. */
  | { type: 'pinFailures'; failures: number }
  /** The server is to end, all of it. */
  | { type: 'quit'; exitCode: number }
  /** The app could not be loaded, and there is nothing to wait for. */
  | { type: 'failed'; exitCode: number };

/** What the worker has to know; plain data. */
export interface WorkerOptions {
  /** The application, as `--app` names it. */
  app: string | undefined;
  cwd: string;
  /** Where the supervisor listens. */
  host: string;
  port: number;
  /** Show unhandled errors in the browser. */
  debugger: boolean;
  /** Opens the consoles of the error pages. */
  pin: PinSettings;
  /** Take changes in. */
  reload: boolean;
  /** Watch the loaded modules here too. */
  nearWatch: boolean;
  /** Refresh open pages. */
  liveReload: boolean;
  /** Host a shell. */
  shell: boolean;
  /** Where a debugger can attach, if that was asked for. */
  inspect: InspectOptions | undefined;
  /** Begin with output diverted. */
  isDiverted: boolean;
  /** URL of the module that runs the program's commands in a shell, if there is one. */
  commands: string | undefined;
}
