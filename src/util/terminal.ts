import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect, stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import { graphemesOf, isSimpleText } from './graphemes.ts';

/** Names of the sixteen terminal colours. */
export type Color =
  | 'black'
  | 'red'
  | 'green'
  | 'yellow'
  | 'blue'
  | 'magenta'
  | 'cyan'
  | 'white'
  | 'gray'
  | 'brightBlack'
  | 'brightRed'
  | 'brightGreen'
  | 'brightYellow'
  | 'brightBlue'
  | 'brightMagenta'
  | 'brightCyan'
  | 'brightWhite';

/** What {@link style} can do to a text. Everything is off by default. */
export interface StyleOptions {
  fg?: Color;
  bg?: Exclude<Color, 'gray'>;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  /** Swap text and background colour. */
  reverse?: boolean;
  strikethrough?: boolean;
}

/** What output is written to: a stream of Node, or anything with `write`. */
export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
}

/** Where {@link echo} writes. */
export interface TerminalStreams {
  stdout: OutputStream;
  stderr: OutputStream;
  /** Whether colours are kept; by default {@link isColorEnabled} of the stream. */
  color?: boolean;
}

/** Options of {@link echo}. */
export interface EchoOptions {
  /** Write to standard error. Default false. */
  err?: boolean;
  /** End the line. Default true. */
  nl?: boolean;
  /** Keep or remove colours; by default as the stream can show them. */
  color?: boolean;
}

const colors = picocolors.createColors(true);
const redirected = new AsyncLocalStorage<TerminalStreams>();

/** Prints a line (Click's `echo`): colours are removed where the stream cannot show them. What is no text is inspected. */
export function echo(text: unknown = '', options: EchoOptions = {}): void {
  const { stdout, stderr, color } = currentStreams();
  const stream = options.err ? stderr : stdout;
  const line = (typeof text === 'string' ? text : textOf(text)) + (options.nl === false ? '' : '\n');
  const isColored = options.color ?? color ?? isColorEnabled(stream);
  stream.write(isColored ? line : stripAnsi(line));
}

/** {@link echo} of a {@link style}d text. */
export function secho(text: unknown, options: EchoOptions & StyleOptions = {}): void {
  echo(style(typeof text === 'string' ? text : textOf(text), options), options);
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  const isPlain = typeof value !== 'object' || value === null || Object.hasOwn(value, 'toString');
  return isPlain || value.toString !== Object.prototype.toString ? String(value) : inspect(value);
}

/** Where {@link echo} writes at the moment: the process's own streams, or those of {@link withStreams}. */
export function currentStreams(): TerminalStreams {
  return redirected.getStore() ?? process;
}

/** Runs `body` with everything that it echoes, also after an `await`, going to `streams`. */
export function withStreams<T>(streams: TerminalStreams, body: () => T): T {
  return redirected.run(streams, body);
}

/** Adds the escape codes of colours and emphasis; {@link echo} takes them out again where they are not wanted. */
export function style(text: string, options: StyleOptions): string {
  let styled = text;
  if (options.fg) styled = colors[foreground(options.fg)](styled);
  if (options.bg) styled = colors[background(options.bg)](styled);
  if (options.bold) styled = colors.bold(styled);
  if (options.dim) styled = colors.dim(styled);
  if (options.italic) styled = colors.italic(styled);
  if (options.underline) styled = colors.underline(styled);
  if (options.reverse) styled = colors.inverse(styled);
  if (options.strikethrough) styled = colors.strikethrough(styled);
  return styled;
}

type Painter = Exclude<keyof typeof colors, 'isColorSupported'>;

function foreground(color: Color): Painter {
  if (color === 'gray') return 'gray';
  return (color.startsWith('bright') ? lowerFirst(color.slice(6)) + 'Bright' : color) as Painter;
}

function background(color: Exclude<Color, 'gray'>): Painter {
  const [name, suffix] = color.startsWith('bright') ? [color.slice(6), 'Bright'] : [upperFirst(color), ''];
  return `bg${name}${suffix}` as Painter;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Whether to write colours to a stream: `NO_COLOR` (https://no-color.org) says no, `FORCE_COLOR` says yes (`0` and `false`:
 * no), else a terminal that is not `TERM=dumb` gets them.
 */
export function isColorEnabled(stream: { isTTY?: boolean } = process.stdout, env = process.env): boolean {
  if (env.NO_COLOR) return false;
  const { FORCE_COLOR } = env;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Removes escape sequences. */
export function stripAnsi(text: string): string {
  return text.includes('\u001b') || text.includes('\u009b') ? stripVTControlCharacters(text) : text;
}

const ZERO_WIDTH = /^[\p{Cc}\p{Cf}\p{Mn}\p{Me}\u115f\u1160-\u11ff]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f|\p{Regional_Indicator}{2}/u;
// East Asian Wide and Fullwidth (Unicode TR 11) outside the emoji.
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;

/** How many columns a text takes in a terminal; escape sequences take none. */
export function stringWidth(text: string): number {
  const plain = stripAnsi(text);
  if (isSimpleText(plain)) return plain.length;
  let width = 0;
  for (const segment of graphemesOf(plain)) {
    if (ZERO_WIDTH.test(segment)) continue;
    width += WIDE.test(segment) || EMOJI.test(segment) ? 2 : 1;
  }
  return width;
}
