import type { Socket } from 'node:net';

import { readTraceback } from '../debug/traceback.ts';
import { SideThread } from '../util/side-thread.ts';
import { echo } from '../util/terminal.ts';
import { closeInspector, openInspector } from './inspect.ts';
import type { SupervisorMessage, WorkerMessage } from './messages.ts';
import { divert } from './output.ts';
import { formatTraceback } from './report.ts';
import { Watchdog } from './watchdog.ts';
import { WorkerServer } from './worker-server.ts';

/** Entry of the child process: the supervisor's messages, and the end of the process. */

function send(message: WorkerMessage, socket?: Socket): Promise<void> {
  return new Promise((resolve) => {
    // After the supervisor is gone there is nobody to tell.
    if (!process.connected) resolve();
    else process.send?.(message, socket, { keepOpen: false }, () => resolve());
  });
}

let server: WorkerServer | undefined;
const thread = new SideThread('flacon-watchdog');
const watchdog = new Watchdog(thread, () => server?.isBusy ?? false);

let restoreOutput: (() => void) | undefined;

function divertOutput(isOn: boolean): void {
  restoreOutput?.();
  if (!isOn) return;
  const undo = [process.stdout, process.stderr].map((stream) =>
    divert(stream, (text) => void send({ type: 'output', text })),
  );
  restoreOutput = () => {
    for (const restore of undo) restore();
  };
}

async function receive(message: SupervisorMessage, socket: Socket | undefined): Promise<void> {
  switch (message.type) {
    case 'divert':
      return divertOutput(message.isOn);
    case 'start':
      divertOutput(message.options.isDiverted);
      if (message.options.inspect) openInspector(message.options.inspect);
      server = new WorkerServer(message.options, send, { watchdog, thread });
      return server.start();
    case 'connection':
      // A client that has gone meanwhile leaves no socket.
      if (socket) server?.accept(socket);
      void send({ type: 'taken', id: message.id });
      return;
    case 'changes':
      return server?.change(message.files, message.id);
    case 'drain':
      closeInspector();
      await server?.drain();
      return process.exit(0);
    case 'stop':
      await server?.stop();
      return process.exit(0);
    default:
      return message satisfies never;
  }
}

process.on('message', (message: SupervisorMessage, socket: unknown) => {
  receive(message, socket as Socket | undefined).catch((error: unknown) => {
    echo(formatTraceback(readTraceback(error)), { err: true });
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the supervisor decides what happens then.
process.on('SIGINT', () => undefined);
void send({ type: 'booted' });
