import { mergeEntries } from './merge-entries.ts';
import { quote } from './literal.ts';
import { ResultNames, statementOf, type SavedEntry } from './save-script.ts';
import type { Expectation } from './logged-entry.ts';

/** What a test file is made for. */
export interface TestFileOptions {
  /** The name of the test. */
  title: string;
  /** The file's own name. */
  file: string;
  /** The project's folder, relative to the file's: `./` or `../`. */
  root: string;
  /** How the application was named, where it cannot be found by itself. */
  app: string | undefined;
  /** Names that the shell context processors give. */
  provided: readonly string[];
}

/** A test file, with or without the assertions that do not hold. */
export interface TestFile {
  readonly assertions: number;
  /** The text. Assertions whose numbers are given are comments. */
  text(failed: ReadonlySet<number>): string;
  /** The same as a program that counts which assertions fail, and writes their numbers to the file that FLACON_CHECK names. */
  checking(): string;
}

type Line = string | { assertion: string };

/** Entries as a test for `node:test`: requests are those of a test client, and what they gave is asserted. */
export function testFileOf(entries: readonly SavedEntry[], options: TestFileOptions): TestFile {
  const merged = mergeEntries(entries.map(({ code }) => code));
  const results = new ResultNames(merged.names);
  const body: Line[] = results.head();
  for (const [index, { code, expression }] of merged.entries.entries()) {
    const entry = entries[index];
    if (!entry) continue;
    if (code !== '') body.push(...code.split('\n'));
    for (const [name, expectation] of entry.declared) body.push(...assertionsFor(name, expectation));
    if (expression === undefined) continue;
    if (!entry.value) body.push(...results.keep(statementOf(expression), entry.number).split('\n'));
    else body.push(...valueLines(expression, entry.value, { number: entry.number, names: merged.names, results }));
  }
  const head = headOf(merged.names, merged.imports, options);
  const assertions = body.filter((line) => typeof line !== 'string').length;
  return {
    assertions,
    text: (failed) => assemble(head, body, { failed, options }),
    checking: () => assemble(checkingHead(head), body, { failed: new Set(), options }),
  };
}

function valueLines(
  expression: string,
  value: Expectation,
  { number, names, results }: { number: number; names: ReadonlySet<string>; results: ResultNames },
): Line[] {
  let name = `r${number}`;
  while (names.has(name)) name = `_${name}`;
  const needsAwait = value.kind === 'response' && !/\bawait\b/.test(expression);
  const lines: Line[] = `const ${name} = ${needsAwait ? 'await ' : ''}${expression};`.split('\n');
  const kept = results.keep(name, number);
  if (kept !== `${name};`) lines.push(kept);
  return [...lines, ...assertionsFor(name, value)];
}

function assertionsFor(name: string, expectation: Expectation): Line[] {
  if (expectation.kind === 'value') {
    const isPlain = !/^[[{]/.test(expectation.literal);
    return [{ assertion: `assert.${isPlain ? 'equal' : 'deepEqual'}(${name}, ${expectation.literal});` }];
  }
  const { status, location, json } = expectation;
  return [
    { assertion: `assert.equal(${name}.status, ${status});` },
    ...(location === undefined
      ? []
      : [{ assertion: `assert.equal(${name}.headers.get('Location'), ${quote(location)});` }]),
    ...(json === undefined ? [] : [{ assertion: `assert.deepEqual(${name}.json, ${json});` }]),
  ];
}

interface Head {
  imports: string[];
  before: string[];
  inside: string[];
}

const GLOBALS = ['currentApp', 'g', 'request', 'session'];

function headOf(names: ReadonlySet<string>, imports: readonly string[], options: TestFileOptions): Head {
  const { root, app, provided } = options;
  const proxies = GLOBALS.filter((name) => names.has(name));
  const given = provided.filter((name) => names.has(name));
  const where = `root: new URL(${quote(root)}, import.meta.url)`;
  return {
    imports: [
      `import assert from 'node:assert/strict';`,
      `import { test } from 'node:test';`,
      ...(proxies.length > 0 ? [`import { ${proxies.join(', ')} } from 'flacon';`] : []),
      `import { loadApp } from 'flacon/testing';`,
      ...imports.map((line) => fromTestFile(line, root)),
    ],
    before: [`const app = await loadApp({ ${where}${app === undefined ? '' : `, app: ${quote(app)}`} });`],
    inside: [
      ...(names.has('client') ? ['const client = app.testClient();'] : []),
      ...['urlMap', 'blueprints', 'config'].filter((name) => names.has(name)).map((name) => `const { ${name} } = app;`),
      ...(names.has('urlFor')
        ? [
            `const urlFor: typeof app.urlFor = (endpoint, values) =>`,
            `  app.testRequestContext('/').enter(() => app.urlFor(endpoint, values));`,
          ]
        : []),
      ...(given.length > 0 ? [`const { ${given.join(', ')} }: any = await app.makeShellContext();`] : []),
    ],
  };
}

/** What was imported at the prompt is relative to the project, in a file it is relative to the file. */
function fromTestFile(line: string, root: string): string {
  if (root === './') return line;
  return line.replace(/(['"])\.\/(?=[^'"]*['"];?$)/, (_, mark: string) => mark + root);
}

function checkingHead(head: Head): Head {
  const [, ...imports] = head.imports;
  return {
    ...head,
    imports: [
      `import { strict as strictAssert } from 'node:assert';`,
      `import { writeFileSync } from 'node:fs';`,
      ...imports,
    ],
    before: [
      'let assertionNumber = 0;',
      'const failedAssertions: number[] = [];',
      'const counting = (check: (...values: any[]) => void) => (...values: unknown[]): void => {',
      '  try { check(...values); } catch { failedAssertions.push(assertionNumber); }',
      '  assertionNumber += 1;',
      '};',
      'const assert = { equal: counting(strictAssert.equal), deepEqual: counting(strictAssert.deepEqual) };',
      `process.on('exit', () => writeFileSync(process.env['FLACON_CHECK'] ?? '', JSON.stringify(failedAssertions)));`,
      ...head.before,
    ],
  };
}

function assemble(
  { imports, before, inside }: Head,
  body: readonly Line[],
  { failed, options }: { failed: ReadonlySet<number>; options: TestFileOptions },
): string {
  let number = -1;
  const lines = [...inside, ...(inside.length > 0 ? [''] : [])];
  for (const line of body) {
    if (typeof line === 'string') {
      lines.push(line);
      continue;
    }
    number += 1;
    lines.push(failed.has(number) ? `// not the same in another run: ${line.assertion}` : line.assertion);
  }
  return [
    `// Made of a session of \`app shell\`. Run it with: node --import tsx --test ${options.file}`,
    ...imports,
    '',
    ...before,
    '',
    `test(${quote(options.title)}, () =>`,
    '  app.appContext().run(async () => {',
    ...lines.map((line) => (line === '' ? '' : `    ${line}`)),
    '  }));',
    '',
  ].join('\n');
}
