import { Namespace } from './util/signal.ts';

const signals = new Namespace();

/** A template was rendered: `{ template, context }`. */
export const templateRendered = signals.signal('template-rendered');
/** A template is about to be rendered: `{ template, context }`. */
export const beforeRenderTemplate = signals.signal('before-render-template');
/** A request's context is set up, its processing has not begun. */
export const requestStarted = signals.signal('request-started');
/** The response is ready to be sent: `{ response }`. */
export const requestFinished = signals.signal('request-finished');
/** The request is torn down: `{ error }`. */
export const requestTearingDown = signals.signal('request-tearing-down');
/** An error that no handler took ended the request: `{ exception }`. */
export const gotRequestException = signals.signal('got-request-exception');
/** The context of the application is torn down: `{ error }`. */
export const appContextTearingDown = signals.signal('appcontext-tearing-down');
/** The context of the application was entered. */
export const appContextPushed = signals.signal('appcontext-pushed');
/** The context of the application was left. */
export const appContextPopped = signals.signal('appcontext-popped');
/** A message was flashed: `{ message, category }`. */
export const messageFlashed = signals.signal('message-flashed');
