/*
 * Tries a folder of Jinja templates that were written for Flask or another program:
 *
 *   node --import tsx test/support/template-set.ts FOLDER [NAME:filter NAME:test ...]
 *
 * Prints what cannot be loaded: syntax, filters and tests that are missing. Those of that program are given by name.
 */
import { pathToFileURL } from 'node:url';
import { Environment, FileSystemLoader, TemplateError } from '../../src/jinja/index.ts';

/** What does not work, and where. */
export interface TemplateProblem {
  template: string;
  lineno: number | undefined;
  message: string;
}

/** Loads all templates of a folder. `filters` and `tests` are those of the program that they are from. */
export function checkTemplates(
  folder: string,
  known: { filters?: string[]; tests?: string[] } = {},
): TemplateProblem[] {
  const extensions = ['jinja2.ext.do', 'jinja2.ext.loopcontrols', 'jinja2.ext.i18n'];
  const environment = new Environment({ loader: new FileSystemLoader(folder), extensions });
  for (const name of known.filters ?? []) environment.filters[name] = (value: unknown) => value;
  for (const name of known.tests ?? []) environment.tests[name] = () => false;
  const problems: TemplateProblem[] = [];
  for (const template of environment.listTemplates()) {
    try {
      environment.getTemplate(template);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problems.push({ template, lineno: error.lineno, message: error.message });
    }
  }
  return problems;
}

const [, script, folder, ...names] = process.argv;
if (script !== undefined && folder !== undefined && import.meta.url === pathToFileURL(script).href) {
  const named = (kind: string): string[] =>
    names.filter((name) => name.endsWith(`:${kind}`)).map((name) => name.split(':')[0] ?? '');
  for (const { template, lineno, message } of checkTemplates(folder, {
    filters: named('filter'),
    tests: named('test'),
  })) {
    console.log(`${template}:${lineno ?? 1}: ${message}`);
  }
}
