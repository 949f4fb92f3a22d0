import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Place } from './problems.ts';

/** A frame worth showing. */
export interface Frame {
  /** The function, as far as it has a name. */
  name: string;
  /** Path from the project, or `shell#3`. */
  file: string;
  line: number;
  column: number;
}

/** How frames are found and named. */
export interface FrameOptions {
  /** Folder of the project. */
  root: string;
  /** The place in what was typed, for files that are entries. */
  originalPlace(file: string, line: number, column: number): Place | undefined;
  /** What an entry is called. Default: its file name. */
  displayName?(file: string): string;
}

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const OWN = ['src', 'dist', 'shell-plugins'].map((folder) => `${packageFolder}${folder}${sep}`);
const FRAME = /^\s+at (?:(async ))?(?:(.+?) \()?((?:file:\/\/|node:)?[^()]+?):(\d+):(\d+)\)?$/;

/** The user's own frames of a stack: entries and files of the project. */
export function userFrames(stack: string, options: FrameOptions): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split('\n')) {
    const found = FRAME.exec(line);
    if (!found) continue;
    const [, , name = '', url = '', row = '1', column = '1'] = found;
    const frame = url.startsWith('shell#')
      ? entryFrame(url, Number(row), Number(column), options)
      : fileFrame(url, Number(row), Number(column), options);
    if (frame) frames.push({ ...frame, name: cleanName(name) });
  }
  return frames;
}

function entryFrame(file: string, line: number, column: number, options: FrameOptions): Omit<Frame, 'name'> {
  const place = options.originalPlace(file, line, column) ?? { line, column };
  return { file: options.displayName?.(file) ?? file, ...place };
}

function fileFrame(url: string, line: number, column: number, { root }: FrameOptions): Omit<Frame, 'name'> | undefined {
  if (url.startsWith('node:') || url.startsWith('native') || url.includes('<anonymous>')) return undefined;
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : url;
  if (file.includes(`${sep}node_modules${sep}`) || OWN.some((folder) => file.startsWith(folder))) return undefined;
  const path = relative(root, file);
  return { file: path.startsWith('..') ? file : path, line, column };
}

function cleanName(name: string): string {
  const plain = name.replace(/^(?:async |new )+/, '').replace(/^Object\.(?!<)/, '');
  return /^(?:<anonymous>|eval|[\w$]+\.<anonymous>|__shell_\w*(?:\.<computed>.*)?|.*\.<computed>.*)$/.test(plain)
    ? ''
    : name.replace(/^Object\./, '').replace('__shell_let.', '');
}

/** A frame as a line of a stack trace. */
export function frameText({ name, file, line, column }: Frame): string {
  const place = `${file}:${line}:${column}`;
  return name === '' ? `    at ${place}` : `    at ${name} (${place})`;
}
