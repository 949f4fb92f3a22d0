import { stripAnsi } from '../util/terminal.ts';

/** The prompts of the shell that a text is pasted into. */
export interface Prompts {
  prompt: string;
  continuation: string;
}

// `blog(dev)> `: a shell of ours, of whatever application.
const OTHER_PROMPT = /^[\w.@-]+\([^()]*\)> ?/;
const ELLIPSIS = /^\s*(?:\.{3}|…)(?: |$)/;

/**
 * The entries of a transcript of a shell: lines behind a prompt, and those that continue them; what was printed is left
 * out. Nothing for a text that does not begin with a prompt.
 */
function entriesOfTranscript(text: string, prompts: Prompts): string[] | undefined {
  const own = ownPrompt(stripAnsi(prompts.prompt));
  const continuation = stripAnsi(prompts.continuation);
  const promptOf = (line: string): string | undefined => own?.exec(line)?.[0] ?? OTHER_PROMPT.exec(line)?.[0];
  const lines = text.replace(/^\s*\n/, '').split('\n');
  if (promptOf(lines[0] ?? '') === undefined) return undefined;
  const entries: string[] = [];
  let isOpen = false;
  for (const line of lines) {
    const prompt = promptOf(line);
    const dots = continuationOf(line, continuation);
    if (prompt !== undefined) {
      entries.push(line.slice(prompt.length));
      isOpen = true;
    } else if (isOpen && dots !== undefined) {
      entries.push(`${entries.pop() ?? ''}\n${line.slice(dots.length)}`);
    } else {
      isOpen = false;
    }
  }
  return entries.map((entry) => entry.trimEnd()).filter((entry) => entry !== '');
}

function ownPrompt(prompt: string): RegExp | undefined {
  const [name] = /^[\w.@-]+/.exec(prompt) ?? [];
  if (name === undefined || !prompt.includes('>')) return undefined;
  return new RegExp(`^${name.replaceAll('.', '\\.')}(?:\\([^()]*\\))?(?:\\[[^\\]]*\\])?> ?`);
}

function continuationOf(line: string, own: string): string | undefined {
  if (own.trim() !== '' && line.startsWith(own.trimEnd())) return line.startsWith(own) ? own : own.trimEnd();
  return ELLIPSIS.exec(line)?.[0];
}

/**
 * What a paste comes to: text to insert and, for a transcript with dot-commands, which cannot be of one entry with others,
 * the entries to run one after the other.
 */
export function readPaste(paste: string, prompts: Prompts): [first: string, ...others: string[]] {
  const [first, ...others] = entriesOfTranscript(paste, prompts) ?? [];
  if (first === undefined) return [paste.replace(/\n$/, '')];
  if ([first, ...others].some((entry) => entry.startsWith('.'))) return [first, ...others];
  // A line that would continue the entry before it is kept apart.
  return [others.reduce((all, entry) => `${all}${/^[([`+\-/]/.test(entry) ? ';' : ''}\n${entry}`, first)];
}
