import { formatRecord, onLogRecord, type LogLevel } from 'flacon';
import { definePlugin, visibleText, type Shell } from 'flacon/shell';

const LAST = 20;
const LEVELS = ['debug', 'info', 'warning', 'error', 'critical'];

interface LevelState {
  level: LogLevel;
  /** Gives the logger back what it had. */
  restore(): void;
}

const levels = new WeakMap<Shell, LevelState>();

/** `.log`: the log of the application, in the shell. */
export default definePlugin({
  name: 'log',
  commands: [
    {
      name: 'log',
      usage: '.log [N | -f | level [LEVEL]]',
      description: 'The log of the application: its last lines, or what comes until Ctrl-C.',
      help: [
        `.log                 the last ${LAST} lines; .log N the last N`,
        '.log -f              what is logged from now on, until Ctrl-C',
        `.log level LEVEL     log from ${LEVELS.join(', ')} upwards, until this shell ends`,
      ].join('\n'),
      group: 'application',
      complete: (_shell, args) => (/^level\s/.test(args) ? LEVELS : ['-f', 'level']),
      run: runLog,
    },
  ],
  reloaded(shell) {
    const { level } = levels.get(shell) ?? {};
    // The new application has a logger of its own.
    if (level !== undefined) setLevel(shell, level);
  },
  dispose: (shell) => levels.get(shell)?.restore(),
});

function runLog(shell: Shell, args: string, signal: AbortSignal): unknown {
  if (args === '-f' || args === '--follow') return follow(shell, signal);
  const [, level] = /^level(?:\s+(\S*))?$/.exec(args) ?? [];
  if (/^level\b/.test(args)) return showOrSetLevel(shell, level ?? '');
  const count = args === '' ? LAST : Number(args);
  if (!Number.isInteger(count) || count < 1) throw new Error(`'${args}' is no number of lines: .log [N | -f | level]`);
  const lines = shell.log.slice(-count);
  shell.print(lines.length === 0 ? 'Nothing was logged yet.' : lines.map(visibleText).join('\n'));
}

function showOrSetLevel(shell: Shell, name: string): void {
  if (name !== '') {
    if (!LEVELS.includes(name.toLowerCase())) throw new Error(`'${name}' is none of ${LEVELS.join(', ')}`);
    setLevel(shell, name.toUpperCase() as LogLevel);
  }
  shell.print(`log level is ${shell.app.logger.level}${levels.has(shell) ? ' until this shell ends' : ''}`);
}

function setLevel(shell: Shell, level: LogLevel): void {
  const { logger } = shell.app;
  levels.get(shell)?.restore();
  const before = logger.level;
  logger.level = level;
  levels.set(shell, {
    level,
    restore() {
      if (logger.level === level) logger.level = before;
    },
  });
}

/** Prints what is logged until it is interrupted. */
function follow(shell: Shell, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = onLogRecord((record) => {
      // What code of this shell writes to its standard error is shown without being followed.
      const isShown = shell.app.logger.handlers.length === 0 && (shell.isCurrent || !shell.isAttached);
      if (!isShown) shell.print(visibleText(formatRecord(record)));
    });
    signal.addEventListener('abort', () => {
      stop();
      resolve();
    });
  });
}
