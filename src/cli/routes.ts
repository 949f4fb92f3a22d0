import { relative } from 'node:path';
import type { Flacon } from '../app.ts';
import { compare } from '../command-help.ts';
import { ExitRequest, UsageError } from '../command-runner.ts';
import type { Command } from '../commands.ts';
import { unquote } from '../http/urls.ts';
import type { RuleExplanation } from '../routing/index.ts';
import { methodsOf } from '../routing/rule-methods.ts';
import type { Rule } from '../routing/rules.ts';
import { echo, stringWidth, style } from '../util/terminal.ts';
import type { CommandContext } from './context.ts';

const SORTS = ['endpoint', 'methods', 'domain', 'rule', 'match'] as const;
type Sort = (typeof SORTS)[number];

interface RoutesOptions {
  sort: Sort;
  allMethods?: boolean;
  json?: boolean;
  match?: string;
  method: string;
  source?: boolean;
  types?: string;
}

/** `app routes`. */
export function defineRoutes(command: Command, { scriptInfo }: CommandContext): void {
  command
    .description('Show all registered routes with endpoints and methods.')
    .addOption(
      command
        .createOption('-s, --sort <by>', "Method to sort routes by. 'match' is the order of registration, by endpoint.")
        .choices(SORTS)
        .default('endpoint'),
    )
    .option('--all-methods', 'Show HEAD and OPTIONS methods.')
    .option('--source', 'Show where each view is.')
    .option('--match <url>', 'Show which rule would answer this URL or path, and why the others do not.')
    .option('-X, --method <method>', "Method of the request for '--match'.", 'GET')
    .option('--json', 'Print JSON.')
    .option('--types <file>', "Write a declaration by which 'urlFor' is checked.")
    .action(async (options: RoutesOptions) => {
      const app = await scriptInfo.loadApp();
      if (options.types !== undefined) await writeTypes(app, options.types);
      else if (options.match !== undefined) showMatch(app, options.match, options);
      else if (options.json)
        echo(
          JSON.stringify(
            rulesOf(app, options.sort).map((rule) => describeRule(app, rule)),
            null,
            2,
          ),
        );
      else showTable(app, options);
      warnOfShadowed(app);
    });
}

async function writeTypes(app: Flacon, file: string): Promise<void> {
  const { writeEndpointTypes } = await import('./route-types.ts');
  const { count, isNew } = await writeEndpointTypes(app, file);
  const endpoints = count === 1 ? '1 endpoint' : `${count} endpoints`;
  echo(isNew ? `Wrote the types of ${endpoints} to ${file}.` : `${file} is up to date with ${endpoints}.`);
}

function rulesOf(app: Flacon, sort: Sort): Rule[] {
  const hasDomain = [...app.urlMap.iterRules()].some((rule) => domainOf(app, rule) !== '');
  const rules = [...app.urlMap.iterRules()];
  const key = (rule: Rule): string => {
    if (sort === 'endpoint') return String(rule.endpoint);
    if (sort === 'methods') return methodsOf(rule).join(', ');
    return sort === 'domain' ? domainOf(app, rule) : rule.rule;
  };
  // Sorting by a column that is not there leaves the order as it is.
  if (sort === 'match' || (sort === 'domain' && !hasDomain)) return rules;
  return rules.sort((a, b) => compare(key(a), key(b)));
}

function domainOf(app: Flacon, rule: Rule): string {
  return (app.urlMap.hostMatching ? rule.host : rule.subdomain) ?? '';
}

function sourceOf(app: Flacon, rule: Rule): string {
  const source = app.viewSource(String(rule.endpoint));
  return source === undefined ? '' : `${relative(process.cwd(), source.file)}:${source.line}`;
}

function showTable(app: Flacon, { sort, allMethods = false, source = false }: RoutesOptions): void {
  const rules = sortRows(app, sort, allMethods);
  if (rules.length === 0) {
    echo('No routes were registered.');
    return;
  }
  const hasDomain = rules.some((rule) => domainOf(app, rule) !== '');
  const columns: [title: string, cell: (rule: Rule) => string][] = [
    ['Endpoint', (rule) => String(rule.endpoint)],
    ['Methods', (rule) => methodsOf(rule, allMethods).join(', ')],
  ];
  if (hasDomain) columns.push([app.urlMap.hostMatching ? 'Host' : 'Subdomain', (rule) => domainOf(app, rule)]);
  columns.push(['Rule', (rule) => rule.rule]);
  if (source) columns.push(['Source', (rule) => sourceOf(app, rule)]);
  echo(
    formatTable(
      columns.map(([title]) => title),
      rules.map((rule) => columns.map(([, cell]) => cell(rule))),
    ),
  );
}

function sortRows(app: Flacon, sort: Sort, allMethods: boolean): Rule[] {
  if (sort !== 'methods') return rulesOf(app, sort);
  // What is shown is what is sorted.
  const text = (rule: Rule): string => methodsOf(rule, allMethods).join(', ');
  return rulesOf(app, 'match').sort((a, b) => compare(text(a), text(b)));
}

/** A table as Flask prints it: dashes under the titles, two spaces between columns, every cell padded. */
export function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, index) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(cell)))).join('  ');
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function describeRule(app: Flacon, rule: Rule): object {
  const domain = domainOf(app, rule);
  const source = app.viewSource(String(rule.endpoint));
  return {
    endpoint: rule.endpoint,
    methods: methodsOf(rule, true),
    rule: rule.rule,
    ...(domain === '' ? {} : { [app.urlMap.hostMatching ? 'host' : 'subdomain']: domain }),
    ...(source === undefined ? {} : { source: { file: source.file, line: source.line } }),
  };
}

function showMatch(app: Flacon, target: string, { json = false, method }: RoutesOptions): void {
  const { path, options } = parseTarget(app, target);
  const explanations = app.urlMap.explain(path, method.toUpperCase(), options);
  const answer = explanations.find(({ outcome }) => outcome === 'match' || outcome === 'redirect');
  if (json) {
    const rules = explanations.map(({ rule, outcome, reason }) => ({ ...describeRule(app, rule), outcome, reason }));
    echo(
      JSON.stringify(
        {
          path,
          method: method.toUpperCase(),
          answer: answer === undefined ? null : describeRule(app, answer.rule),
          rules,
        },
        null,
        2,
      ),
    );
  } else {
    echo(headline(app, `${method.toUpperCase()} ${path}`, answer, explanations));
    const others = explanations.filter((explanation) => explanation !== answer);
    const near = others.filter(({ outcome }) => outcome !== 'path');
    if (near.length > 0) {
      echo();
      echo(
        formatTable(
          ['Endpoint', 'Rule', 'Why not'],
          near.map(({ rule, reason }) => [String(rule.endpoint), rule.rule, reason]),
        ),
      );
    }
    // That most rules are for something else is no news: one line for all of them.
    const far = others.filter(({ outcome }) => outcome === 'path');
    if (far.length > 0) echo(`\n${far.length} other rule${far.length === 1 ? '' : 's'}: ${far[0]?.reason}.`);
  }
  if (answer === undefined) throw new ExitRequest(1);
}

function headline(
  app: Flacon,
  request: string,
  answer: RuleExplanation | undefined,
  all: readonly RuleExplanation[],
): string {
  if (answer === undefined) {
    const status = all.some(({ outcome }) => outcome === 'method') ? '405 Method Not Allowed' : '404 Not Found';
    return `${request}: ${status}`;
  }
  const source = sourceOf(app, answer.rule);
  const what = answer.outcome === 'redirect' ? ` (${answer.reason})` : '';
  return `${request}: ${style(String(answer.rule.endpoint), { fg: 'green' })}  ${answer.rule.rule}${what}${source === '' ? '' : `  ${source}`}`;
}

function parseTarget(app: Flacon, target: string): { path: string; options: { host?: string; subdomain?: string } } {
  const isUrl = /^[a-z][a-z\d+.-]*:\/\//i.test(target);
  const { host, pathname } = parseUrl(isUrl ? target : `http://localhost/${target.replace(/^\/+/, '')}`, target);
  const path = unquote(pathname);
  if (!isUrl) return { path, options: {} };
  if (app.urlMap.hostMatching) return { path, options: { host } };
  const serverName = app.config.SERVER_NAME;
  const isBelow = app.subdomainMatching && typeof serverName === 'string' && host.endsWith(`.${serverName}`);
  return { path, options: isBelow ? { subdomain: host.slice(0, -serverName.length - 1) } : {} };
}

function parseUrl(url: string, target: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new UsageError(`Invalid value for '--match': '${target}' is neither a path nor a URL.`);
  }
}

function warnOfShadowed(app: Flacon): void {
  const dead = new Set<Rule>();
  for (const { rule, by, methods, isDead } of app.urlMap.findShadowed()) {
    // By one rule or by several: one warning is enough.
    if (dead.has(rule)) continue;
    if (isDead) dead.add(rule);
    const what = isDead ? 'never answers' : `never answers ${methods?.join(', ') ?? 'any method'}`;
    const text = `Warning: '${String(rule.endpoint)}' (${rule.rule}) ${what}: '${String(by.endpoint)}' (${by.rule}) comes first.`;
    echo(style(text, { fg: 'yellow' }), { err: true });
  }
}
