/** A request as it was typed. */
export interface TypedRequest {
  method: string;
  path: string;
  headers: [name: string, value: string][];
  data: string | undefined;
  json: unknown;
}

export const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
]);

/** How a request is typed. */
export const REQUEST_USAGE = '[METHOD] PATH [-H "name: value"] [-d BODY | --json JSON]';

/** Reads `[METHOD] PATH [-H "name: value"] [-d BODY | --json JSON]`; `command` is what messages call it. */
export function parseRequest(args: string, command: string): TypedRequest {
  // JSON that is not quoted is everything that follows.
  const [, before = args, json] = /^([^]*?)\s--json\s+([[{][^]*)$/.exec(args) ?? [];
  const words = splitWords(before);
  const request: TypedRequest = { method: '', path: '', headers: [], data: undefined, json: undefined };
  if (json !== undefined) request.json = parseJson(json);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-H' || word === '--header') request.headers.push(parseHeader(words.shift() ?? ''));
    else if (word === '-d' || word === '--data') request.data = words.shift() ?? '';
    else if (word === '--json') request.json = parseJson(words.shift() ?? '');
    else if (request.method === '' && METHODS.has(word.toUpperCase())) request.method = word.toUpperCase();
    else if (request.path === '') request.path = word;
    else throw new Error(`'${word}' is too much: ${command} ${REQUEST_USAGE}`);
  }
  if (request.path === '') throw new Error(`which path? ${command} GET /`);
  const hasBody = request.data !== undefined || request.json !== undefined;
  if (request.data !== undefined && request.json !== undefined) throw new Error('-d and --json exclude each other');
  if (request.method === '') request.method = hasBody ? 'POST' : 'GET';
  if (request.data !== undefined && !request.headers.some(([name]) => /^content-type$/i.test(name))) {
    request.headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
  }
  return request;
}

/** The options of a client's request. */
export function requestOptions({ method, headers, data, json }: TypedRequest) {
  return { method, headers, ...(data === undefined ? {} : { data }), ...(json === undefined ? {} : { json }) };
}

function parseHeader(text: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon < 1) throw new Error(`'${text}' is no header: -H "name: value"`);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`'${text}' is not JSON: ${(error as Error).message}`);
  }
}

/** Words as a command line has them: quotes keep spaces, and are taken off. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']+|"(?:\\.|[^"\\])*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => double?.replace(/\\(.)/g, '$1') ?? single ?? '',
    ),
  );
}
