import { createServer } from 'node:http';
import type { Socket } from 'node:net';

import { errorPage } from '../debug/page.ts';

/** Answers a connection while there is no process to hand it to. The page asks again by itself. */
export function answerDown(socket: Socket, reason: string): void {
  const server = createServer((_req, res) => {
    const page = errorPage(
      {
        name: 'Not running',
        message: `The application's process has ended (${reason}) while it was starting. Its output is in the terminal.`,
        fix: 'Save a file to start it again.',
        frames: [],
        place: undefined,
        excerpt: [],
        cause: undefined,
      },
      { heading: 'The application does not run' },
    );
    res.writeHead(500, { 'content-type': 'text/html; charset=utf-8', connection: 'close', refresh: '2' });
    res.end(page);
  });
  server.emit('connection', socket);
  socket.resume();
}
