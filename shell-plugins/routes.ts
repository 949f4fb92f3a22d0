import { existsSync, readdirSync } from 'node:fs';
import { basename, relative } from 'node:path';
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
      description: 'The tree of blueprints: prefix, routes, hooks, templates, static files.',
      help: 'Below the application itself, nested ones below theirs. A number of files is that of the own folder.',
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
  else shell.table(['', '', '', ''], fits(shown, shell.columns) ? shown : shown.map(withShortPlace));
}

/** Whether the lines of a table are no longer than the terminal is wide. */
function fits(rows: readonly (readonly string[])[], columns: number): boolean {
  const [first = []] = rows;
  const widths = first.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return widths.reduce((sum, width) => sum + width + 2, -2) <= columns;
}

/** Without the folder of the view's file: the name is mostly enough. */
function withShortPlace(row: readonly string[]): string[] {
  return [...row.slice(0, -1), basename(row.at(-1) ?? '')];
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
    `${'  '.repeat(name.split('.').length)}${name.split('.').at(-1)}`,
    app.blueprintPrefixes[name] ?? '/',
    routesOf(app, name),
    hooksOf(app, name),
    ...filesOf(blueprint),
  ]);
  const titles = ['BLUEPRINT', 'PREFIX', 'ROUTES', 'HOOKS', 'TEMPLATES', 'STATIC'];
  const all = [[app.name, '/', routesOf(app), hooksOf(app), ...filesOf(app)], ...rows];
  // A narrow terminal has no room for the files.
  const count = fits([titles, ...all.map((row) => row.map(String))], shell.columns) ? titles.length : 4;
  shell.table(
    titles.slice(0, count),
    all.map((row) => row.slice(0, count)),
  );
}

/** Rules of a blueprint itself; those of the app that belong to none. */
function routesOf(app: Flacon, name?: string): number {
  const owners = [...app.urlMap.iterRules()].map(({ endpoint }) => {
    const text = String(endpoint);
    const dot = text.lastIndexOf('.');
    return dot < 0 ? undefined : text.slice(0, dot);
  });
  return owners.filter((owner) => owner === name).length;
}

/** Functions that run around its requests, and error handlers. */
function hooksOf(app: Flacon, name: string | null = null): number {
  const functions = [
    app.beforeRequestFuncs,
    app.afterRequestFuncs,
    app.teardownRequestFuncs,
    app.templateContextProcessors,
    app.urlValuePreprocessors,
    app.urlDefaultFunctions,
  ].map((hooks) => hooks.get(name)?.length ?? 0);
  const handlers = [...(app.errorHandlerSpec.get(name)?.values() ?? [])].map(({ size }) => size);
  return [...functions, ...handlers].reduce((sum, count) => sum + count, 0);
}

function filesOf({ templateFolder, staticFolder }: Blueprint | Flacon): string[] {
  return [templateFolder, staticFolder].map((folder) => (folder === undefined ? '–' : String(countFiles(folder))));
}

function countFiles(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
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
