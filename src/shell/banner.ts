import type { WelcomeFrame } from './protocol.ts';
import type { Span } from './spans.ts';

/** What a shell says at its start: which application it is in, and what is in hand. One entry per line. */
export function bannerLines(welcome: WelcomeFrame, isAttached: boolean, columns: number): Span[][] {
  const { app, environment, node, address, pid, names } = welcome;
  const where = isAttached ? `attached to ${address ?? 'a server'} (pid ${pid})` : 'own app (no server)';
  const list = names.join(', ');
  const hint = '.help for commands';
  // On a line of its own where the two do not fit into one.
  const fits = list.length + hint.length + 6 < columns;
  return [
    [
      [app ?? 'no application', 'bold'],
      [` · ${environment} · node ${node} · ${where}`, 'gray'],
    ],
    ...(fits
      ? [[[list], [`      ${hint}`, 'gray']] satisfies Span[]]
      : [[[list]] satisfies Span[], [[hint, 'gray']] satisfies Span[]]),
  ];
}
