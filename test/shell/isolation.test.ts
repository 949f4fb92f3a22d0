import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { endpointPaths, readEndpoint } from '../../src/shell/endpoint.ts';
import { TestClient } from './client-support.ts';
import { randomNumbers } from './random-lines.ts';
import { TranscriptWorkshop, type TranscriptProject } from './transcript-project.ts';

const workshop = new TranscriptWorkshop();

afterAll(() => workshop.remove());

const GLOBALS = Object.getOwnPropertyNames(globalThis).filter(
  (name) =>
    /^[A-Za-z][A-Za-z\d]*$/.test(name) && !['undefined', 'NaN', 'Infinity', 'eval', 'globalThis'].includes(name),
);

const FORMS: readonly ((name: string, value: string) => string)[] = [
  (name, value) => `const ${name} = ${value}`,
  (name, value) => `let ${name} = ${value}`,
  (name, value) => `var ${name} = ${value}`,
  (name, value) => `${name} = ${value}`,
  (name) => `function ${name}() { throw new Error('not this one') }`,
  (name) => `class ${name} { constructor() { throw new Error('not this one') } }`,
  (name, value) => `const { ${name} } = { ${name}: ${value} }`,
  (name, value) => `var [${name} = ${value}] = []`,
  (name, value) => `for (var ${name} of [${value}]);`,
  (name, value) => `{ let inner = 1; ${name} = ${value} }`,
  (name) => `import ${name} from 'node:path'`,
  (name, value) => `(0, eval)('1'); ${name} = ${value}`,
];

/** What a visitor does in the sample application, as the answers of the server say it. */
async function visit(project: TranscriptProject, email: string): Promise<string[]> {
  const cookies = new Map<string, string>();
  const answers: string[] = [];
  const ask = async (method: string, path: string, body?: string): Promise<string> => {
    const headers: Record<string, string> = { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') };
    if (body !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
    const answer = await project.request(method, path, body, headers);
    for (const cookie of answer.cookies) cookies.set(...(cookie.split(';')[0]?.split('=') as [string, string]));
    answers.push(`${method} ${path} ${answer.status}`);
    return answer.body;
  };
  await ask('GET', '/');
  expect(await ask('GET', '/stocks/')).toContain('<td>GOOG</td>');
  await ask('GET', '/stocks/add');
  await ask('POST', '/users/register', `email=${email}&password=long+enough`);
  await ask('POST', '/stocks/add', 'symbol=aapl&shares=10&purchase_price=100.50');
  const list = await ask('GET', '/stocks/');
  expect(list).toContain('Added new stock (AAPL)!');
  expect(list).toMatch(/<td>\$2,230\.20<\/td>/);
  await ask('POST', '/stocks/add', 'symbol=aapl&shares=1.5&purchase_price=3');
  await ask('POST', '/users/logout');
  await ask('POST', '/users/login', `email=${email}&password=wrong`);
  await ask('GET', '/static/css/base.css');
  await ask('GET', '/nowhere');
  return answers;
}

it('500 declarations of global names in two shells do not reach the server, nor the other shell', async () => {
  const project = workshop.project(process.execPath);
  try {
    await project.serve();
    const before = await visit(project, 'before@example.org');
    const record = readEndpoint(endpointPaths({ file: join(project.folder, 'app.ts') }, project.env));
    if (!record) throw new Error('no endpoint');
    const [one, two] = [new TestClient(record.socket), new TestClient(record.socket)];
    for (const client of [one, two]) await client.hello(record.token);
    const random = randomNumbers(17);
    const mine = new Set<string>();
    for (let count = 0; count < 500; count += 1) {
      const name = GLOBALS[random(GLOBALS.length)] ?? '';
      const isFirst = random(2) === 0;
      const code = FORMS[random(FORMS.length)]?.(name, isFirst ? '"one"' : '"two"') ?? '';
      const result = await (isFirst ? one : two).eval(code);
      // A constant, or an import, of before is no target of a plain assignment: that is the only refusal.
      if (result.status === 'threw')
        expect(JSON.stringify(result.printed), code).toMatch(/Assignment to (?:constant variable|the import)/);
      if (isFirst) mine.add(name);
    }
    expect(mine.size).toBeGreaterThan(50);
    // Neither sees a value of the other, not even by the global object that both share.
    const values = (other: string): string =>
      `Object.getOwnPropertyNames(globalThis).filter((name) => globalThis[name] === ${other})`;
    const fresh = new TestClient(record.socket);
    await fresh.hello(record.token);
    expect(await fresh.show(`[...${values('"one"')}, ...${values('"two"')}]`)).toBe('[]');
    for (const name of mine)
      expect(await two.show(`typeof ${name} === 'string' ? ${name} : ''`), name).not.toBe("'one'");
    // In the process itself everything is what it was.
    const types = `[${GLOBALS.map((name) => `typeof globalThis[${JSON.stringify(name)}]`).join(', ')}].join()`;
    const expected = GLOBALS.map((name) => typeof (globalThis as Record<string, unknown>)[name]).join();
    expect(await fresh.show(types)).toBe(`'${expected}'`);
    expect(await visit(project, 'after@example.org')).toEqual(before);
    for (const client of [one, two, fresh]) {
      expect(await client.show('app.name')).toBe("'portfolio'");
      client.socket.destroy();
    }
  } finally {
    await project.close();
  }
});
