import { stringWidth } from '../util/terminal.ts';
import type { SessionContext } from './context.ts';
import { currentOwner, type OutputOwner } from './output.ts';
import type { Shell } from './plugins.ts';
import type { Presenter } from './presenter.ts';
import { printTable } from './printer.ts';
import type { SessionScope } from './scope.ts';

/** What a {@link Shell} is made of. */
export interface ShellParts {
  context: SessionContext;
  scope: SessionScope;
  presenter: Presenter;
  owner: OutputOwner;
  root: string;
  isAttached: boolean;
  evaluate(code: string): Promise<unknown>;
}

/** A session as commands and plugins see it. */
export function createShell({ context, scope, presenter, owner, root, isAttached, evaluate }: ShellParts): Shell {
  const write = (text: string): void => (currentOwner() ?? owner).write('stdout', `${text}\n`);
  const show = (value: unknown): string =>
    typeof value === 'string' ? value : presenter.render(presenter.value(value));
  return {
    get app() {
      return context.app;
    },
    get columns() {
      return presenter.columns;
    },
    root,
    isAttached,
    variables: scope.variables,
    print: (...values) => write(values.map(show).join(' ')),
    table(titles, rows) {
      const cells = rows.map((row) => row.map(String));
      write(presenter.render(printTable(titles, cells, stringWidth)));
    },
    evaluate,
  };
}
