import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { FlaconError } from './util/errors.ts';

const levels = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 } as const;

/** Names of the levels, from the most talkative. */
export type LogLevel = keyof typeof levels;

/** One line of the log, before it is formatted. */
export interface LogRecord {
  time: Date;
  level: LogLevel;
  logger: string;
  message: string;
  /** The error that belongs to the line, if there is one. */
  error?: unknown;
}

/** Where records go. */
export type LogHandler = (record: LogRecord) => void;

/** `[2026-01-08 17:09:07,123] INFO in app: message`, followed by the error's stack. */
export function formatRecord({ time, level, logger, message, error }: LogRecord): string {
  const pad = (value: number, length = 2): string => String(value).padStart(length, '0');
  const date = `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())},${pad(time.getMilliseconds(), 3)}`;
  const line = `[${date} ${clock}] ${level} in ${logger}: ${message}`;
  if (error === undefined) return line;
  return `${line}\n${error instanceof Error ? inspect(error) : String(error)}`;
}

const records = channel('flacon.log');

/**
 * Calls back for every record of every logger of this process, beside their handlers; gives the function that ends it.
 * The records are messages of `node:diagnostics_channel`, named `flacon.log`.
 */
export function onLogRecord(listener: LogHandler): () => void {
  const subscriber = (message: unknown): void => listener(message as LogRecord);
  records.subscribe(subscriber);
  return () => void records.unsubscribe(subscriber);
}

/** The logger of an app: to stderr unless it was given handlers. */
export class Logger {
  readonly name: string;
  readonly handlers: LogHandler[] = [];
  #level: LogLevel | undefined;
  readonly #defaultLevel: () => LogLevel;

  constructor(name: string, defaultLevel: () => LogLevel = () => 'INFO') {
    this.name = name;
    this.#defaultLevel = defaultLevel;
  }

  get level(): LogLevel {
    return this.#level ?? this.#defaultLevel();
  }

  set level(level: LogLevel) {
    if (!(level in levels)) {
      throw new FlaconError(`'${String(level)}' is no level of the log.`, {
        code: 'LOG_LEVEL',
        fix: Object.keys(levels).join(', '),
      });
    }
    this.#level = level;
  }

  isEnabledFor(level: LogLevel): boolean {
    return levels[level] >= levels[this.level];
  }

  log(level: LogLevel, message: string, error?: unknown): void {
    if (!this.isEnabledFor(level)) return;
    const record: LogRecord = {
      time: new Date(),
      level,
      logger: this.name,
      message,
      ...(error === undefined ? {} : { error }),
    };
    if (records.hasSubscribers) records.publish(record);
    if (this.handlers.length === 0) process.stderr.write(`${formatRecord(record)}\n`);
    else for (const handler of this.handlers) handler(record);
  }

  debug(message: string): void {
    this.log('DEBUG', message);
  }

  info(message: string): void {
    this.log('INFO', message);
  }

  warning(message: string): void {
    this.log('WARNING', message);
  }

  error(message: string, error?: unknown): void {
    this.log('ERROR', message, error);
  }

  critical(message: string, error?: unknown): void {
    this.log('CRITICAL', message, error);
  }

  /** An error of the level ERROR with its stack. */
  exception(message: string, error: unknown): void {
    this.log('ERROR', message, error);
  }
}
