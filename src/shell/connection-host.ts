import type { Door } from './hello.ts';
import type { HostConnection } from './host-connection.ts';
import type { InterruptHandler, InterruptSlot } from './interrupt.ts';
import type { Neighbours } from './neighbours.ts';
import type { ShellPlugin } from './plugins.ts';
import type { ShellTarget } from './target.ts';

/** What a connection needs from its host. */
export interface ConnectionHost {
  readonly target: ShellTarget;
  readonly door: Door;
  readonly isAttached: boolean;
  /** The number of the next session. */
  nextNumber(): number;
  /** A slot of the thread that interrupts; undefined when there is none left. */
  slot(onInterrupt: InterruptHandler): InterruptSlot | undefined;
  /** Starts the thread that interrupts; resolves when it can be reached. */
  readyToInterrupt(): Promise<void>;
  raise(slot: number, target: number): void;
  readonly controlPath: string;
  plugins(): Promise<readonly ShellPlugin[]>;
  /** Ends the server. */
  stop(exitCode: number): void;
  readonly neighbours: Neighbours;
  /** Somebody was let in, or went. */
  audit(text: string): void;
  closed(connection: HostConnection): void;
}
