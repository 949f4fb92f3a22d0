import { describe, expect, it } from 'vitest';
import { redact } from '../../src/shell/redact.ts';

const X = '«redacted»';

describe('redact', () => {
  it.each([
    ['const password = "hunter2"', `const password = "${X}"`],
    ["dbPassword = 'hunter2'", `dbPassword = '${X}'`],
    ['let token: string = "hunter2"', `let token: string = "${X}"`],
    ['const secret = `hunter2`', `const secret = \`${X}\``],
    ['app.config.SECRET_KEY = "hunter2"', `app.config.SECRET_KEY = "${X}"`],
    ['app.config["SECRET_KEY"] = "hunter2"', `app.config["SECRET_KEY"] = "${X}"`],
    ['login({ name: "ann", password: "hunter2" })', `login({ name: "ann", password: "${X}" })`],
    ['{ "api-key": "hunter2" }', `{ "api-key": "${X}" }`],
    ['const { apiKey = "hunter2" } = x', `const { apiKey = "${X}" } = x`],
    ['headers.set("Authorization", "Bearer hunter2")', `headers.set("Authorization", "${X}")`],
    ['headers: { authorization: "Bearer hunter2", a: "b" }', `headers: { authorization: "${X}", a: "b" }`],
    ['fetch(u, { headers: { Cookie: "session=hunter2" } })', `fetch(u, { headers: { Cookie: "${X}" } })`],
    ['checkPassword("hunter2")', `checkPassword("${X}")`],
    ["password ??= 'hunter2'", `password ??= '${X}'`],
    ['.app create-user ann --password hunter2', `.app create-user ann --password ${X}`],
    ['.app create-user ann --password=hunter2', `.app create-user ann --password=${X}`],
    ['.session 4DxQ2mZr0vYk7sLq9pWn3tBc6hJf8gUa1eXo5iRdNyw', `.session ${X}`],
    ['.session set 4DxQ2mZr0vYk7sLq9pWn3tBc6hJf8gUa1eXo5iRdNyw visits 3', `.session set ${X} visits 3`],
    ['.session eyJhIjoiYiJ9.ZVPx8A.kyyD0GqUF0zXjvK8u8kZ0vlHV2c', `.session ${X}`],
    ['client.get("/login?user=ann&token=hunter2")', `client.get("/login?user=ann&token=${X}")`],
  ])('%s', (code, expected) => {
    expect(redact(code)).toBe(expected);
  });

  it.each([
    ['a password in a URL', 'connect("postgres://ann:hunter2@db.example/app")', 'hunter2'],
    ['a JWT', 'decode("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N")', 'dozjgNryP4J3'],
    ['an AWS key', 'x = "AKIAIOSFODNN7EXAMPLE"', 'IOSFODNN7'],
    ['an AWS secret', 'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"', 'wJalrXUtn'],
    ['a GitHub token', 'x = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"', 'abcdefghij'],
    ['a fine-grained GitHub token', 'x = "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz"', 'abcdefghij'],
    ['a Stripe key', `x = "${['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_')}"`, '4eC39Hq'],
    ['a PEM key', 'x = `-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQ\n-----END RSA PRIVATE KEY-----`', 'MIIEpA'],
    ['an unfinished PEM key', 'x = `-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQ', 'MIIEpA'],
    ['a header in text', 'curl -H "Authorization: Bearer hunter2" http://localhost', 'hunter2'],
    ['an escaped quote', String.raw`password = "hunt\"er2"`, 'er2'],
    ['several lines', 'login({\n  name: "ann",\n  password:\n    "hunter2",\n})', 'hunter2'],
    ['two in one entry', 'const password = "hunter2", token = "hunter2"', 'hunter2'],
  ])('takes out %s', (_, code, secret) => {
    const redacted = redact(code);
    expect(redacted).toContain(X);
    expect(redacted).not.toContain(secret);
  });

  it.each([
    'const a = 1',
    'user.name = "ann"',
    'generatePasswordHash(input)',
    'const password = readPassword()',
    'if (token === null) stop()',
    'tokens.length',
    'urlFor("auth.login", { next: "/" })',
    'session.cookie',
    '"https://example.com/a:b@c"',
    'x => x.secretary',
    '.routes auth',
    '.session user 3',
    'node.js.org.example.com',
  ])('leaves %s alone', (code) => {
    expect(redact(code)).toBe(code);
  });

  it('takes no time over a long entry', () => {
    const code = `const text = "${'password '.repeat(20_000)}"`;
    expect(redact(code).length).toBeGreaterThan(0);
  });
});
