/** A line that is expected in a terminal. */
export type Expected =
  /** A printed line, exactly; blanks at its end do not count. */
  | { kind: 'text'; text: string; line: number }
  /** A printed line that matches as a whole. */
  | { kind: 'regex'; regex: RegExp; line: number }
  /** Any number of lines. */
  | { kind: 'any'; line: number }
  /** What stands at the prompt; lines after it stand beneath the entry. */
  | { kind: 'entry'; text: string; line: number }
  /** The program has ended with this code. */
  | { kind: 'exit'; code: number; line: number };

/** What is done in a terminal. */
export type TerminalAction =
  | { kind: 'start'; terminal: string; command: string; isBackground: boolean }
  | { kind: 'type'; terminal: string; text: string }
  /** `text` is what stands before the first key. */
  | { kind: 'keys'; terminal: string; bytes: string; text: string }
  | { kind: 'paste'; terminal: string; text: string }
  | { kind: 'resize'; terminal: string; size: Size }
  | { kind: 'kill'; terminal: string; signal: NodeJS.Signals };

/** What is done outside of the terminals. */
export type ElsewhereAction =
  | { kind: 'serve' }
  | { kind: 'stop'; signal: NodeJS.Signals }
  | { kind: 'log'; regex: RegExp }
  | { kind: 'ended'; code: number }
  | { kind: 'edit'; file: string; old: string; replacement: string }
  | { kind: 'write'; file: string; text: string }
  | { kind: 'curl'; args: string; isBackground: boolean }
  | { kind: 'answered'; args: string };

export type Action = TerminalAction | ElsewhereAction;

export interface Size {
  columns: number;
  rows: number;
}

/** An action, and what each terminal shows then. */
export interface Step {
  action: Action;
  expected: Map<string, Expected[]>;
  line: number;
}

/** A transcript: what is set up, and what happens. */
export interface Transcript {
  size: Size;
  /** It holds for 40x10 as well as for its own size. */
  isLayout: boolean;
  hasServer: boolean;
  env: Record<string, string>;
  steps: Step[];
}

const NAMED: Readonly<Record<string, string>> = {
  Enter: '\r',
  Tab: '\t',
  Esc: '\u001b',
  Space: ' ',
  Backspace: '\u007f',
  Up: '\u001b[A',
  Down: '\u001b[B',
  Right: '\u001b[C',
  Left: '\u001b[D',
  Home: '\u001b[H',
  End: '\u001b[F',
  Delete: '\u001b[3~',
  PageUp: '\u001b[5~',
  PageDown: '\u001b[6~',
  'Shift-Tab': '\u001b[Z',
  'Shift-Enter': '\u001b[13;2u',
  'Ctrl-Left': '\u001b[1;5D',
  'Ctrl-Right': '\u001b[1;5C',
  'Ctrl-Up': '\u001b[1;5A',
  'Ctrl-Down': '\u001b[1;5B',
  'Ctrl-_': '\u001f',
  'Alt-Enter': '\u001b\r',
  'Alt-Backspace': '\u001b\u007f',
};

/** The bytes that a terminal sends for a key, such as `Tab`, `Ctrl-C` or `Alt-b`; nothing for a name that is none. */
export function bytesOfKey(name: string): string | undefined {
  const known = NAMED[name];
  if (known !== undefined) return known;
  const [, letter] = /^Ctrl-([A-Za-z])$/.exec(name) ?? [];
  if (letter !== undefined) return String.fromCharCode(letter.toUpperCase().charCodeAt(0) - 64);
  const [, character] = /^Alt-(.)$/.exec(name) ?? [];
  return character === undefined ? undefined : `\u001b${character}`;
}

/** Text with keys in it, `app.[Tab]`, as bytes; brackets that name no key are text. */
function readKeys(text: string): { bytes: string; text: string; hasKeys: boolean; hasText: boolean } {
  let before: string | undefined;
  let rest = '';
  let end = 0;
  let bytes = '';
  for (const match of text.matchAll(/\[([A-Za-z]+(?:-[^\]\s]+)?)\]/g)) {
    const key = bytesOfKey(match[1] ?? '');
    if (key === undefined) continue;
    const plain = text.slice(end, match.index);
    before ??= plain;
    rest += plain;
    bytes += plain + key;
    end = match.index + match[0].length;
  }
  const tail = text.slice(end);
  return {
    bytes: bytes + tail,
    text: before ?? tail,
    hasKeys: before !== undefined,
    hasText: rest + tail !== '',
  };
}

/** Reads a transcript. Throws an error that names the line that is none. */
export function parseTranscript(source: string, name = 'transcript'): Transcript {
  return new Parser(source, name).parse();
}

class Parser {
  readonly #lines: string[];
  readonly #name: string;
  #at = 0;
  readonly #transcript: Transcript = {
    size: { columns: 80, rows: 24 },
    isLayout: false,
    hasServer: false,
    env: {},
    steps: [],
  };

  constructor(source: string, name: string) {
    this.#lines = source.replace(/\n$/, '').split('\n');
    this.#name = name;
  }

  parse(): Transcript {
    for (; this.#at < this.#lines.length; this.#at += 1) this.#line(this.#lines[this.#at] ?? '');
    if (this.#transcript.steps.length === 0) throw this.#error('there is nothing to do in it');
    return this.#transcript;
  }

  #error(message: string): Error {
    return new Error(`${this.#name}:${this.#at + 1}: ${message}: ${this.#lines[this.#at] ?? ''}`);
  }

  #line(whole: string): void {
    if (whole === '' || whole === '#' || whole.startsWith('# ')) return;
    if (whole.startsWith('@ ')) return this.#setting(whole.slice(2).trim());
    const [, terminal = 'T1', line = whole] = /^(T\d) ?(.*)$/.exec(whole) ?? [];
    if (line.startsWith('~~ ')) return this.#outside(terminal, line.slice(3));
    if (line.startsWith('$ ')) {
      const [, command = '', background] = /^(.*?)( &)?$/.exec(line.slice(2).trim()) ?? [];
      return this.#act({ kind: 'start', terminal, command, isBackground: background !== undefined });
    }
    if (line === '>' || line.startsWith('> ')) return this.#act({ kind: 'type', terminal, text: line.slice(2) });
    if (line.startsWith('>> ')) {
      const { bytes, text } = readKeys(line.slice(3));
      return this.#act({ kind: 'keys', terminal, bytes, text });
    }
    const keys = readKeys(line.trim());
    if (keys.hasKeys && !keys.hasText) return this.#act({ kind: 'keys', terminal, bytes: keys.bytes, text: '' });
    this.#expect(terminal, line);
  }

  #act(action: Action): void {
    this.#transcript.steps.push({ action, expected: new Map(), line: this.#at + 1 });
  }

  #expect(terminal: string, text: string): void {
    const step = this.#transcript.steps.at(-1);
    if (!step) throw this.#error('nothing was done yet that could print this');
    const list = step.expected.get(terminal) ?? [];
    step.expected.set(terminal, list);
    list.push(this.#expectation(text));
  }

  #expectation(text: string): Expected {
    const line = this.#at + 1;
    if (text === '...') return { kind: 'any', line };
    if (text.startsWith('~ ')) return { kind: 'regex', regex: this.#regex(text.slice(2), true), line };
    if (text === '=' || text.startsWith('= ')) return { kind: 'entry', text: text.slice(2), line };
    const [, code] = /^\[exit (\d+)\]$/.exec(text) ?? [];
    if (code !== undefined) return { kind: 'exit', code: Number(code), line };
    return { kind: 'text', text: text.startsWith('\\') ? text.slice(1) : text, line };
  }

  #regex(source: string, isWhole: boolean): RegExp {
    try {
      return new RegExp(isWhole ? `^(?:${source})$` : source);
    } catch (error) {
      throw this.#error(error instanceof Error ? error.message : String(error));
    }
  }

  #setting(text: string): void {
    const [, name = '', value = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
    if (this.#transcript.steps.length > 0) throw this.#error('settings stand before the first step');
    if (name === 'server') this.#transcript.hasServer = true;
    else if (name === 'layout') this.#transcript.isLayout = true;
    else if (name === 'size') this.#transcript.size = this.#size(value);
    else if (name === 'env' && /^\w+=/.test(value)) {
      const at = value.indexOf('=');
      this.#transcript.env[value.slice(0, at)] = value.slice(at + 1);
    } else throw this.#error('no such setting');
  }

  #size(text: string): Size {
    const [, columns, rows] = /^(\d+)x(\d+)$/.exec(text) ?? [];
    if (columns === undefined || rows === undefined) throw this.#error('no size');
    return { columns: Number(columns), rows: Number(rows) };
  }

  /** What happens outside of the terminals. */
  #outside(terminal: string, text: string): void {
    const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
    const [, plain = '', background] = /^(.*?)( &)?$/.exec(rest) ?? [];
    switch (name) {
      case 'edit':
        return this.#edit(rest);
      case 'write': {
        const [, file = '', mark] = /^(\S+) <<(\S+)$/.exec(rest) ?? [];
        return this.#act({ kind: 'write', file, text: this.#document(mark) });
      }
      case 'paste': {
        const [, mark] = /^<<(\S+)$/.exec(rest) ?? [];
        return this.#act({ kind: 'paste', terminal, text: this.#document(mark).replace(/\n$/, '') });
      }
      case 'resize':
        return this.#act({ kind: 'resize', terminal, size: this.#size(rest) });
      case 'kill': {
        const [whole, signal = 'KILL', server] = /^(?:-?([A-Z]+)\b ?)?(server)?$/.exec(rest) ?? [];
        if (whole === undefined) throw this.#error('a kill is -SIGNAL, and server if it is that');
        const name = `SIG${signal}` as NodeJS.Signals;
        return this.#act(
          server === undefined ? { kind: 'kill', terminal, signal: name } : { kind: 'stop', signal: name },
        );
      }
      case 'serve':
        return this.#act({ kind: 'serve' });
      case 'ended':
        return this.#act({ kind: 'ended', code: Number(rest) });
      case 'log':
        return this.#act({ kind: 'log', regex: this.#regex(rest, false) });
      case 'curl':
        return this.#act({ kind: 'curl', args: plain, isBackground: background !== undefined });
      case 'answered':
        return this.#act({ kind: 'answered', args: rest });
      default:
        throw this.#error('no such action');
    }
  }

  #edit(text: string): void {
    const [, file = '', mark = ''] = /^(\S+) s(.)/.exec(text) ?? [];
    const [old = '', replacement = '', ...others] = text.slice(file.length + 3).split(mark);
    if (mark === '' || old === '' || others.length !== 1 || others[0] !== '')
      throw this.#error('an edit is FILE s/old/new/');
    const lines = (part: string): string => part.replaceAll('\\n', '\n');
    this.#act({ kind: 'edit', file, old: lines(old), replacement: lines(replacement) });
  }

  /** The lines up to a mark. */
  #document(mark: string | undefined): string {
    if (mark === undefined) throw this.#error('a text begins with <<MARK');
    const end = this.#lines.indexOf(mark, this.#at + 1);
    if (end < 0) throw this.#error(`there is no line ${mark}`);
    const text = this.#lines.slice(this.#at + 1, end).map((line) => `${line}\n`);
    this.#at = end;
    return text.join('');
  }
}
