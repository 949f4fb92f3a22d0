import { Session as Inspector, type Debugger, type Runtime } from 'node:inspector';
import { fileURLToPath } from 'node:url';

const HOLDER = Symbol.for('flacon.shell.function');

/** Where the engine says that a function or class begins, in the code that runs; undefined for one of the engine's own. */
export function functionPlace(value: unknown): { file: string; line: number; column: number } | undefined {
  if (typeof value !== 'function') return undefined;
  const inspector = new Inspector();
  inspector.connect();
  const holder = globalThis as unknown as Record<symbol, unknown>;
  holder[HOLDER] = value;
  try {
    const files = new Map<string, string>();
    inspector.on('Debugger.scriptParsed', ({ params }) => files.set(params.scriptId, params.url));
    // In this thread the answers come before `post` returns.
    inspector.post('Debugger.enable');
    const location = locationOf(inspector);
    const url = location && files.get(location.scriptId);
    if (!location || url === undefined || url === '' || url.startsWith('node:')) return undefined;
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    return { file, line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 };
  } finally {
    delete holder[HOLDER];
    inspector.disconnect();
  }
}

function locationOf(inspector: Inspector): Debugger.Location | undefined {
  let objectId: string | undefined;
  let found: Debugger.Location | undefined;
  const expression = `globalThis[Symbol.for(${JSON.stringify(HOLDER.description)})]`;
  inspector.post('Runtime.evaluate', { expression }, (_, answer?: Runtime.EvaluateReturnType) => {
    objectId = answer?.result.objectId;
  });
  if (objectId === undefined) return undefined;
  const wanted = { objectId, ownProperties: true };
  inspector.post('Runtime.getProperties', wanted, (_, answer?: Runtime.GetPropertiesReturnType) => {
    const location = answer?.internalProperties?.find(({ name }) => name === '[[FunctionLocation]]');
    found = location?.value?.value as Debugger.Location | undefined;
  });
  return found;
}
