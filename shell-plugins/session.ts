import { milliseconds, type Flacon, type SecureCookieSessionInterface } from 'flacon';
import type { ServerSideSessionInterface, Session } from 'flacon/session';
import { BadSignature } from 'flacon/signer';
import { definePlugin, type Shell } from 'flacon/shell';

type Data = Record<string, unknown>;
type SigningSerializer = NonNullable<ReturnType<SecureCookieSessionInterface['getSigningSerializer']>>;

/** A session that was found. */
interface FoundSession {
  /** What is to be known of it besides its data. */
  remark: string;
  data: Data;
  /** Why it must not be changed. */
  refusal?: string;
  /** Keeps the data given instead; gives the new cookie if there is one. */
  save(data: Data): Promise<string | undefined>;
}

const USAGE = '.session COOKIE|ID';

/** `.session`: shows, changes and ends sessions, whether they are in cookies or on the server. */
export default definePlugin({
  name: 'session',
  commands: [
    {
      name: 'session',
      usage: USAGE,
      description: 'Show, change or end a session, found by its cookie or its id.',
      help: [
        '.session COOKIE|ID                show it; of a signed cookie also whether the signature is good, and its age',
        '.session set COOKIE|ID KEY VALUE  change a key; VALUE is JSON, or else text. A signed cookie: prints the new one',
        '.session unset COOKIE|ID KEY      take a key away',
        '.session revoke COOKIE|ID         end a session that is kept on the server',
        '.session revoke --user ID         end all those of a user',
        '.session user ID                  list those of a user',
      ].join('\n'),
      group: 'application',
      complete: (_shell, args) => (/^\S*$/.test(args) ? Object.keys(ACTIONS) : []),
      run: runSession,
    },
  ],
});

const ACTIONS: Record<string, (shell: Shell, args: string) => Promise<void>> = {
  set: setKey,
  unset: unsetKey,
  revoke,
  user: showUser,
};

async function runSession(shell: Shell, args: string): Promise<void> {
  const [word, rest] = firstWord(args);
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action) return action(shell, rest);
  if (word === '') throw new Error(`which session? ${USAGE}`);
  if (rest !== '') throw new Error(`'${rest}' is too much: ${USAGE}`);
  const { remark, data } = await find(shell.app, word);
  shell.print(remark);
  shell.print(data);
}

/** The first word, and what follows it. */
function firstWord(text: string): [word: string, rest: string] {
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([^]*?)\s*$/.exec(text) ?? [];
  return [word, rest];
}

async function setKey(shell: Shell, args: string): Promise<void> {
  const [word, rest] = firstWord(args);
  const [key, value] = firstWord(rest);
  if (value === '') throw new Error('.session set COOKIE|ID KEY VALUE');
  await change(shell, word, (data) => ({ ...data, [key]: jsonOrText(value) }));
}

async function unsetKey(shell: Shell, args: string): Promise<void> {
  const [word, key] = firstWord(args);
  if (key === '') throw new Error('.session unset COOKIE|ID KEY');
  await change(shell, word, ({ [key]: gone, ...data }) => {
    if (gone === undefined) throw new Error(`The session has no '${key}'.`);
    return data;
  });
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    // What is no JSON was meant as it is.
    return value;
  }
}

async function change({ app, print }: Shell, word: string, edit: (data: Data) => Data): Promise<void> {
  const { data, refusal, save } = await find(app, word);
  if (refusal !== undefined) throw new Error(refusal);
  const changed = edit(data);
  const cookie = await save(changed);
  print(changed);
  if (cookie !== undefined) print(`${cookieName(app)}=${cookie}`);
}

async function revoke({ app, print }: Shell, args: string): Promise<void> {
  const sessions = requireStored(app);
  const [word, user] = firstWord(args);
  if (word === '') throw new Error('.session revoke COOKIE|ID, or .session revoke --user ID');
  if (word === '--user') {
    if (user === '') throw new Error('.session revoke --user ID');
    const count = await sessions.revokeUser(user);
    return print(`Ended ${count} session${count === 1 ? '' : 's'}.`);
  }
  if (!(await sessions.revoke(bareCookie(app, word)))) throw noSession(word);
  print('Ended 1 session.');
}

async function showUser(shell: Shell, user: string): Promise<void> {
  const sessions = requireStored(shell.app);
  if (user === '') throw new Error('.session user ID');
  const ids = await sessions.idsOf(user);
  if (ids.length === 0) return shell.print(`User ${user} has no session.`);
  const all = await Promise.all(ids.map((id) => sessions.read(id)));
  shell.table(
    ['ID', 'KEYS'],
    ids.map((id, index) => [id, Object.keys(all[index] ?? {}).join(', ')]),
  );
}

async function find(app: Flacon, text: string): Promise<FoundSession> {
  const cookie = bareCookie(app, text);
  const sessions = storedSessions(app);
  return sessions ? findStored(app, sessions, cookie) : findSigned(app, cookie);
}

function cookieName(app: Flacon): string {
  return app.sessionInterface.getCookieName(app);
}

/** The value alone, of what may be copied from a header as `session=…;`. */
function bareCookie(app: Flacon, text: string): string {
  const name = `${cookieName(app)}=`;
  return (text.startsWith(name) ? text.slice(name.length) : text).replace(/;$/, '');
}

function storedSessions(app: Flacon): Session | undefined {
  const sessions = app.extensions['session'] as Partial<Session> | undefined;
  return typeof sessions?.read === 'function' ? (sessions as Session) : undefined;
}

function requireStored(app: Flacon): Session {
  const sessions = storedSessions(app);
  if (sessions !== undefined) return sessions;
  throw new Error('The sessions of this app are in cookies: only those on the server can be listed or ended.');
}

async function findStored(app: Flacon, sessions: Session, word: string): Promise<FoundSession> {
  const data = await sessions.read(word);
  if (data === undefined) throw noSession(word);
  const isSigned = app.config.SESSION_USE_SIGNER === true;
  const id = (app.sessionInterface as ServerSideSessionInterface).idOf(app, word);
  const signature = isSigned && id !== undefined ? 'signature good, ' : '';
  return {
    remark: `${signature}kept on the server as ${id ?? word}`,
    data,
    async save(changed) {
      if (!(await sessions.write(word, changed))) throw noSession(word);
      return undefined;
    },
  };
}

function noSession(word: string): Error {
  return new Error(`There is no session '${word}': it has ended, or the cookie is not of this app.`);
}

function findSigned(app: Flacon, cookie: string): FoundSession {
  const { getSigningSerializer } = app.sessionInterface as Partial<SecureCookieSessionInterface>;
  if (getSigningSerializer === undefined)
    throw new Error(`${app.sessionInterface.constructor.name} keeps the sessions in a way of its own.`);
  const serializer = getSigningSerializer.call(app.sessionInterface as SecureCookieSessionInterface, app);
  if (serializer === undefined) throw new Error('No cookie can be checked: SECRET_KEY is not set.');
  return {
    ...readSigned(app, serializer, cookie),
    save: (data) => Promise.resolve(serializer.dumps(data)),
  };
}

function readSigned(app: Flacon, serializer: SigningSerializer, cookie: string): Omit<FoundSession, 'save'> {
  try {
    const [data, date] = serializer.loadsWithDate(cookie);
    const isOld = Date.now() - date.getTime() > milliseconds(app.config.PERMANENT_SESSION_LIFETIME);
    const end = isOld ? ': longer than PERMANENT_SESSION_LIFETIME, the app does not take it' : '';
    return { remark: `signature good, signed ${since(date)}${end}`, data: data as Data };
  } catch (error) {
    if (!(error instanceof BadSignature)) throw error;
    const { payload, dateSigned } = error as BadSignature & { dateSigned?: Date };
    const data = payload === undefined ? undefined : readPayload(serializer, payload);
    if (data === undefined) throw new Error(`This is no session cookie: ${error.message}.`, { cause: error });
    const claim = dateSigned === undefined ? '' : `, claims to be signed ${since(dateSigned)}`;
    return {
      remark: `signature BAD${claim}: the app does not take it, and nothing in it is to be trusted`,
      data,
      refusal: 'The signature of this cookie is bad: to sign what it says would make a forgery good.',
    };
  }
}

function readPayload(serializer: SigningSerializer, payload: string | Uint8Array): Data | undefined {
  try {
    const data = serializer.loadPayload(payload);
    return typeof data === 'object' && data !== null ? (data as Data) : undefined;
  } catch {
    // Anything can be before the signature's dot.
    return undefined;
  }
}

const UNITS: readonly (readonly [name: string, milliseconds: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** When it was, and how long ago in the largest unit that fits. */
function since(date: Date): string {
  const age = Date.now() - date.getTime();
  const [name, size] = UNITS.find((unit) => Math.abs(age) >= unit[1]) ?? ['second', 1000];
  const count = Math.floor(Math.abs(age) / size);
  const text = `${count} ${name}${count === 1 ? '' : 's'}`;
  return `${date.toISOString().replace('.000Z', 'Z')}, ${age < -1000 ? `${text} from now` : `${text} ago`}`;
}
