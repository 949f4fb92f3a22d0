import type { Argument, Command, Help, Option } from 'commander';

// Measures of Click's help pages, which Flask's users read: 80 columns at most, a term column of at most 30.
const MAX_WIDTH = 80;
const MIN_WIDTH = 50;
const MAX_TERM = 30;
const GAP = 2;
const INDENT = 2;

/** A term and what it means: an option, an argument, a command. */
export type Row = readonly [term: string, text: string];

/** Columns that help and messages may take: the terminal's, at most 80. */
export function helpWidth(columns: number | undefined = terminalColumns()): number {
  return Math.max(Math.min(columns ?? MAX_WIDTH, MAX_WIDTH) - GAP, MIN_WIDTH);
}

function terminalColumns(): number | undefined {
  const fromEnvironment = Number(process.env.COLUMNS);
  return Number.isInteger(fromEnvironment) && fromEnvironment > 0 ? fromEnvironment : process.stdout.columns;
}

/** The names that lead to a command, as typed: `app users create`. */
export function commandPath(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

/** What follows the command's names in its usage line. */
function usageArguments(command: Command): string {
  const pieces = ['[OPTIONS]', ...command.registeredArguments.map(argumentMetavar)];
  if (command.commands.length > 0) pieces.push('COMMAND [ARGS]...');
  return pieces.join(' ');
}

/** `Usage: app users create [OPTIONS] EMAIL`. */
export function usageLine(command: Command): string {
  return formatUsage(commandPath(command), usageArguments(command));
}

/** A usage line, wrapped under its first argument. */
export function formatUsage(path: string, args: string): string {
  const prefix = `Usage: ${path} `;
  if (helpWidth() >= prefix.length + 20) return wrap(args, helpWidth(), prefix, ' '.repeat(prefix.length));
  return `${prefix.trimEnd()}\n${wrap(args, helpWidth(), ' '.repeat(4), ' '.repeat(4))}`;
}

function argumentMetavar(argument: Argument): string {
  const name = choicesMetavar(argument.argChoices) ?? argument.name().toUpperCase();
  const optional = argument.required ? name : name.startsWith('[') ? name : `[${name}]`;
  return argument.variadic ? `${optional}...` : optional;
}

/** How an argument is called in messages: `EMAIL`, `FILES...`. */
export function argumentName(argument: Argument): string {
  return argument.variadic ? `${argument.name().toUpperCase()}...` : argument.name().toUpperCase();
}

/** How an option is called in messages: `'--port' / '-p'`. */
export function optionName(option: Option): string {
  return [option.long, option.short]
    .filter((name) => name !== undefined)
    .map((name) => `'${name}'`)
    .join(' / ');
}

function choicesMetavar(choices: readonly string[] | undefined): string | undefined {
  return choices === undefined ? undefined : `[${choices.join('|')}]`;
}

function optionTerm(option: Option, negative: Option | undefined): string {
  const names = [option.short, option.long].filter((name) => name !== undefined).join(', ');
  if (negative !== undefined) return `${names} / ${negative.long ?? negative.short}`;
  if (!option.required && !option.optional) return names;
  const placeholder = /[<[]([^>\].]+)/.exec(option.flags)?.[1] ?? 'value';
  const metavar = choicesMetavar(option.argChoices) ?? placeholder.toUpperCase();
  return `${names} ${option.optional ? `[${metavar}]` : metavar}${option.variadic ? '...' : ''}`;
}

function optionText(option: Option): string {
  const notes: string[] = [];
  if (option.envVar !== undefined && !generatedVariables.has(option)) notes.push(`env var: ${option.envVar}`);
  if (option.defaultValueDescription !== undefined) notes.push(`default: (${option.defaultValueDescription})`);
  else if (option.defaultValue !== undefined && typeof option.defaultValue !== 'boolean')
    notes.push(`default: ${String(option.defaultValue)}`);
  if (option.mandatory) notes.push('required');
  const extra = notes.length > 0 ? `[${notes.join('; ')}]` : '';
  return [option.description, extra].filter((part) => part !== '').join('  ');
}

/** Options whose environment variable follows from the command's name: not worth a word in its help. */
export const generatedVariables = new WeakSet<Option>();

function optionRows(options: readonly Option[]): Row[] {
  const rows: Row[] = [];
  for (const option of options) {
    const twin = options.find(
      (other) => other !== option && other.negate !== option.negate && other.attributeName() === option.attributeName(),
    );
    if (twin !== undefined && option.negate) continue;
    rows.push([optionTerm(option, twin), optionText(option)]);
  }
  return rows;
}

/** A command's help page in Click's layout. Given to Commander as `formatHelp`. */
export function formatHelp(command: Command, helper: Help): string {
  const commands = helper.visibleCommands(command).toSorted((a, b) => compare(a.name(), b.name()));
  return formatPage({
    usage: usageLine(command),
    description: helper.commandDescription(command),
    sections: [
      [
        'Arguments',
        helper
          .visibleArguments(command)
          .map((argument) => [argumentName(argument), helper.argumentDescription(argument)]),
      ],
      ['Options', optionRows(helper.visibleOptions(command))],
      ['Commands', commandRows(commands.map((sub) => [sub.name(), sub.summary() || sub.description()]))],
    ],
  });
}

/** Orders names as Python does, by code point: capitals first. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A help page from its parts; sections without rows are left out. */
export function formatPage(page: {
  usage: string;
  description: string;
  sections: readonly (readonly [title: string, rows: readonly Row[]])[];
}): string {
  const indent = ' '.repeat(INDENT);
  const parts = [page.usage];
  if (page.description !== '') parts.push(wrapParagraphs(page.description, helpWidth(), indent));
  for (const [title, rows] of page.sections) {
    if (rows.length > 0) parts.push(`${title}:\n${formatRows(rows)}`);
  }
  return `${parts.join('\n\n')}\n`;
}

/** Rows of commands, each with the first sentence of its description, cut to the line. */
export function commandRows(commands: readonly Row[]): Row[] {
  const longest = Math.max(0, ...commands.map(([name]) => name.length));
  return commands.map(([name, text]) => [name, shorten(text, helpWidth() - 6 - longest)]);
}

function formatRows(rows: readonly Row[]): string {
  const column = Math.min(Math.max(...rows.map(([term]) => term.length)), MAX_TERM) + GAP;
  const textWidth = Math.max(helpWidth() - column - GAP, 10);
  const lines = rows.map(([term, text]) => {
    if (text === '') return ' '.repeat(INDENT) + term;
    const wrapped = wrapParagraphs(text, textWidth, '').replaceAll('\n', `\n${' '.repeat(column + INDENT)}`);
    const fits = term.length <= column - GAP;
    return ' '.repeat(INDENT) + (fits ? term.padEnd(column) : `${term}\n${' '.repeat(column + INDENT)}`) + wrapped;
  });
  return lines.join('\n');
}

/** The first sentence of a text in at most `limit` characters; what is cut ends in three dots. */
export function shorten(text: string, limit: number): string {
  const words = (text.split(/\n\s*\n/, 1)[0] ?? '').split(/\s+/).filter((word) => word !== '');
  let line = '';
  for (const [index, word] of words.entries()) {
    const next = line === '' ? word : `${line} ${word}`;
    const last = index === words.length - 1;
    if (next.length > limit || (next.length === limit && !last && !word.endsWith('.')))
      return cut(words.slice(0, index + 1), limit);
    if (word.endsWith('.')) return next;
    line = next;
  }
  return line;
}

function cut(words: string[], limit: number): string {
  const kept = words.slice(0, -1);
  while (kept.length > 0 && kept.join(' ').length + 3 > limit) kept.pop();
  return `${kept.join(' ')}...`;
}

function wrapParagraphs(text: string, width: number, indent: string): string {
  const paragraphs = text.trim().split(/\n\s*\n/);
  return paragraphs
    .map((paragraph) => {
      const lines = paragraph.split('\n').map((line) => line.trimEnd());
      // Click's mark for a paragraph that keeps its lines.
      if (lines[0] === '\b')
        return lines
          .slice(1)
          .map((line) => indent + line)
          .join('\n');
      return wrap(paragraph, width, indent, indent);
    })
    .join('\n\n');
}

function wrap(text: string, width: number, first: string, rest: string): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    // Two spaces set the notes in brackets apart from the sentence before them.
    const gap = empty ? '' : word.startsWith('[') && text.includes(`  ${word}`) ? '  ' : ' ';
    if (!empty && line.length + gap.length + word.length > width) {
      lines.push(line);
      line = rest + word;
    } else line += gap + word;
    empty = false;
  }
  lines.push(line);
  return lines.join('\n');
}
