import { relative } from 'node:path';
import type { Blueprint, Flacon } from 'flacon';
import { definePlugin, type Shell } from 'flacon/shell';

type Rule = ReturnType<Flacon['urlMap']['iterRules']> extends Iterable<infer R> ? R : never;

/** `.routes` and `.blueprints`: what the running application answers, as of now. Tab knows its URLs and endpoints. */
export default definePlugin({
  name: 'routes',
  commands: [
    {
      name: 'routes',
      usage: '.routes [FILTER]',
      description: 'The rules of the application: method, rule, endpoint, place of the view.',
      help: 'FILTER is looked for in method, rule, endpoint and place.',
      group: 'application',
      complete: (shell) => endpointsOf(shell.app),
      run: showRoutes,
    },
    {
      name: 'blueprints',
      description: 'The blueprints of the application, with prefix and number of routes.',
      group: 'application',
      run: showBlueprints,
    },
  ],
  completers: [
    { completeString: ({ app }, { call, argument }) => (argument === 0 ? stringsFor(app, call) : undefined) },
  ],
});

function showRoutes(shell: Shell, filter: string): void {
  const rows = [...shell.app.urlMap.iterRules()].map((rule) => [
    methodsOf(rule),
    rule.rule,
    String(rule.endpoint),
    sourceOf(shell, rule),
  ]);
  const wanted = filter.toLowerCase();
  const shown = rows.filter((row) => row.some((cell) => cell.toLowerCase().includes(wanted)));
  if (shown.length === 0)
    shell.print(rows.length === 0 ? 'No routes were registered.' : `No route has '${filter}' in it.`);
  else shell.table(['', '', '', ''], shown);
}

const AUTOMATIC = new Set(['HEAD', 'OPTIONS']);

function methodsOf(rule: Rule): string {
  const methods = [...(rule.methods ?? [])];
  const own = methods.filter((method) => !AUTOMATIC.has(method));
  return (own.length > 0 ? own : methods).sort().join(',');
}

function sourceOf({ app, root }: Shell, rule: Rule): string {
  const source = app.viewSource(String(rule.endpoint));
  return source === undefined ? '' : `${relative(root, source.file)}:${source.line}`;
}

function showBlueprints(shell: Shell): void {
  const { app } = shell;
  const blueprints = Object.entries(app.blueprints);
  if (blueprints.length === 0) return shell.print('No blueprints were registered.');
  const rows = blueprints.map(([name, blueprint]) => [
    `${'  '.repeat(name.split('.').length - 1)}${name}`,
    blueprint.urlPrefix ?? '/',
    countOf(routesBelow(app, name), 'route'),
    partsOf(blueprint),
  ]);
  shell.table(['BLUEPRINT', 'PREFIX', 'ROUTES', ''], rows);
}

function routesBelow(app: Flacon, name: string): number {
  return [...app.urlMap.iterRules()].filter(({ endpoint }) => String(endpoint).startsWith(`${name}.`)).length;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function partsOf({ templateFolder, staticFolder }: Blueprint): string {
  return [templateFolder === undefined ? '' : 'templates', staticFolder === undefined ? '' : 'static']
    .filter((part) => part !== '')
    .join(', ');
}

function endpointsOf(app: Flacon): string[] {
  return [...new Set([...app.urlMap.iterRules()].map(({ endpoint }) => String(endpoint)))].sort();
}

const REQUESTING = /(?:^|\.)client\??\.(?:get|post|put|patch|delete|head|options|open)$/;
const BUILDING = /(?:^|\.)(?:urlFor|url_for)$/;

function stringsFor(app: Flacon, call: string): string[] | undefined {
  if (BUILDING.test(call)) return endpointsOf(app);
  if (!REQUESTING.test(call)) return undefined;
  return [...new Set([...app.urlMap.iterRules()].map(({ rule }) => rule))].sort();
}
