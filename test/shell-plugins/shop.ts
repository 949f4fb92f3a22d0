import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../sample-app/database.ts';
import { Flacon } from '../../src/index.ts';
import { promptText } from '../../src/shell/prompt-marks.ts';
import { PROTOCOL_VERSION } from '../../src/shell/protocol.ts';
import { stripAnsi } from '../../src/util/terminal.ts';
import { TestHost, type TestClient } from '../shell/client-support.ts';

/** A shop with three users in a database of SQLite, and shells in it. */
export class Shop {
  readonly folder = mkdtempSync(join(tmpdir(), 'flacon-data-'));
  readonly database = this.connect();
  /** Sees what anybody else sees. */
  readonly second = this.connect();
  host: TestHost | undefined;

  constructor() {
    for (const name of ['ann', 'bob', 'eve'])
      this.database.run('INSERT INTO users (email, password_hash) VALUES (?, ?)', `${name}@example.org`, 'hash');
  }

  /** Another handle of the same file. */
  connect(): Database {
    return new Database(join(this.folder, 'shop.sqlite'));
  }

  /** How many users everybody sees. */
  count(): number {
    return this.second.all('SELECT 1 FROM users').length;
  }

  /** The application; its shell context is `context`. */
  app(context: object = { database: this.database }): Flacon {
    const { database } = this;
    const app = new Flacon(undefined, { name: 'shop' });
    app.config.PROPAGATE_EXCEPTIONS = false;
    app.get('/users', () => database.all('SELECT email FROM users ORDER BY email').length.toString());
    app.get('/forget', () => String(database.run('DELETE FROM users').changes));
    app.post('/add', function add() {
      database.transaction(() => {
        database.run('INSERT INTO users (email, password_hash) VALUES (?, ?)', 'new@example.org', 'secret');
      });
      return 'added';
    });
    app.post('/fail', function fail() {
      database.transaction(() => {
        database.run('DELETE FROM users');
        throw new Error('changed my mind');
      });
      return 'never';
    });
    app.shellContextProcessor(() => context);
    app.logger.handlers.push(() => {});
    return app;
  }

  /** A shell; `sandbox` as of `--sandbox` and `--write`, or `read-only`. */
  async open(app = this.app(), how?: boolean | 'read-only'): Promise<TestClient> {
    this.host ??= await TestHost.start(app);
    const client = this.host.connect();
    const info = { pid: 1, user: 'tester', mode: 'terminal' as const, columns: 80, color: false };
    const answer = await client.ask({
      op: 'hello',
      protocol: PROTOCOL_VERSION,
      token: this.host.host.record.token,
      client: { ...info, ...(how === 'read-only' ? { readOnly: true } : how === undefined ? {} : { sandbox: how }) },
    });
    if (answer.op !== 'welcome') throw new Error(JSON.stringify(answer));
    client.welcome = answer;
    return client;
  }

  async closeHost(): Promise<void> {
    await this.host?.close();
    this.host = undefined;
  }

  async close(): Promise<void> {
    await this.closeHost();
    this.database.close();
    this.second.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** What an entry writes and prints. */
export async function ask(client: TestClient, code: string): Promise<string> {
  const before = client.output.length;
  const printed = await client.show(code);
  return stripAnsi(client.output.slice(before) + printed).trimEnd();
}

/** The prompt as it is now. */
export function promptOf(client: TestClient): string {
  const frames = client.frames.filter((frame) => frame.op === 'prompt');
  return promptText('shop', 'dev', frames.at(-1)?.marks ?? client.welcome.marks);
}

/** An entry that counts the users. */
export const ROWS = 'database.all("SELECT 1 FROM users").length';
