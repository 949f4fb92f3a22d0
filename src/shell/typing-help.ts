import { setTimeout as delay } from 'node:timers/promises';
import type { ClientSettings } from './client-settings.ts';
import { isCommand } from './command-line.ts';
import { askQuietly, type Connection } from './connection.ts';
import type { Editor } from './editor.ts';
import type { Paging } from './paging.ts';
import { PreviewHint } from './preview-hint.ts';
import { isPlain, type ShellOptions } from './shell-options.ts';
import { paint, plainText } from './spans.ts';
import type { TerminalOutput } from './terminal-output.ts';
import { certainlyIncomplete } from './tokens.ts';
import { TypeAssistant } from './type-assistant.ts';
import { isTypeCommand } from './type-commands.ts';

/** How long the host may take to say whether an entry is whole, before the text alone decides. */
const CHECK_MS = 150;

/** What the help for typing is shown with, and asks. */
export interface TypingHelpParts {
  options: ShellOptions;
  color: boolean;
  editor: Editor;
  output: TerminalOutput;
  paging: Paging;
  settings: ClientSettings;
  connection(): Connection | undefined;
  /** Whether an entry runs. */
  isBusy(): boolean;
}

/** What helps a person type in this terminal. */
export interface TypingHelp {
  preview: PreviewHint;
  assistant: TypeAssistant;
  /** Whether a text is a whole entry, and no line of it is still to come. */
  isComplete(code: string): Promise<boolean>;
}

export function createTypingHelp(parts: TypingHelpParts): TypingHelp {
  return {
    preview: createPreview(parts),
    assistant: createAssistant(parts),
    isComplete: (code) => isComplete(code, parts),
  };
}

function createPreview({ options, color, editor, settings, connection, isBusy }: TypingHelpParts): PreviewHint {
  return new PreviewHint({
    isWanted: () => settings.preview && !isBusy() && !isPlain(options),
    ask: async (code) => {
      const answer = await askQuietly(connection(), { op: 'preview', code });
      return answer?.op === 'preview' ? answer.printed : undefined;
    },
    show: (printed) => {
      const text = plainText(printed);
      editor.setHint('preview', text === '' ? [] : [color ? paint(text, 'gray') : text]);
    },
  });
}

function createAssistant({ options, color, editor, output, paging, connection }: TypingHelpParts): TypeAssistant {
  const { root, subject, stdout = process.stdout } = options;
  return new TypeAssistant({
    root,
    appFile: subject.file,
    color,
    columns: () => stdout.columns ?? 80,
    connection,
    print: (spans) => output.print(spans),
    printLong: (spans) => paging.show(output.lines(spans)),
    setHint: (rows) => editor.setHint('signature', rows),
    withTerminal: (body) => withoutEditor(editor, body),
  });
}

async function isComplete(code: string, { connection: connectionNow, isBusy }: TypingHelpParts): Promise<boolean> {
  if (isCommand(code) || isTypeCommand(code)) return true;
  if (certainlyIncomplete(code)) return false;
  const connection = connectionNow();
  if (!connection || isBusy()) return true;
  const late = delay(CHECK_MS, undefined, { ref: false });
  const answer = await Promise.race([askQuietly(connection, { op: 'check', code }), late]);
  return answer?.op !== 'checked' || answer.status !== 'incomplete';
}

/** Lets another program have the terminal. */
function withoutEditor<T>(editor: Editor, body: () => T): T {
  editor.suspend();
  try {
    return body();
  } finally {
    editor.resume();
  }
}
