import {
  abort,
  afterThisRequest,
  flash,
  g,
  HTTPException,
  jsonify,
  makeResponse,
  redirect,
  renderTemplate,
  renderTemplateString,
  request,
  Response,
  sendFile,
  sendFromDirectory,
  session,
  streamWithContext,
  Tuple,
  urlFor,
} from 'flacon';
import { Headers } from 'flacon/http';
import { className, errorText } from './http-recordings-errors.ts';
import { evaluateAll } from './http-recordings-expressions.ts';
import { patchResponse, wwwAuthenticate } from './http-recordings-patches.ts';
import type { Scope } from './http-recordings-scope.ts';
import { decode, decodeOptions, isObject, singleEntry, type Json, type JsonObject } from './http-recordings-values.ts';

/** What ends a handler: the value that its view returns. */
class Outcome {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** Makes a step end its handler with a value. */
export function respond(value: unknown): Outcome {
  return new Outcome(value);
}

/** Carries out a step. The handler goes on unless it gives `respond(value)`, or the promise of that. */
export type Step = (argument: Json, scope: Scope) => unknown;

function* generate(chunks: readonly Json[]): Generator<string | Uint8Array, void, undefined> {
  for (const chunk of chunks) yield decode(chunk) as string | Uint8Array;
}

function makeResponseObject(argument: Json): Response {
  const { body, status, headers, mimetype, content_type: contentType, then } = argument as JsonObject;
  const generator = singleEntry(body);
  const content = generator?.[0] === '$gen' ? generate(generator[1] as readonly Json[]) : decode(body ?? null);
  const response = new Response(content as string | null, {
    ...(status !== undefined && { status: status as number | string }),
    ...(headers !== undefined && { headers: headers as Record<string, string> }),
    ...(mimetype !== undefined && { mimetype: String(mimetype) }),
    ...(contentType !== undefined && { contentType: String(contentType) }),
  });
  return patchResponse(response, then, request);
}

function makeJsonResponse({ args, kwargs }: JsonObject): Response {
  const values = (decode(args ?? []) ?? []) as unknown[];
  if (kwargs === undefined) return jsonify(...values);
  // What Python's signature refuses has no counterpart: keyword arguments are an object here.
  if (values.length > 0) throw new TypeError('positional and keyword arguments');
  return jsonify(decode(kwargs));
}

/** The value that a handler returns, with the forms that only make sense inside of a request. */
export function makeValue(value: Json): unknown {
  const [form, content] = singleEntry(value) ?? [];
  const options = isObject(content) ? content : {};
  switch (form) {
    case '$tuple':
      return Tuple.from(content as readonly Json[], makeValue);
    case '$response':
      return makeResponseObject(content as Json);
    case '$gen':
      return generate(content as readonly Json[]);
    case '$redirect':
      return redirect(String(options.location), options.code as number | undefined);
    case '$redirect_to': {
      const values = decode(options.values ?? {}) as Record<string, unknown>;
      return redirect(urlFor(String(options.endpoint), values), options.code as number | undefined);
    }
    case '$jsonify':
      return makeJsonResponse(options);
    case '$render':
      return renderTemplate(String(options.template), decode(options.context ?? {}) as Record<string, unknown>);
    case '$render_string':
      return renderTemplateString(String(options.source), decode(options.context ?? {}) as Record<string, unknown>);
    case '$headers':
      return new Headers(content as [string, string][]);
    case '$wsgi': {
      // The foreign application's answer is a web response here.
      const [status = '', ...reason] = String(options.status).split(' ');
      const headers = options.headers as [string, string][];
      return new globalThis.Response(String(options.body), {
        status: Number(status),
        statusText: reason.join(' '),
        headers,
      });
    }
    case '$object':
      return Symbol('no response');
    default:
      return decode(value);
  }
}

function abortWith(argument: Json): never {
  if (isObject(argument)) return abort(makeValue(argument) as Response);
  const [code, ...rest] = (Array.isArray(argument) ? argument : [argument]) as readonly Json[];
  const description = rest.find((item) => typeof item === 'string');
  const { www_authenticate: challenge, ...others } = rest.find(isObject) ?? {};
  return abort(code as number, description as string | undefined, {
    ...decodeOptions(others),
    ...(challenge !== undefined && { wwwAuthenticate: wwwAuthenticate(challenge) }),
  });
}

const fields: Readonly<Record<string, (error: Error) => unknown>> = {
  class: className,
  str: errorText,
  code: (error) => (error instanceof HTTPException ? (error.code ?? null) : null),
  name: (error) => (error instanceof HTTPException ? error.name : null),
  description: (error) => (error instanceof HTTPException ? (error.description ?? null) : null),
  original: (error) => className((error as { originalException?: unknown }).originalException),
  original_str: (error) => {
    const { originalException } = error as { originalException?: unknown };
    return originalException === undefined ? null : errorText(originalException);
  },
  valid_methods: (error) => (error as { validMethods?: unknown }).validMethods ?? null,
};

function describeError(error: Error, wanted: readonly string[]): Tuple {
  const description = Object.fromEntries(wanted.map((field) => [field, fields[field]?.(error) ?? null]));
  return Tuple.from([jsonify(description), (error instanceof HTTPException ? error.code : undefined) ?? 500]);
}

function fileOptions(argument: Json): [options: Record<string, unknown>, rest: Record<string, unknown>] {
  const { path, bytes, directory, arg, ...options } = decodeOptions(argument);
  return [options, { path, bytes, directory, arg }];
}

/** The steps of handlers, by name. */
export const steps: Readonly<Record<string, Step>> = {
  return: (value) => respond(makeValue(value)),
  echo: async (list, scope) => respond(jsonify(await evaluateAll(list as readonly Json[], scope))),
  abort: (argument) => abortWith(argument),
  raise: (argument, { exceptions }) => {
    const [name, ...args] = argument as readonly [string, ...Json[]];
    throw exceptions.make(name, args.map(decode));
  },
  trace: (text, { trace }) => void trace.push(String(text)),
  view_args: () => respond(jsonify(request.viewArgs)),
  g: (values) => void Object.assign(g, decode(values)),
  session_set: (values) => {
    for (const [key, value] of Object.entries(values as JsonObject)) session.set(key, decode(value));
  },
  session_append: (argument, { exceptions }) => {
    const [key, value] = argument as readonly [string, Json];
    const list = session.get<unknown[]>(key);
    if (list === undefined) throw exceptions.make('KeyError', [key]);
    list.push(decode(value));
  },
  session_pop: (key) => void session.pop(String(key)),
  session_clear: () => session.clear(),
  session_permanent: (value) => {
    session.permanent = Boolean(value);
  },
  session_modified: (value) => {
    session.modified = Boolean(value);
  },
  session_read: (key) => void session.get(String(key)),
  read_form_key: (key) => void request.form.require(String(key)),
  flash: (argument) => {
    const [message, category] = argument as readonly [Json, string?];
    flash(decode(message), category);
  },
  after_this_request: (changes) => void afterThisRequest((response) => patchResponse(response, changes, request)),
  return_error: (wanted, { error }) => respond(describeError(error as Error, wanted as readonly string[])),
  return_exception: (_, { error }) => respond(error),
  return_exception_body: (_, { error }) => {
    const exception = error as HTTPException;
    return respond(Tuple.from([exception.getBody(), exception.code, exception.getHeaders()]));
  },
  reraise: (_, { error }) => {
    throw error;
  },
  stream_context: (chunks) => {
    const body = function* (): Generator<string, void, undefined> {
      yield 'path=';
      yield request.path;
      yield* chunks as readonly string[];
    };
    return respond(new Response(streamWithContext(body), { mimetype: 'text/plain' }));
  },
  stream_fail: (first, { exceptions }) => {
    const body = function* (): Generator<string, void, undefined> {
      yield String(first);
      throw exceptions.make('RuntimeError', ['the stream broke']);
    };
    return respond(new Response(body(), { mimetype: 'text/plain' }));
  },
  send_file: (argument) => {
    const [options, { path, bytes }] = fileOptions(argument);
    return respond(sendFile(bytes === undefined ? String(path) : (bytes as Uint8Array), options));
  },
  send_from_directory: (argument) => {
    const [options, { directory, path, arg }] = fileOptions(argument);
    const name = arg === undefined ? path : request.viewArgs?.[String(arg)];
    return respond(sendFromDirectory(String(directory), String(name), options));
  },
  send_static_file: (name, { app }) => respond(app.sendStaticFile(String(name))),
  make_response: (argument) => {
    const { value, then } = argument as JsonObject;
    return respond(patchResponse(makeResponse(makeValue(value ?? null)), then, request));
  },
};

function runStep(step: Json, scope: Scope): unknown {
  const [name, argument] = singleEntry(step) ?? ['', null];
  const run = scope.steps[name];
  if (run === undefined) throw new Error(`No such step of a handler: ${JSON.stringify(step)}`);
  return run(argument, scope);
}

function runFrom(handler: readonly Json[], start: number, scope: Scope): unknown {
  for (let index = start; index < handler.length; index += 1) {
    const result = runStep(handler[index] as Json, scope);
    if (result instanceof Outcome) return result.value;
    if (result instanceof Promise) {
      return result.then((settled: unknown) =>
        settled instanceof Outcome ? settled.value : runFrom(handler, index + 1, scope),
      );
    }
  }
  return undefined;
}

/** Runs the steps of a handler until one yields the value that its view returns; undefined if none does. */
export function runHandler(handler: Json, scope: Scope): unknown {
  return runFrom(Array.isArray(handler) ? (handler as readonly Json[]) : [handler], 0, scope);
}
