import { copyToClipboard } from './clipboard.ts';
import type { Question } from './connection.ts';
import type { Editor } from './editor.ts';
import { InspectView } from './inspect-view.ts';
import type { ClientAction, HostFrame } from './protocol.ts';
import type { Span } from './spans.ts';

/** What the actions of a session need of the program at the terminal. */
export interface ActionOptions {
  editor: Editor;
  color: boolean;
  isPlain: boolean;
  print(spans: readonly Span[]): void;
  /** Writes past the editor what is no text. */
  write(text: string): void;
  ask(question: Question): Promise<HostFrame>;
}

/** Does what a command of the session asks of the terminal. Never rejects: what goes wrong is printed. */
export async function runAction(action: ClientAction, options: ActionOptions): Promise<void> {
  try {
    if (action.kind === 'copy') await copy(action.text, options);
    else await inspect(action, options);
  } catch (error) {
    options.print([[error instanceof Error ? error.message : String(error), 'red']]);
  }
}

async function copy(text: string, { isPlain, print, write }: ActionOptions): Promise<void> {
  const way = await copyToClipboard(text, isPlain ? {} : { write });
  const count = `${text.length.toLocaleString('en-US')} character${text.length === 1 ? '' : 's'}`;
  print([[`copied ${count} (${way})`, 'gray']]);
}

async function inspect(action: ClientAction & { kind: 'inspect' }, options: ActionOptions): Promise<void> {
  const { handle, name } = action;
  const view = await InspectView.open({
    name,
    color: options.color,
    async ask(request) {
      const answer = await options.ask({ op: 'inspect', handle, ...request });
      if (answer.op === 'inspected') return answer;
      throw new Error(answer.op === 'failed' ? answer.message : `unexpected answer '${answer.op}'`);
    },
  });
  const wasShown = await options.editor.runFullScreen(view);
  await options.ask({ op: 'inspect-end', handle });
  if (!wasShown) throw new Error(`this terminal has no screen to fill: .ls ${name} lists the members`);
  if (view.defined.length > 0) options.print([[`defined ${view.defined.join(', ')}`, 'gray']]);
}
