import { ClassicService } from './classic-service.ts';
import { encodeMessage, MessageReader } from './message-process.ts';

/** Entry of the process of a TypeScript before version 7: `library root file`, then messages. */
const [library = '', root = '', file = ''] = process.argv.slice(2);
const service = new ClassicService(library, root, file);
const reader = new MessageReader();

process.stdin.on('data', (chunk: Buffer) => {
  for (const message of reader.read(chunk)) answer(message);
});
// The shell is gone.
process.stdin.on('end', () => process.exit(0));

function answer({ id, method, params }: Record<string, unknown>): void {
  if (method === 'update') return service.update(String(params));
  if (method === 'filesChanged') return service.filesChanged();
  const ask = service[method as 'complete'].bind(service) as (question: unknown) => unknown;
  process.stdout.write(encodeMessage(settle(id, () => ask(params))));
}

function settle(id: unknown, ask: () => unknown): object {
  try {
    return { id, result: ask() ?? null };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
