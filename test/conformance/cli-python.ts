// The corpus describes applications as Python files. This writes the same thing in TypeScript: exactly the few
// constructs that its scenarios use, and a thrown error for any other.

const SKIPPED = /^(from flask import .*|import (os|click|os, click)|#.*)?$/;

/** Names as a TypeScript user would write them. */
export function renameFactories(text: string): string {
  return text.replaceAll('create_app', 'createApp').replaceAll('make_app', 'makeApp');
}

interface Block {
  indent: number;
  close: string;
}

/** A Python file of the corpus in TypeScript. `modules` are the other modules of the project. */
export function translate(source: string, modules: readonly string[] = []): string {
  const out = [
    "import { confirm, echo, Flacon, prompt, redirect, renderTemplate } from 'flacon';",
    'void [confirm, echo, prompt, redirect, renderTemplate, Flacon];',
  ];
  const blocks: Block[] = [];
  let decorators: string[] = [];
  for (const line of renameFactories(source).split('\n')) {
    const text = line.trim();
    const indent = line.length - line.trimStart().length;
    if (text === '') continue;
    while (blocks.length > 0 && indent <= blocks.at(-1)!.indent) out.push(blocks.pop()!.close);
    if (SKIPPED.test(text)) continue;
    if (text.startsWith('@')) {
      decorators.push(text);
      continue;
    }
    const definition = /^def (\w+)\((.*?)\):\s*(.*)$/.exec(text);
    if (definition === null) {
      out.push(statement(text, indent > 0, modules));
      continue;
    }
    const [, name = '', params = '', body = ''] = definition;
    const [open, close] = opening(name, params, decorators, indent > 0);
    decorators = [];
    if (body !== '') out.push(`${open} ${statement(body, true, modules)} ${close}`);
    else {
      out.push(open);
      blocks.push({ indent, close });
    }
  }
  while (blocks.length > 0) out.push(blocks.pop()!.close);
  return `${out.join('\n')}\n`;
}

function opening(
  name: string,
  params: string,
  decorators: readonly string[],
  nested: boolean,
): [open: string, close: string] {
  const [first = ''] = decorators;
  const route = /^@(\w+)\.route\(f?'(.*?)'(?:, methods=(\[.*?\]))?\)$/.exec(first);
  if (route !== null) {
    const [, app, rule, methods = "['GET']"] = route;
    const quote = first.includes("(f'") ? '`' : "'";
    const path = quote === '`' ? rule?.replace(/\{(\w+)\}/g, '${$1}') : rule;
    return [
      `${app}.route(${quote}${path}${quote}, { methods: ${methods} }, async function ${name}(${params === '' ? '' : `{ ${params} }: any`}) {`,
      '});',
    ];
  }
  const command = /^@(\w+)\.cli\.command\('(\w+)'\)$/.exec(first);
  if (command !== null) {
    const option = /^@click\.option\('--(\w+)', prompt=True\)$/.exec(decorators[1] ?? '')?.[1];
    const asked =
      option === undefined ? '' : ` const ${option} = await prompt('${option[0]?.toUpperCase()}${option.slice(1)}');`;
    return [`${command[1]}.cli.command('${command[2]}').action(async () => {${asked}`, '});'];
  }
  if (decorators.length > 0) throw new Error(`No translation of ${decorators.join(' ')}`);
  const typed = params
    .split(', ')
    .filter((param) => param !== '')
    .map((param) =>
      param.replace(
        /^(\w+)=?(.*)$/,
        (_, key: string, value: string) => `${key}: any${value === '' ? '' : ` = ${expression(value)}`}`,
      ),
    );
  return [`${nested ? '' : 'export '}function ${name}(${typed.join(', ')}) {`, '}'];
}

const ERRORS: Record<string, string> = { ValueError: 'RangeError', TypeError: 'TypeError' };

function statement(text: string, nested: boolean, modules: readonly string[]): string {
  const imported = /^import (\w+)$/.exec(text)?.[1];
  if (imported !== undefined)
    return modules.includes(imported) ? `import * as ${imported} from './${imported}.ts';` : `import '${imported}';`;
  const app = /^(\w+) = Flask\((.*)\)$/.exec(text);
  if (app !== null) return `${nested ? '' : 'export '}const ${app[1]} = ${construct(app[2] ?? '')};`;
  const raised = /^raise (\w+)\((.*)\)$/.exec(text);
  if (raised !== null) return `throw new ${ERRORS[raised[1] ?? ''] ?? 'Error'}(${raised[2]});`;
  const returned = /^return (.*)$/.exec(text);
  if (returned !== null) return `return ${expression(returned[1] ?? '')};`;
  const echoed = /^click\.echo\((.*)\)$/.exec(text);
  if (echoed !== null)
    return `echo(python(${expression(echoed[1] ?? '')})); function python(value: any) { return value === true ? 'True' : value === false ? 'False' : value; }`;
  const assigned = /^(\w+) = (.*)$/.exec(text);
  if (assigned !== null) return `${nested ? '' : 'export '}const ${assigned[1]} = ${expression(assigned[2] ?? '')};`;
  throw new Error(`No translation of: ${text}`);
}

const construct = (argument: string): string =>
  argument === '__name__' ? 'new Flacon(import.meta)' : `new Flacon(import.meta, { name: ${argument} })`;

function expression(text: string): string {
  const environment = /^repr\(\[os\.environ\.get\(k\) for k in '(.*)'\.split\(\)\]\)$/.exec(text);
  if (environment !== null) {
    // Written as Python would show the list.
    const item = "process.env[k] === undefined ? 'None' : \"'\" + process.env[k].replaceAll('\\n', '\\\\n') + \"'\"";
    return `'[' + '${environment[1]}'.split(' ').map((k) => ${item}).join(', ') + ']'`;
  }
  const constructed = /^Flask\((.*)\)$/.exec(text);
  if (constructed !== null) return construct(constructed[1] ?? '');
  const confirmed = /^click\.confirm\((.*)\)$/.exec(text);
  if (confirmed !== null) return `await confirm(${confirmed[1]})`;
  const formatted = /^f'(.*)'$/.exec(text);
  if (formatted !== null)
    return `\`${formatted[1]?.replace(/\{(.+?)\}/g, (_, inner: string) => `\${${inner.endsWith('.debug') ? `${inner} ? 'True' : 'False'` : inner}}`)}\``;
  const rendered = /^render_template\((.*)\)$/.exec(text);
  if (rendered !== null) return `renderTemplate(${rendered[1]})`;
  const asString = /^str\((.*)\)$/.exec(text);
  if (asString !== null) return `String(${asString[1]})`;
  if (/^[\w.'/ +()-]*$/.test(text)) return text;
  throw new Error(`No translation of: ${text}`);
}
