import { randomBytes } from 'node:crypto';
import { Session as Inspector, type Runtime } from 'node:inspector';
import { inspect, types } from 'node:util';
import type { SessionContext } from './context.ts';
import { RUNTIME } from './rewrite.ts';
import type { SessionScope } from './scope.ts';
import { parseAnsi, plainText, type Span } from './spans.ts';
import { transformEntry } from './transform.ts';

/** How long a preview may keep the server from everything else, in milliseconds. */
const TIMEOUT_MS = 100;

/** What previews look names up in. */
export interface PreviewOptions {
  scope: SessionScope;
  context: SessionContext;
  /** Runs code in the application context of the session. */
  enter<T>(body: () => T): T;
}

/** A large number in a text makes large arrays and strings: not before Enter. */
const LARGE_NUMBER = /\d{6}|\d(?:_\d{3}){2}|\de\+?\d|\*\*|0x[\da-f]{5}/i;
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/**
 * Evaluates expressions while they are typed, as long as V8 can tell that they have no effect: what would write,
 * print, wait or call into a Proxy is given up before it does. Names are copied for that, since the scope is a Proxy.
 */
export class Previewer {
  readonly #options: PreviewOptions;
  #inspector: Inspector | undefined;
  /** A text that took too long: what begins with it is not tried again. */
  #slow: string | undefined;

  constructor(options: PreviewOptions) {
    this.#options = options;
  }

  /** What the value of a text looks like, in one line; nothing for everything that is no whole and pure expression. */
  preview(text: string): Span[] {
    if (LARGE_NUMBER.test(text) || (this.#slow !== undefined && text.startsWith(this.#slow))) return [];
    const result = transformEntry(text);
    if (result.status !== 'complete') return [];
    const { code, declared, isAsync, result: kind } = result.entry;
    if (kind === 'none' || isAsync || declared.size > 0) return [];
    const found = this.#evaluate(code, text);
    // That a name is a function says the completion.
    if (!found || typeof found.value === 'function' || !isHarmless(found.value, 1)) return [];
    const shown = render(found.value);
    return plainText(shown) === text.trim() ? [] : shown;
  }

  /** Lets go of the inspector. */
  close(): void {
    this.#inspector?.disconnect();
    this.#inspector = undefined;
  }

  #evaluate(code: string, text: string): { value: unknown } | undefined {
    const names = this.#names(code);
    if (!names) return undefined;
    const key = `__flacon_preview_${randomBytes(8).toString('hex')}`;
    let taken: { value: unknown } | undefined;
    const holder = { names, take: (value: unknown) => void (taken = { value }) };
    // Nothing else runs until it is gone again.
    Object.defineProperty(globalThis, key, { value: holder, configurable: true });
    try {
      const result = this.#ask(expressionOf(code, key), text);
      if (result?.objectId === undefined) return result && primitiveOf(result);
      this.#post('Runtime.callFunctionOn', {
        objectId: result.objectId,
        functionDeclaration: `function () { globalThis.${key}.take(this) }`,
        silent: true,
      });
      return taken;
    } finally {
      delete (globalThis as Record<string, unknown>)[key];
      this.#post('Runtime.releaseObjectGroup', { objectGroup: 'preview' });
    }
  }

  #ask(expression: string, text: string): Runtime.RemoteObject | undefined {
    const begin = performance.now();
    const answer = this.#post('Runtime.evaluate', {
      expression,
      throwOnSideEffect: true,
      timeout: TIMEOUT_MS,
      // Not for debuggers: what is thrown here is nobody's error.
      silent: true,
      disableBreaks: true,
      objectGroup: 'preview',
    }) as Runtime.EvaluateReturnType | undefined;
    if (answer && !answer.exceptionDetails) return answer.result;
    if (performance.now() - begin >= TIMEOUT_MS) this.#slow = text;
    return undefined;
  }

  /** Questions of a session in the same thread are answered at once. */
  #post(method: string, params: object): object | undefined {
    if (!this.#inspector) {
      this.#inspector = new Inspector();
      this.#inspector.connect();
    }
    let answer: object | undefined;
    this.#inspector.post(method, params, (error: Error | null, result?: object) => {
      if (!error) answer = result;
    });
    return answer;
  }

  /** The values of the names in the code; undefined where one cannot be had without running code of the application. */
  #names(code: string): object | undefined {
    const { scope, context, enter } = this.#options;
    const names = Object.create(null) as Record<string, unknown>;
    const lazy = new Set<string>();
    try {
      for (const [name] of code.matchAll(NAME)) {
        if (!(name in scope.variables) && context.isLazy(name)) lazy.add(name);
        else if (this.#isOurs(name)) names[name] = enter(() => scope.lookUp(name));
      }
    } catch {
      // A name of a module that is being reloaded, or of an application that is not there: Enter tells.
      return undefined;
    }
    for (const name of lazy) Object.defineProperty(names, name, { get: refuse });
    return names;
  }

  #isOurs(name: string): boolean {
    const { scope, context } = this.#options;
    if (name in scope.variables || context.has(name)) return true;
    if (name in globalThis) return name === 'console';
    return name === '_' || name === '_error' || name === 'Out';
  }
}

function refuse(): never {
  throw new Error('a value that is made when it is asked for');
}

function expressionOf(code: string, key: string): string {
  const { entry, tick, let: letName, const: constName } = RUNTIME;
  return `(() => {
    const ${entry} = { value: undefined, has: (name) => name in globalThis.${key}.names || name in globalThis };
    const ${tick} = () => {}, ${letName} = null, ${constName} = null;
    with (globalThis.${key}.names) return (() => { "use strict";
${code}
      ; return ${entry}.value; })();
  })()`;
}

function primitiveOf({
  type,
  subtype,
  value,
  unserializableValue,
}: Runtime.RemoteObject): { value: unknown } | undefined {
  if (type === 'undefined') return undefined;
  if (subtype === 'null') return { value: null };
  if (unserializableValue === undefined) return { value: value as unknown };
  if (type === 'bigint') return { value: BigInt(unserializableValue.slice(0, -1)) };
  return { value: Number(unserializableValue) };
}

const LOOKED_AT = [Symbol.toStringTag, Symbol.iterator, 'constructor'];
const FEW = 30;

/** Whether a value can be shown without running any code but that of the engine. */
function isHarmless(value: unknown, depth: number): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return true;
  if (types.isProxy(value) || types.isPromise(value) || types.isNativeError(value)) return false;
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (types.isProxy(at)) return false;
    for (const name of LOOKED_AT) {
      const get = Object.getOwnPropertyDescriptor(at, name)?.get;
      if (get && !/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(get))) return false;
    }
  }
  if (inspect.custom in value) return false;
  if (depth === 0) return true;
  const items: unknown[] = types.isMap(value) || types.isSet(value) ? [...value.values()].slice(0, FEW) : [];
  const names = ArrayBuffer.isView(value) ? [] : Object.keys(value).slice(0, FEW);
  for (const name of names) items.push(Object.getOwnPropertyDescriptor(value, name)?.value as unknown);
  return items.every((item) => isHarmless(item, depth - 1));
}

function render(value: unknown): Span[] {
  const text = inspect(value, {
    colors: true,
    depth: 1,
    customInspect: false,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: FEW,
    maxStringLength: 200,
  });
  return parseAnsi(text.replaceAll(/\s*\n\s*/g, ' '));
}
