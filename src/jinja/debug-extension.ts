import type { Context } from './context.ts';
import { Extension } from './extensions.ts';
import { createNode, type Node } from './nodes.ts';
import type { Parser } from './parser.ts';
import { pprint } from './pprint.ts';

/** `{% debug %}`: prints the variables, filters and tests that a template has. */
export class DebugExtension extends Extension {
  override readonly tags: ReadonlySet<string> = new Set(['debug']);

  override parse(parser: Parser): Node {
    const { lineno } = parser.expectToken('name:debug');
    const call = this.callMethod('render', [createNode('ContextReference', lineno, {})], lineno);
    return createNode('Output', lineno, { nodes: [call] });
  }

  render(context: Context): string {
    const { filters, tests } = this.environment;
    return pprint(
      { context: context.getAll(), filters: Object.keys(filters).sort(), tests: Object.keys(tests).sort() },
      3,
    );
  }
}
