import { RoutingError } from './exceptions.ts';

const normalized = new WeakSet<object>();

/** The methods of a rule: in upper case, HEAD with GET. A set that it gave is given back, so that rules can share it. */
export function normalizeMethods(given: Iterable<string>, websocket: boolean): ReadonlySet<string> {
  if (typeof given === 'string') {
    throw new RoutingError("'methods' should be a list of strings.", {
      code: 'METHODS_NOT_A_LIST',
      fix: `methods: ['${given}']`,
    });
  }
  if (!websocket && normalized.has(given)) return given as ReadonlySet<string>;
  const methods = new Set(Array.from(given, (method) => method.toUpperCase()));
  if (methods.has('GET')) methods.add('HEAD');
  if (websocket && [...methods].some((method) => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS')) {
    throw new RoutingError("WebSocket rules can only use 'GET', 'HEAD', and 'OPTIONS' methods.", {
      code: 'WEBSOCKET_METHODS',
    });
  }
  normalized.add(methods);
  return methods;
}
