import type { RequestContext } from './ctx.ts';
import type { MaybePromise, ResponseReturnValue, ViewFunction } from './types.ts';
import { FlaconError } from './util/errors.ts';

type Decorator = (view: ViewFunction) => ViewFunction;

/** A view that is a class: `dispatchRequest` answers each request (flask.views.View). */
export abstract class View {
  /** Methods of the view; the route's own win. */
  static methods?: readonly string[];
  /** Answer OPTIONS without the view. */
  static provideAutomaticOptions?: boolean;
  /** Applied to the view function, the first one first. */
  static decorators: readonly Decorator[] = [];
  /** A new instance for each request. Default: true. */
  static initEveryRequest = true;

  abstract dispatchRequest(args: Record<string, unknown>, ctx: RequestContext): MaybePromise<ResponseReturnValue>;

  /** The view function to register; further arguments go to the constructor. */
  static asView<Args extends unknown[]>(
    this: (new (...args: Args) => View) & typeof ViewStatics,
    name: string,
    ...args: Args
  ): ViewFunction {
    const shared = this.initEveryRequest ? undefined : new this(...args);
    const view: ViewFunction = (viewArgs: Record<string, unknown>, ctx: RequestContext) =>
      (shared ?? new this(...args)).dispatchRequest(viewArgs, ctx);
    const decorated = this.decorators.reduce((inner, decorate) => decorate(inner), view);
    Object.defineProperty(decorated, 'name', { value: name });
    const methods = this.methods ?? methodsOf(this.prototype as object);
    if (methods !== undefined) decorated.methods = methods;
    if (this.provideAutomaticOptions !== undefined) decorated.provideAutomaticOptions = this.provideAutomaticOptions;
    return decorated;
  }
}

declare const ViewStatics: {
  methods?: readonly string[];
  provideAutomaticOptions?: boolean;
  decorators: readonly Decorator[];
  initEveryRequest: boolean;
  prototype: unknown;
};

const httpMethods = ['get', 'post', 'head', 'options', 'delete', 'put', 'trace', 'patch'] as const;

function methodsOf(prototype: object): string[] | undefined {
  const methods = httpMethods.filter((method) => typeof (prototype as Record<string, unknown>)[method] === 'function');
  return methods.length > 0 ? methods.map((method) => method.toUpperCase()) : undefined;
}

/** A view with one method per HTTP method: `get(args, ctx)`, `post(args, ctx)` … HEAD falls back to `get` (flask.views.MethodView). */
export abstract class MethodView extends View {
  dispatchRequest(args: Record<string, unknown>, ctx: RequestContext): MaybePromise<ResponseReturnValue> {
    const handlers = this as unknown as Record<
      string,
      ((args: unknown, ctx: RequestContext) => MaybePromise<ResponseReturnValue>) | undefined
    >;
    const method = ctx.request.method.toLowerCase();
    const handler = handlers[method] ?? (method === 'head' ? handlers.get : undefined);
    if (handler === undefined) {
      throw new FlaconError(`Unimplemented method '${ctx.request.method}'.`, {
        code: 'UNIMPLEMENTED_METHOD',
        fix: `add ${method}() to ${this.constructor.name}`,
      });
    }
    return handler.call(this, args, ctx);
  }
}
