import { definePlugin, type Shell } from 'flacon/shell';

/** What was typed after `.request`. */
interface TypedRequest {
  method: string;
  path: string;
  headers: [name: string, value: string][];
  data: string | undefined;
  json: unknown;
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE']);

/** `.request`: sends a request to the application in this process, with the cookies of `client`. */
export default definePlugin({
  name: 'request',
  commands: [
    {
      name: 'request',
      aliases: ['r'],
      usage: '.request [METHOD] PATH [-H "name: value"] [-d data] [--json JSON]',
      description: 'Send a request to the application; the session keeps its cookies.',
      help: 'Without METHOD it is GET, with data POST. The response is `_response` afterwards.',
      group: 'application',
      complete: (shell, args) => (/^\S*$/.test(args) ? [...METHODS, ...pathsOf(shell)] : pathsOf(shell)),
      run: send,
    },
  ],
});

function pathsOf({ app }: Shell): string[] {
  return [...new Set([...app.urlMap.iterRules()].map(({ rule }) => rule))].sort();
}

async function send(shell: Shell, args: string): Promise<void> {
  const { method, path, headers, data, json } = parseRequest(args);
  const client = (await shell.evaluate('client')) as ReturnType<Shell['app']['testClient']>;
  const begin = performance.now();
  const response = await client.open(path, {
    method,
    headers,
    ...(data === undefined ? {} : { data }),
    ...(json === undefined ? {} : { json }),
  });
  const ms = performance.now() - begin;
  shell.variables['_response'] = response;
  shell.print(
    `${response.status} ${response.statusText}  ${response.mimetype ?? ''}  ${ms.toFixed(ms < 10 ? 1 : 0)} ms`,
  );
  const { location } = response;
  if (location) shell.print(`→ ${location}`);
  const text = response.text;
  if (text !== '') shell.print(/json/.test(response.mimetype ?? '') ? parsed(text) : text.trimEnd());
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Whatever the header says: the text is what came.
    return text;
  }
}

function parseRequest(args: string): TypedRequest {
  const words = splitWords(args);
  const request: TypedRequest = { method: '', path: '', headers: [], data: undefined, json: undefined };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-H' || word === '--header') request.headers.push(parseHeader(words.shift() ?? ''));
    else if (word === '-d' || word === '--data') request.data = words.shift() ?? '';
    else if (word === '--json') request.json = parseJson(words.shift() ?? '');
    else if (request.method === '' && METHODS.has(word.toUpperCase())) request.method = word.toUpperCase();
    else if (request.path === '') request.path = word;
    else throw new Error(`'${word}' is too much: .request [METHOD] PATH [-H "name: value"] [-d data] [--json JSON]`);
  }
  if (request.path === '') throw new Error('which path? .request GET /');
  if (request.method === '') request.method = request.data === undefined && request.json === undefined ? 'GET' : 'POST';
  if (request.data !== undefined && !request.headers.some(([name]) => /^content-type$/i.test(name))) {
    request.headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
  }
  return request;
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
