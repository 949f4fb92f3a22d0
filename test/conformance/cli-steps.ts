import type { Command } from 'commander';
import { Abort, UsageError } from '../../src/command-runner.ts';
import { currentApp, echo, urlFor } from '../../src/index.ts';
import { confirm, prompt } from '../../src/prompts.ts';
import { secho, stripAnsi, style } from '../../src/util/terminal.ts';
import type { Values } from './cli-params.ts';
import type { Json } from './cli-types.ts';

/** JSON as Python writes it, with keys in order. */
function dumps(value: unknown): string {
  if (Array.isArray(value)) return `{"$tuple": [${value.map(dumps).join(', ')}]}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${dumps(item)}`).join(', ')}}`;
}

const fill = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? 'None'));

const repr = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : value === true ? 'True' : value === false ? 'False' : String(value);

export async function carryOut(step: Record<string, Json>, values: Values, command: Command): Promise<void> {
  const [[name, argument] = ['', null]] = Object.entries(step);
  const options = Object(argument) as Record<string, never>;
  switch (name) {
    case 'echo':
      if (typeof argument === 'string') echo(fill(argument, values));
      else echo(fill(options['text'] ?? '', values), { err: options['err'] ?? false, nl: options['nl'] ?? true });
      return;
    case 'params':
      return echo(dumps(values));
    case 'secho':
      return secho(options['text'], { fg: options['fg'], bold: options['bold'] ?? false });
    case 'style':
      return echo(style(options['text'] ?? '', { fg: options['fg'] }));
    case 'unstyle':
      return echo(stripAnsi(String(argument)));
    case 'exit':
    case 'sys_exit':
      return process.exit(Number(argument ?? 0));
    case 'fail':
      throw new UsageError(String(argument), {
        usage: `Usage: app ${command.name()} [OPTIONS]`,
        hint: `Try 'app ${command.name()} --help' for help.`,
      });
    case 'abort':
      throw new Abort();
    case 'prompt': {
      const {
        text,
        hide_input: hideInput = false,
        confirmation_prompt: confirmationPrompt = false,
        default: fallback,
      } = options as Record<string, Json>;
      const answer = await prompt<unknown>(String(text), {
        hideInput: Boolean(hideInput),
        confirmationPrompt: Boolean(confirmationPrompt),
        type: String,
        ...(fallback === undefined ? {} : { default: fallback }),
      });
      return echo(`got ${repr(answer)}`);
    }
    case 'confirm': {
      const { text, default: fallback = false, abort = false } = options as Record<string, Json>;
      return echo(
        `got ${repr(await confirm(String(text), { default: fallback as boolean | null, abort: Boolean(abort) }))}`,
      );
    }
    case 'app_name':
      return echo(currentApp.name);
    case 'config':
      return echo(repr(currentApp.config[String(argument)]));
    case 'url_for':
      return echo(urlFor(String(argument)));
    case 'raise':
      return raise(argument as [string, string], command);
    case 'return':
      return;
    default:
      throw new Error(`No such step: ${name}`);
  }
}

function raise([kind, message]: [string, string], command: Command): never {
  if (kind === 'Abort') throw new Abort();
  if (kind === 'ClickException') command.error(`error: ${message}`, { exitCode: 1 });
  if (kind === 'UsageError')
    throw new UsageError(message, {
      usage: `Usage: app ${command.name()} [OPTIONS]`,
      hint: `Try 'app ${command.name()} --help' for help.`,
    });
  throw new RangeError(message);
}
