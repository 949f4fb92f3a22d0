export { definePlugin } from './plugins.ts';
export type { Shell, ShellCommand, ShellCompleter, ShellPlugin, ShellPrinter } from './plugins.ts';
