import { environmentOf } from './environment.ts';
import type { InterruptSlot } from './interrupt.ts';
import { PROTOCOL_VERSION, type WelcomeFrame } from './protocol.ts';
import type { Session } from './session.ts';
import type { Span } from './spans.ts';
import type { ShellTarget } from './target.ts';

/** What a client hears first: what it is in, and what it has in hand. */
export function welcomeFrame(
  id: number,
  session: Session,
  { target, isAttached, controlPath }: { target: ShellTarget; isAttached: boolean; controlPath: string },
  slot: InterruptSlot | undefined,
  remarks: readonly Span[][],
): WelcomeFrame {
  const { address, pid } = target.info();
  const app = target.app();
  return {
    op: 'welcome',
    id,
    protocol: PROTOCOL_VERSION,
    session: session.number,
    app: app?.name,
    environment: environmentOf(app),
    node: process.version,
    pid,
    address,
    attached: isAttached,
    names: session.context.headlineNames(),
    warnings: [...session.warnings.map((warning): Span[] => [[`! ${warning}`, 'yellow']]), ...remarks],
    commands: session.commands.list(),
    marks: session.marks.list(),
    control: slot && { path: controlPath, slot: slot.number },
  };
}
