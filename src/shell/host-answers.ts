import { FlaconError } from '../util/errors.ts';
import { complete } from './completion.ts';
import { nameOrigins } from './name-origins.ts';
import type { Neighbours } from './neighbours.ts';
import type { ClientFrame, HostFrame, RequestFrame } from './protocol.ts';
import type { Session } from './session.ts';
import type { SessionTools } from './session-tools.ts';
import type { ShellTarget } from './target.ts';

/** Whom a client asks. */
export interface Asked {
  session: Session;
  target: ShellTarget;
  neighbours: Neighbours;
  tools: SessionTools;
  /** Whether an entry of the session runs. */
  isBusy: boolean;
  /** Whether the client is still there. */
  isConnected(): boolean;
  /** Code that was sent to another session runs now: its slot in the thread that interrupts, and its number there. */
  sending(slot: number, target: number): void;
}

/** Operations that have one answer, and that the connection itself has no part in. */
type QuestionOp = Exclude<ClientFrame['op'], 'hello' | 'eval' | 'interrupt' | 'restore' | 'stop' | 'close'>;
type Question<Op extends QuestionOp> = { [Each in QuestionOp]: RequestFrame<Each> }[Op];
type Answers = { [Op in QuestionOp]: (frame: Question<Op>, asked: Asked) => HostFrame | Promise<HostFrame> };

const ANSWERS: Answers = {
  check: ({ id, code }, { session }) => ({ op: 'checked', id, status: session.check(code) }),
  complete: async ({ id, code, cursor }, { session }) => ({
    op: 'completions',
    id,
    ...(await complete(session, code, cursor)),
  }),
  types: ({ id }, { session, target }) => ({ op: 'types', id, names: nameOrigins(session.context, target) }),
  async locate(frame, { session, target }) {
    const { locate } = await import('./locate.ts');
    const range = locate(session, target, frame);
    return { op: 'located', id: frame.id, ...(range && { range }) };
  },
  async endpoint({ id, name }, { target }) {
    const { describeEndpoint } = await import('./describe-endpoint.ts');
    const endpoint = describeEndpoint(target, name);
    return { op: 'endpoint', id, ...(endpoint && { endpoint }) };
  },
  async reload({ id }, { session }) {
    await session.reload();
    return { op: 'done', id };
  },
  resize({ id, columns }, { session }) {
    session.resize(columns);
    return { op: 'done', id };
  },
  async send({ id, session: number, code, filename }, { neighbours, sending, isConnected }) {
    const target = neighbours.find(number);
    const result = await target.evaluate({ code, filename, isWanted: isConnected }, sending);
    return { op: 'sent', id, session: target.session.number, ...result };
  },
  sessions: ({ id }, { neighbours }) => ({ op: 'sessions', id, sessions: neighbours.describe() }),
  subscribe: ({ id }) => ({ op: 'done', id }),
  // What runs may be waiting for something: its variables are for it alone.
  preview: ({ id, code }, { tools, isBusy }) => ({ op: 'preview', id, printed: isBusy ? [] : tools.preview(code) }),
  inspect: (frame, { tools }) => ({ op: 'inspected', id: frame.id, ...tools.inspect(frame) }),
  frames({ op }) {
    throw new FlaconError(`this server does not answer '${op}'`, { code: 'SHELL_OP_MISSING' });
  },
  'inspect-end'({ id, handle }, { session }) {
    session.inspections.end(handle);
    return { op: 'done', id };
  },
};

/** Answers a question about a session. Rejects for an operation that there is not, and with what the session throws. */
export async function answerQuestion(frame: ClientFrame, asked: Asked): Promise<HostFrame> {
  if (isQuestion(frame)) return answerTo(frame.op, frame, asked);
  throw new FlaconError(`unknown operation '${frame.op}'`, { code: 'SHELL_OP_UNKNOWN' });
}

function isQuestion(frame: ClientFrame): frame is Question<QuestionOp> {
  return Object.hasOwn(ANSWERS, frame.op);
}

function answerTo<Op extends QuestionOp>(op: Op, frame: Question<Op>, asked: Asked): HostFrame | Promise<HostFrame> {
  return ANSWERS[op](frame, asked);
}
