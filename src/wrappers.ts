import type { Flacon } from './app.ts';
import { DebugFilesKeyError } from './debughelpers.ts';
import type { FileStorage } from './http/file-storage.ts';
import { BadRequest, HTTPException } from './http/exceptions.ts';
import type { ImmutableMultiDict } from './http/multidict.ts';
import { Request as HTTPRequest } from './http/request.ts';
import type { Rule } from './routing/rules.ts';

export { Response } from './http/response.ts';

const noBlueprints: readonly string[] = Object.freeze([]);
const blueprintsOf = new Map<string, readonly string[]>();

/** `a.b.view` belongs to the blueprints `a.b` and `a`, the innermost first. */
function blueprintNames(endpoint: string): readonly string[] {
  let names = blueprintsOf.get(endpoint);
  if (names === undefined) {
    const parts = endpoint.split('.').slice(0, -1);
    names = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
    blueprintsOf.set(endpoint, names);
  }
  return names;
}

/** A request that knows which rule, endpoint and blueprint answer it (flask.wrappers.Request). */
export class Request extends HTTPRequest {
  /** The app that handles the request, once it does. */
  app: Flacon | undefined = undefined;
  /** The rule that matched, or `undefined`. */
  urlRule: Rule | undefined = undefined;
  /** The arguments that the rule took out of the URL, or `undefined` if none matched. */
  viewArgs: Record<string, unknown> | undefined = undefined;
  /** The error, or redirect, to raise because no rule matched. */
  routingException: HTTPException | undefined = undefined;

  /** The endpoint that matched. */
  get endpoint(): string | undefined {
    return this.urlRule?.endpoint;
  }

  /** Dotted name of the blueprint that the endpoint belongs to. */
  get blueprint(): string | undefined {
    return this.blueprints[0];
  }

  /** The blueprint and those it is nested in, the innermost first. */
  get blueprints(): readonly string[] {
    const endpoint = this.urlRule?.endpoint;
    return endpoint === undefined ? noBlueprints : blueprintNames(endpoint);
  }

  protected override onJsonLoadingFailed(error: Error | undefined): unknown {
    try {
      return super.onJsonLoadingFailed(error);
    } catch (failure) {
      if (this.app?.debug || !(failure instanceof BadRequest)) throw failure;
      throw new BadRequest(undefined, { cause: failure });
    }
  }

  /** The uploaded files. In debug mode, a missing key explains the form's `enctype` when that is the reason. */
  override get files(): ImmutableMultiDict<FileStorage> {
    const files = super.files;
    if (this.app?.debug && this.mimetype !== 'multipart/form-data' && files.size === 0) {
      return DebugFilesKeyError.explain(files, this);
    }
    return files;
  }
}
