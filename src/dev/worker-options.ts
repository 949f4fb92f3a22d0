import { createPin } from '../debug/pin.ts';
import { takeInspector } from './inspect.ts';
import type { WorkerOptions } from './messages.ts';
import type { DevServerOptions } from './supervisor.ts';

/** What every worker of a server that listens on `port` is told. */
export function createWorkerOptions(
  options: DevServerOptions & { cwd: string; host: string },
  port: number,
): WorkerOptions {
  const { app, cwd, host, debug = false, reload = debug, environment = () => process.env } = options;
  return {
    app,
    cwd,
    host,
    port,
    debugger: options.debugger ?? debug,
    pin: createPin(environment()['FLACON_DEBUG_PIN']),
    reload,
    // Where patterns or polling decide, this process does.
    nearWatch: reload && !options.excludePatterns?.length && !options.extraFiles?.length && !options.pollInterval,
    liveReload: reload && (options.liveReload ?? true),
    shell: options.shell ?? true,
    inspect: takeInspector(),
    isDiverted: false,
    commands: options.commands,
  };
}
