import {
  definePlugin,
  refuseUnsafe,
  isSecretName,
  MASK,
  redact,
  visibleText,
  type RecordedRequest,
  type Shell,
} from 'flacon/shell';
import { countOf, msText } from './query-text.ts';
import { sendAndShow } from './send-request.ts';

/** `.requests` and `.replay`: what the server was asked, and asking it again. */
export default definePlugin({
  name: 'requests',
  commands: [
    {
      name: 'requests',
      usage: '.requests [TEXT|N]',
      description: 'The last requests of the server: status, time, queries.',
      help: [
        '.requests         the last 50; without a server, those that client has sent',
        '.requests TEXT    those with TEXT in method, path or status',
        '.requests N       one with its headers and its body; secrets are masked',
        '.replay N         send it again',
      ].join('\n'),
      group: 'application',
      run: showRequests,
    },
    {
      name: 'replay',
      usage: '.replay N',
      description: 'Send a request again, with its headers and its body.',
      help: 'It is sent in this process, as the one who sent it: with its cookies, not with those of `client`.',
      group: 'application',
      complete: (shell) => shell.requests.map(({ number }) => String(number)),
      run: replay,
    },
  ],
});

function showRequests(shell: Shell, args: string): void {
  if (/^\d+$/.test(args)) return showRequest(shell, find(shell, args));
  const { requests } = shell;
  const wanted = args.toLowerCase();
  const shown = requests.filter(({ method, target, status }) =>
    `${method} ${target} ${status}`.toLowerCase().includes(wanted),
  );
  if (shown.length === 0)
    return shell.print(requests.length === 0 ? 'No requests yet.' : `No request has '${args}' in it.`);
  shell.table(
    ['#', 'METHOD', 'PATH', 'STATUS', 'TIME', 'QUERIES'],
    shown.map(({ number, method, target, status, ms, queries }) => [
      number,
      method,
      cut(masked(target), Math.max(20, shell.columns - 40)),
      status,
      msText(ms),
      queries,
    ]),
  );
}

function find({ requests }: Shell, number: string): RecordedRequest {
  if (number === '') throw new Error('which one? .requests lists them');
  const found = requests.find((request) => request.number === Number(number));
  if (found) return found;
  const [first] = requests;
  const known = first ? `there are ${first.number} to ${requests.at(-1)?.number}` : 'there are none yet';
  throw new Error(`no request ${number}: ${known}`);
}

function showRequest(shell: Shell, request: RecordedRequest): void {
  const { method, target, status, ms, queries, time, body } = request;
  shell.print(`${method} ${masked(target)}  →  ${status}  ${msText(ms)}  ${countOf(queries, 'query', 'queries')}`);
  shell.print(time.toISOString().replace('T', ' ').replace(/\..*/, ' UTC'));
  for (const [name, value] of headersOf(request)) shell.print(visibleText(`${name}: ${shownHeader(name, value)}`));
  if (body === undefined) return;
  shell.print('');
  shell.print(shownBody(request, body));
}

function headersOf({ headers }: RecordedRequest): [name: string, value: string][] {
  return Array.from({ length: headers.length / 2 }, (_, index) => [
    headers[index * 2] ?? '',
    headers[index * 2 + 1] ?? '',
  ]);
}

function shownHeader(name: string, value: string): string {
  if (/^authorization$/i.test(name)) return value.replace(/^(\S+\s+)?.*/, `$1${MASK}`);
  if (/^cookie$/i.test(name)) return value.replace(/=[^;]*/g, `=${MASK}`);
  return isSecretName(name) ? MASK : masked(value);
}

function shownBody(request: RecordedRequest, body: Buffer): string {
  const rest = request.bodyLength - body.length;
  const end = rest > 0 ? `\n… ${rest} bytes more` : '';
  const text = body.toString('utf8');
  if (text.includes('\0') || text.includes('\ufffd')) return `${request.bodyLength} bytes that are no text`;
  return masked(text) + end;
}

/** Text without secrets: of forms and queries, of JSON, and what looks like a key; and without anything a terminal obeys. */
function masked(text: string): string {
  // A form begins with a name, as a query does after its question mark.
  return visibleText(redact(`&${text}`).slice(1));
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

// What belongs to the connection, or is computed anew.
const LEFT_OUT = /^(?:connection|content-length|transfer-encoding|expect|keep-alive|upgrade)$/i;

async function replay(shell: Shell, args: string): Promise<void> {
  const request = find(shell, args);
  const { method, target, body, bodyLength } = request;
  if (shell.options.readOnly) refuseUnsafe(method);
  if (body && bodyLength > body.length)
    throw new Error(`the body of request ${request.number} has ${bodyLength} bytes, and only ${body.length} were kept`);
  const headers = headersOf(request).filter(([name]) => !LEFT_OUT.test(name));
  const host = headers.find(([name]) => /^host$/i.test(name))?.[1];
  const client = shell.app.testClient({
    useCookies: false,
    ...(host === undefined ? {} : { baseUrl: `http://${host}/` }),
  });
  shell.print(`${method} ${masked(target)}`);
  await sendAndShow(shell, () =>
    client.open(target, { method, headers, ...(body === undefined ? {} : { data: body }) }),
  );
}
