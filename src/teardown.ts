import type { AppContext } from './ctx.ts';
import { outwardHooks } from './hooks.ts';
import { appContextPopped, appContextTearingDown, requestTearingDown } from './signals.ts';
import type { MaybePromise, TeardownFunction } from './types.ts';

/** Whether ending this context would run anything at all. */
function hasNothingToDo(ctx: AppContext): boolean {
  const { app, request } = ctx;
  return (
    app.teardownAppContextFuncs.length === 0 &&
    (request === undefined || app.teardownRequestFuncs.size === 0) &&
    !requestTearingDown.hasReceivers &&
    !appContextTearingDown.hasReceivers &&
    !appContextPopped.hasReceivers
  );
}

/**
 * Runs every teardown function of a context, the innermost blueprint's first, each kind last come
 * first served, then the signals. All run, whatever fails; their errors are thrown afterwards.
 */
export function runTeardown(ctx: AppContext, error: unknown): MaybePromise<void> {
  if (hasNothingToDo(ctx)) return ctx.request?.close();
  return runAll(ctx, error);
}

function runAll(ctx: AppContext, error: unknown): MaybePromise<void> {
  const { app, request } = ctx;
  const errors: unknown[] = [];
  const steps: (() => unknown)[] = [];
  const add = (fn: TeardownFunction): void => {
    steps.push(() => fn(error, ctx));
  };
  if (request !== undefined) {
    outwardHooks(app.teardownRequestFuncs, request.blueprints).forEach(add);
    if (requestTearingDown.hasReceivers) steps.push(() => requestTearingDown.send(app, { error }));
    steps.push(() => request.close());
  }
  app.teardownAppContextFuncs.toReversed().forEach(add);
  if (appContextTearingDown.hasReceivers) steps.push(() => appContextTearingDown.send(app, { error }));
  if (appContextPopped.hasReceivers) steps.push(() => appContextPopped.send(app));
  return runSteps(steps, 0, errors);
}

function runSteps(steps: readonly (() => unknown)[], from: number, errors: unknown[]): MaybePromise<void> {
  for (let index = from; index < steps.length; index += 1) {
    try {
      const result = steps[index]?.();
      if (result instanceof Promise) {
        return result
          .catch((failure: unknown) => void errors.push(failure))
          .then(() => runSteps(steps, index + 1, errors));
      }
    } catch (failure) {
      errors.push(failure);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} teardown functions failed`);
  return undefined;
}
