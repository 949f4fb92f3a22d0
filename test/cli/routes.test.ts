import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/program.ts';
import { formatTable } from '../../src/cli/routes.ts';
import { Flacon, type FlaconOptions } from '../../src/index.ts';
import { withStreams } from '../../src/util/terminal.ts';

function makeApp(options: FlaconOptions = {}): Flacon {
  const app = new Flacon(undefined, { staticFolder: null, ...options });
  app.get('/', function index() {
    return '';
  });
  app.route('/users/<int:id>', { methods: ['GET', 'PUT'] }, function user() {
    return '';
  });
  app.get('/users/<name>', function named() {
    return '';
  });
  app.get('/slash/', function slash() {
    return '';
  });
  return app;
}

async function routes(app: Flacon, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => void (output[name] += text) });
  const scriptInfo = {
    loadApp: async () => app,
    locate: () => {
      throw new Error('The app is at hand.');
    },
  };
  const code = await withStreams({ stdout: stream('stdout'), stderr: stream('stderr'), color: false }, () =>
    main(['routes', ...args], { scriptInfo }),
  );
  return { code, ...output };
}

describe('app routes', () => {
  it('says where each view is', async () => {
    const { stdout } = await routes(makeApp(), '--source');
    expect(stdout).toMatch(/^index {5}GET {7}\/ {16}test\/cli\/routes\.test\.ts:\d+ *$/m);
  });

  it('prints JSON', async () => {
    const [first, ...rest] = JSON.parse((await routes(makeApp(), '--json', '--sort', 'match')).stdout) as object[];
    expect(first).toEqual({
      endpoint: 'index',
      methods: ['GET', 'HEAD', 'OPTIONS'],
      rule: '/',
      source: { file: import.meta.filename, line: expect.any(Number) },
    });
    expect(rest).toHaveLength(3);
  });

  it('warns of a rule that never answers', async () => {
    const app = makeApp();
    app.get('/users/<int:number>', function late() {
      return '';
    });
    const { code, stderr } = await routes(app);
    expect(code).toBe(0);
    expect(stderr).toBe("Warning: 'late' (/users/<int:number>) never answers: 'user' (/users/<int:id>) comes first.\n");
  });

  it('warns once of a rule that several others keep from answering', async () => {
    const app = makeApp();
    app.get('/', { endpoint: 'second' }, () => '');
    app.get('/', { endpoint: 'third' }, () => '');
    expect((await routes(app)).stderr.split('\n').filter((line) => line.includes("'third'"))).toEqual([
      "Warning: 'third' (/) never answers: 'index' (/) comes first.",
    ]);
  });

  it('prints a table as wide as what is in it', () => {
    expect(formatTable(['A', 'B'], [['日本', 'x']])).toBe('A     B\n----  -\n日本  x');
  });
});

describe('app routes --match', () => {
  it('says which rule answers, and why the others do not', async () => {
    const { code, stdout } = await routes(makeApp(), '--match', '/users/3');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^GET \/users\/3: user {2}\/users\/<int:id> {2}test\/cli\/routes\.test\.ts:\d+\n/);
    expect(stdout).toMatch(/^named {5}\/users\/<name> {2}\/users\/<int:id> comes first$/m);
  });

  it('has one line for all rules that are for something else', async () => {
    expect((await routes(makeApp(), '--match', '/')).stdout).toMatch(
      /^GET \/: index .*\n\n3 other rules: the path differs\.\n$/,
    );
  });

  it.each(['/users/100%', '/users/%zz', 'users/a%2Fb/../x'])('takes a path that is no proper URL: %s', async (path) => {
    expect((await routes(makeApp(), '--match', path)).stdout).toMatch(/^GET \/users\/\S+: (?:named |404 Not Found)/);
  });

  it('refuses what is neither a path nor a URL', async () => {
    expect(await routes(makeApp(), '--match', 'http://[x/')).toMatchObject({
      code: 2,
      stderr: "Error: Invalid value for '--match': 'http://[x/' is neither a path nor a URL.\n",
    });
  });

  it('takes a URL, with its query', async () => {
    expect((await routes(makeApp(), '--match', 'http://localhost/users/x?page=2')).stdout).toMatch(
      /^GET \/users\/x: named /,
    );
  });

  it('knows redirects', async () => {
    expect((await routes(makeApp(), '--match', '/slash')).stdout).toMatch(
      /^GET \/slash: slash {2}\/slash\/ \(redirects to \/slash\/\)/,
    );
  });

  it('ends with 1 if nothing answers', async () => {
    expect(await routes(makeApp(), '--match', '/users/3', '-X', 'delete')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('DELETE /users/3: 405 Method Not Allowed\n'),
    });
    expect(await routes(makeApp(), '--match', '/nowhere')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('GET /nowhere: 404 Not Found\n'),
    });
  });

  it('looks at the host where rules do', async () => {
    const app = makeApp({ hostMatching: true });
    app.route('/h', { host: 'a.test' }, function onHost() {
      return '';
    });
    expect((await routes(app, '--match', 'http://a.test/h')).stdout).toMatch(/^GET \/h: onHost /);
    expect((await routes(app, '--match', 'http://b.test/h')).code).toBe(1);
  });

  it('looks at the subdomain where rules do', async () => {
    const app = makeApp({ subdomainMatching: true });
    app.config.SERVER_NAME = 'x.test';
    app.route('/s', { subdomain: 'api' }, function onSubdomain() {
      return '';
    });
    expect((await routes(app, '--match', 'http://api.x.test/s')).stdout).toMatch(/^GET \/s: onSubdomain /);
    expect((await routes(app, '--match', '/s')).code).toBe(1);
  });

  it('prints JSON', async () => {
    const result = JSON.parse((await routes(makeApp(), '--match', '/users/3', '--json')).stdout) as object;
    expect(result).toMatchObject({ path: '/users/3', method: 'GET', answer: { endpoint: 'user' } });
  });
});
