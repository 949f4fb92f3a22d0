import type { EndpointDescription } from './describe-endpoint.ts';
import type { KeptState, Restored } from './kept-state.ts';
import type { SourceRange } from './language-server.ts';
import type { NameOrigin } from './name-origins.ts';
import type { PromptMark } from './prompt-marks.ts';
import type { LoggedEntry } from './logged-entry.ts';
import type { Span } from './spans.ts';
import type { StreamName } from './output.ts';

/**
 * The conversation between a shell's client and its host: one JSON object per line, in both directions. A request has
 * an `id`; everything that answers it carries the same one. Frames without `id` are news.
 */
export const PROTOCOL_VERSION = 1;

/** The longest line that is read. */
export const MAX_FRAME_LENGTH = 64 * 1024 * 1024;

/** Who is at the other end, and how it wants to be shown things. */
export interface ClientInfo {
  pid: number;
  user: string;
  /** `terminal`: a person types; `script`: code that runs once. */
  mode: 'terminal' | 'script';
  columns: number;
  color: boolean;
  /** `--sandbox` or `--write`. */
  sandbox?: boolean;
  /** `--read-only`. */
  readOnly?: boolean;
  /** No lines are drawn: a screen reader would read them. */
  plain?: boolean;
  /** Folder that file names of commands are relative to. */
  cwd?: string;
}

/** What a client may say. */
export type ClientFrame =
  | { op: 'hello'; id: number; protocol: number; token: string; client: ClientInfo }
  | {
      op: 'eval';
      id: number;
      code: string;
      echo?: boolean;
      json?: boolean;
      /** Wait for a promise that is the value. */
      wait?: boolean;
      filename?: string;
      args?: string[];
      columns?: number;
      /** A start-up file of this folder: it has no number and no result. */
      startUp?: string;
    }
  /** Whether a text is whole; nothing runs. */
  | { op: 'check'; id: number; code: string }
  | { op: 'complete'; id: number; code: string; cursor: number }
  /** Where the types of the names of the context come from. */
  | { op: 'types'; id: number }
  /** Where an endpoint, a function or a class is. */
  | { op: 'locate'; id: number; code: string; only?: 'endpoint' }
  /** What is known of an endpoint. */
  | { op: 'endpoint'; id: number; name: string }
  | { op: 'preview'; id: number; code: string }
  /** Looks into a value that `.inspect` holds: part of a node, or of one of its children; or defines a variable of it. */
  | {
      op: 'inspect';
      id: number;
      handle: number;
      node: number;
      child?: number;
      offset: number;
      limit: number;
      define?: string;
    }
  /** Lets go of that value. */
  | { op: 'inspect-end'; id: number; handle: number }
  | { op: 'frames'; id: number; request?: string }
  /** Stops the evaluation that was asked for by the frame `target`. */
  | { op: 'interrupt'; id: number; target: number }
  | { op: 'reload'; id: number }
  | { op: 'subscribe'; id: number; topics: string[] }
  | { op: 'resize'; id: number; columns: number }
  /** Evaluates in the session of somebody else, for editors. Default: the newest one of a person. */
  | { op: 'send'; id: number; code: string; filename?: string; session?: number }
  /** Who is attached. */
  | { op: 'sessions'; id: number }
  /** Goes on with what the host of an earlier process had sent as `kept` and `logged`. */
  | { op: 'restore'; id: number; state: KeptState; log?: readonly LoggedEntry[] }
  /** Stops the server that the session is in, as its code has asked for by `process.exit()`. */
  | { op: 'stop'; id: number; exitCode: number }
  | { op: 'close'; id: number };

/** The frame of one operation. */
export type RequestFrame<Op extends ClientFrame['op']> = Extract<ClientFrame, { op: Op }>;

/** What the kind of an entry is, before anything runs. */
export type CheckStatus = 'empty' | 'incomplete' | 'invalid' | 'command' | 'expression';

/** A command, as `.help` and completion need it. */
export interface CommandInfo {
  name: string;
  aliases: string[];
  usage: string;
  description: string;
  group: string;
}

/** How an entry ended. */
export interface ResultFrame {
  op: 'result';
  id: number;
  /** `nothing`: a declaration, an empty entry, or a value that is no news. */
  status: 'value' | 'nothing' | 'threw' | 'invalid' | 'incomplete' | 'interrupted' | 'exit';
  printed: Span[];
  /** The number of the entry. */
  entry: number;
  /** The names that it has declared or assigned. */
  declares?: string[];
  ms: number;
  /** For `json`: the value as JSON. */
  json?: string;
  /** For `exit`: the code the process was to end with. */
  exitCode?: number;
  /** For `exit`: others use the process, too; the client asks before it stops it. */
  mustAsk?: boolean;
}

/** One suggestion. */
export interface Completion {
  /** What is put in place of the range. */
  text: string;
  kind: 'variable' | 'context' | 'global' | 'property' | 'method' | 'class' | 'command' | 'keyword' | 'route' | 'text';
  /** A word on the right, such as a type. */
  detail?: string;
}

/** What the session is, for the banner. */
export interface WelcomeFrame {
  op: 'welcome';
  id: number;
  protocol: number;
  session: number;
  app: string | undefined;
  environment: string;
  node: string;
  pid: number;
  address: string | undefined;
  /** Whether a server answers requests; else the app is the shell's own. */
  attached: boolean;
  names: string[];
  warnings: Span[][];
  commands: CommandInfo[];
  marks: PromptMark[];
  /** Where an interrupt is heard also when the server is blocked, and the session's number there. */
  control: { path: string; slot: number } | undefined;
}

/** News of the server. */
export interface NoticeFrame {
  op: 'notice';
  kind: 'reloaded' | 'failed' | 'uncaught' | 'info';
  printed: Span[];
  /** What the session has to offer now, after a reload. */
  names?: string[];
  /** The files that were saved. */
  files?: string[];
}

/** What came of code that was evaluated in another session. */
export interface SentFrame {
  op: 'sent';
  id: number;
  /** Whose it was. */
  session: number;
  status: ResultFrame['status'];
  entry: number;
  ms: number;
  /** The value, or the error, as the shell prints it. */
  text: string;
  /** What the code has printed. */
  output: string;
  /** The value as JSON. */
  json?: string;
}

/** A session, as others see it. */
export interface AttachedSession {
  session: number;
  mode: ClientInfo['mode'];
  pid: number;
  user: string;
  isBusy: boolean;
}

/** Why a process ends. */
export type EndingKind = 'restart' | 'stop' | 'exit';

/** What the session asks of the program at the terminal. */
export type ClientAction =
  | { kind: 'copy'; text: string }
  /** A value may be looked into; `name` is what was typed for it. */
  | { kind: 'inspect'; handle: number; name: string };

/** One line of a value that is looked into. */
export interface InspectedItem {
  /** Its place among all of the node. */
  index: number;
  label: string;
  kind: 'property' | 'function' | 'getter' | 'entry' | 'prototype';
  text: string;
}

/** Part of a value that is looked into. */
export interface InspectedFrame {
  op: 'inspected';
  id: number;
  node: number;
  text: string;
  total: number;
  items: InspectedItem[];
}

/** What a host may say. */
export type HostFrame =
  | WelcomeFrame
  | ResultFrame
  | NoticeFrame
  | { op: 'checked'; id: number; status: CheckStatus }
  | { op: 'completions'; id: number; start: number; end: number; items: Completion[] }
  | { op: 'types'; id: number; names: NameOrigin[] }
  | { op: 'located'; id: number; range?: SourceRange }
  | { op: 'endpoint'; id: number; endpoint?: EndpointDescription }
  /** Output of the session's code; `entry` is the one that was running, if one was. */
  | { op: 'out'; stream: StreamName; text: string }
  /** Other words stand in the prompt. */
  | { op: 'prompt'; marks: PromptMark[] }
  /** A value of a statement in the middle of an entry with `echo`. */
  | { op: 'echo'; id: number; printed: Span[]; json?: string }
  | { op: 'preview'; id: number; printed: Span[] }
  | InspectedFrame
  | { op: 'act'; action: ClientAction }
  | { op: 'done'; id: number }
  | { op: 'failed'; id: number; message: string; fix?: string }
  /** What was sent runs now: the number of the session in the thread that interrupts, and that of the evaluation. */
  | { op: 'sending'; slot: number; target: number }
  | SentFrame
  | { op: 'sessions'; id: number; sessions: AttachedSession[] }
  /** The thread that interrupts is there: the client holds a line to it, so that it hears of the client's end. */
  | { op: 'guarded' }
  /** What the client keeps, for the case that the process of the session ends. */
  | { op: 'kept'; state: KeptState }
  /** Entries that have ended since, with what came of them: the client keeps them, too. */
  | { op: 'logged'; entries: readonly LoggedEntry[] }
  | ({ op: 'restored'; id: number } & Restored)
  /** The process ends: to make room for the next one, as it was told to, or with a code that its own code has given. */
  | { op: 'ending'; how: EndingKind; exitCode?: number }
  /** The session is over; `exitCode` if its code asked for it. */
  | { op: 'bye'; exitCode?: number };

/** A frame as it is sent. */
export function encodeFrame(frame: ClientFrame | HostFrame): string {
  return `${JSON.stringify(frame)}\n`;
}

/** Puts the pieces of a stream together to frames. Throws a SyntaxError for a line that is no frame. */
export class FrameReader<Frame extends { op: string }> {
  #chunks: string[] = [];
  #length = 0;

  /** The frames that `chunk` completes. */
  *read(chunk: string): IterableIterator<Frame> {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      const line = this.#take(chunk.slice(start, end));
      start = end + 1;
      if (line !== '') yield parseFrame<Frame>(line);
    }
    this.#keep(chunk.slice(start));
  }

  #keep(rest: string): void {
    if (rest === '') return;
    this.#chunks.push(rest);
    this.#length += rest.length;
    if (this.#length > MAX_FRAME_LENGTH) throw new SyntaxError('A frame of the shell is too long.');
  }

  #take(last: string): string {
    const line = this.#chunks.length === 0 ? last : this.#chunks.join('') + last;
    this.#chunks = [];
    this.#length = 0;
    return line;
  }
}

function parseFrame<Frame extends { op: string }>(line: string): Frame {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || typeof (value as { op?: unknown }).op !== 'string') {
    throw new SyntaxError('A line of the shell is no frame.');
  }
  return value as Frame;
}
