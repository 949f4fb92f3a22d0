const COMMAND = /^\s*\.([A-Za-z][\w-]*)(?:\s+([^]*))?$/;

/** Splits `.name args`; undefined for anything else, such as `.5`. */
export function parseCommand(text: string): { name: string; args: string } | undefined {
  const found = COMMAND.exec(text.trimEnd());
  return found ? { name: found[1] ?? '', args: (found[2] ?? '').trim() } : undefined;
}

/** Whether an entry begins as a command does; {@link parseCommand} may still not take it. */
export function isCommand(text: string): boolean {
  return /^\s*\.[A-Za-z]/.test(text);
}
