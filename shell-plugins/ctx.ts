import { HTTPException, type RequestContext } from 'flacon';
import type { FlaconClient } from 'flacon/testing';
import { definePlugin, type Shell } from 'flacon/shell';
import { METHODS, parseRequest, requestOptions, type TypedRequest } from './request-words.ts';

/** A request whose context the entries run in. */
interface Pushed {
  typed: TypedRequest;
  hasHooks: boolean;
  context: RequestContext;
}

const USAGE = '.ctx push [METHOD] PATH [--no-hooks] | pop';

const stacks = new WeakMap<Shell, Pushed[]>();

function stackOf(shell: Shell): Pushed[] {
  let stack = stacks.get(shell);
  if (stack === undefined) stacks.set(shell, (stack = []));
  return stack;
}

/** `.ctx`: runs entries inside of a request, as a view would. */
export default definePlugin({
  name: 'ctx',
  commands: [
    {
      name: 'ctx',
      usage: USAGE,
      description: 'Run entries inside of a request: with request, session, g and what hooks put there.',
      help: [
        '.ctx push [METHOD] PATH   from now on, entries run in that request; options as of .request',
        '           --no-hooks     without its beforeRequest functions',
        '.ctx pop                  leave it; teardown functions run',
        '.ctx                      which request it is',
        '',
        'After a reload, the request is made again in the new application.',
      ].join('\n'),
      group: 'application',
      complete: ({ app }, args) => {
        if (/^\S*$/.test(args)) return ['push', 'pop'];
        return [...(/^\S+\s+\S*$/.test(args) ? METHODS : []), ...[...app.urlMap.iterRules()].map(({ rule }) => rule)];
      },
      run: runCtx,
    },
  ],
  around(shell, body) {
    const top = stacks.get(shell)?.at(-1);
    return top ? top.context.enter(body) : body();
  },
  reloaded: pushAgain,
  async dispose(shell) {
    const stack = stackOf(shell);
    while (stack.length > 0) await leave(shell);
  },
});

async function runCtx(shell: Shell, args: string): Promise<void> {
  const [, action = '', rest = ''] = /^(\S*)\s*([^]*)$/.exec(args) ?? [];
  const stack = stackOf(shell);
  if (action === 'push') {
    const words = rest.replace(/(?:^|\s)--no-hooks(?=\s|$)/, '');
    await push(shell, parseRequest(words.trim(), '.ctx push'), words === rest);
  } else if (action === 'pop') {
    if (stack.length === 0) throw new Error('there is no request to leave: .ctx push GET /');
    if (rest !== '') throw new Error(`'${rest}' is too much: .ctx pop`);
    await leave(shell);
  } else if (action !== '') throw new Error(`'${action}' is neither push nor pop: ${USAGE}`);
  else if (stack.length === 0) shell.print('no request: .ctx push GET /');
  else for (const { typed, context } of stack) shell.print(`${nameOf(typed)}  ${context.request.endpoint ?? ''}`);
}

async function push(shell: Shell, typed: TypedRequest, hasHooks: boolean): Promise<void> {
  const { app } = shell;
  const client = (await shell.evaluate('client')) as FlaconClient;
  const options = requestOptions(typed);
  // Who is logged in by `client` is so here, too.
  const headers = client.cookieHeaders(typed.path, options);
  const context = app.testRequestContext(typed.path, { ...options, headers });
  try {
    const answer = hasHooks ? await context.enter(() => app.preprocessRequest(context)) : undefined;
    if (answer !== undefined) shell.print(`a beforeRequest function answers: ${answerText(answer)}`);
  } catch (error) {
    await context.enter(() => context.end(error));
    if (!(error instanceof HTTPException)) throw error;
    throw new Error(`a beforeRequest function refuses it: ${answerText(error)} (--no-hooks leaves them out)`);
  }
  const { routingException } = context.request;
  if (routingException) shell.print(`no view: ${answerText(routingException)}`);
  stackOf(shell).push({ typed, hasHooks, context });
  showTop(shell);
}

/** Leaves the request that was entered last; its teardown functions run once, whatever they throw. */
async function leave(shell: Shell): Promise<void> {
  const left = stackOf(shell).pop();
  showTop(shell);
  await left?.context.enter(() => left.context.end());
}

/** The contexts of the application that was replaced end; the same requests are made in the new one. */
async function pushAgain(shell: Shell): Promise<void> {
  const pushed = [...stackOf(shell)];
  const problems: unknown[] = [];
  for (const _ of pushed) await leave(shell).catch((error: unknown) => problems.push(error));
  for (const { typed, hasHooks } of pushed) {
    try {
      await push(shell, typed, hasHooks);
    } catch (error) {
      throw new Error(`left ${nameOf(typed)}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  if (problems.length > 0) throw problems[0];
}

function showTop(shell: Shell): void {
  const top = stackOf(shell).at(-1);
  shell.setMark('ctx', top && nameOf(top.typed), 'after');
}

function nameOf({ method, path }: TypedRequest): string {
  return `${method} ${path}`;
}

/** An answer in a few words: of a response or an HTTP error its status and where it leads. */
function answerText(answer: unknown): string {
  if (typeof answer === 'string') return answer.length > 60 ? `${answer.slice(0, 59)}…` : answer;
  const { status, statusText, location, code, name } = answer as Partial<
    Record<'status' | 'statusText' | 'location' | 'code' | 'name', unknown>
  >;
  const parts = status === undefined ? [code, name] : [status, statusText, location];
  const text = parts.filter((part) => part !== undefined && part !== null).join(' ');
  return text === '' ? typeof answer : text;
}
