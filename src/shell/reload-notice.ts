import { isAbsolute, relative } from 'node:path';
import type { Span } from './spans.ts';
import type { ReloadEvent, ReloadFailure } from './target.ts';
import type { Upgrade } from './upgrade.ts';

/** The line about a save that is in place: what it was, what it did to the variables, what went wrong. */
export function reloadedSpans(
  { files, modules, ms }: Extract<ReloadEvent, { kind: 'reloaded' }>,
  { upgraded, stale, problems }: Upgrade & { problems: readonly string[] },
  root: string,
): Span[] {
  if (files.length === 0) return [['↻ repaired: the change was taken back', 'cyan']];
  const names = files.map((file) => relative(root, file)).join(', ');
  const count = modules.length === 1 ? '1 module' : `${modules.length} modules`;
  const variables =
    upgraded.length + stale.length === 0 ? '' : ` · upgraded: ${listed(upgraded)} · stale: ${listed(stale)}`;
  return [
    [`↻ reloaded ${names}${names === '' ? '' : ' '}(${count}, ${Math.round(ms)} ms)${variables}`, 'cyan'],
    ...problems.map((problem): Span => [`\n! ${problem}`, 'yellow']),
  ];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

/** The lines about a save that could not be taken. */
export function failureSpans({ message, file, line, column, excerpt }: ReloadFailure, root: string): Span[] {
  const path = file === undefined ? [] : [isAbsolute(file) ? relative(root, file) : file];
  const place = [...path, line, column].filter((part) => part !== undefined).join(':');
  return [
    [`✗ ${place === '' ? '' : `${place}  `}${message}`, 'red'],
    [' — still running the previous version', 'gray'],
    ...(excerpt === undefined ? [] : [[`\n${excerpt}`] as const]),
  ];
}
