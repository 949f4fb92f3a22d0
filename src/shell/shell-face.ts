import type { SessionContext } from './context.ts';
import { currentOwner, type OutputOwner } from './output.ts';
import { environmentOf } from './environment.ts';
import type { Shell, ShellStartOptions } from './plugins.ts';
import type { Presenter } from './presenter.ts';
import type { PromptMarks } from './prompt-marks.ts';
import { printTable } from './printer.ts';
import type { SessionScope } from './scope.ts';
import type { ShellTarget } from './target.ts';

/** What a {@link Shell} is made of. */
export interface ShellParts {
  context: SessionContext;
  scope: SessionScope;
  presenter: Presenter;
  owner: OutputOwner;
  target: ShellTarget;
  isAttached: boolean;
  isInteractive: boolean;
  options: ShellStartOptions;
  marks: PromptMarks;
  evaluate(code: string): Promise<unknown>;
}

/** A session as commands and plugins see it. */
export function createShell(parts: ShellParts): Shell {
  const { context, scope, presenter, owner, target, isAttached, isInteractive, options, marks, evaluate } = parts;
  const write = (text: string): void => owner.write('stdout', `${text}\n`);
  const show = (value: unknown): string =>
    typeof value === 'string' ? value : presenter.render(presenter.value(value));
  return {
    get app() {
      return context.app;
    },
    get columns() {
      return presenter.columns;
    },
    root: target.root,
    isAttached,
    isInteractive,
    options,
    get environment() {
      return environmentOf(context.app);
    },
    get requests() {
      return target.requests?.list() ?? [];
    },
    get log() {
      return target.log?.lines ?? [];
    },
    get isCurrent() {
      return currentOwner() === owner;
    },
    variables: scope.variables,
    print: (...values) => write(values.map(show).join(' ')),
    table(titles, rows) {
      const cells = rows.map((row) => row.map(String));
      // What is read by a program keeps its lines.
      write(presenter.render(printTable(titles, cells, isInteractive ? presenter.columns : Infinity)));
    },
    evaluate,
    provided: () => context.enter(() => context.provided()),
    placeOf: (error) => presenter.placeOf(error),
    setMark: (name, text, place) => marks.set(name, text, place),
  };
}
