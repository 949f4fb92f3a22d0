import type { FlaconClient } from 'flacon/testing';
import { definePlugin, type Shell } from 'flacon/shell';
import { METHODS, parseRequest, REQUEST_USAGE, requestOptions } from './request-words.ts';
import { sendAndShow } from './send-request.ts';

/** `.request`: sends a request to the application in this process, with the cookies of `client`. */
export default definePlugin({
  name: 'request',
  commands: [
    {
      name: 'request',
      aliases: ['r'],
      usage: `.request ${REQUEST_USAGE}`,
      description: 'Send a request to the application; the session keeps its cookies.',
      help: 'Without METHOD it is GET, with a body POST. The response is `_response` afterwards.',
      group: 'application',
      complete: (shell, args) => (/^\S*$/.test(args) ? [...METHODS, ...pathsOf(shell)] : pathsOf(shell)),
      toCode(args) {
        const request = parseRequest(args, '.request');
        const options = JSON.stringify(requestOptions(request));
        return `const _response = await client.open(${JSON.stringify(request.path)}, ${options})`;
      },
      run: send,
    },
  ],
});

function pathsOf({ app }: Shell): string[] {
  return [...new Set([...app.urlMap.iterRules()].map(({ rule }) => rule))].sort();
}

async function send(shell: Shell, args: string): Promise<void> {
  const request = parseRequest(args, '.request');
  const client = (await shell.evaluate('client')) as FlaconClient;
  await sendAndShow(shell, () => client.open(request.path, requestOptions(request)));
}
