import { currentApp, g, jsonify, request } from 'flacon';
import { getCurrentObject } from 'flacon/local';
import type { ResponseReturnValue } from 'flacon';
import {
  confirmLogin,
  currentUser,
  freshLoginRequired,
  LoginManager,
  loginFresh,
  loginRemembered,
  loginRequired,
  loginUser,
  logoutUser,
  AnonymousUserMixin,
  UserMixin,
  type LoginUser,
} from 'flacon/login';
import {
  makeValue,
  respond,
  type Answer,
  type BuildOptions,
  type BuiltApp,
  type Json,
  type JsonObject,
  type RecordedCase,
  type RecordedView,
  type Step,
} from '../support/http-recordings.ts';

interface UserDefinition {
  readonly active?: boolean;
  readonly pk?: string | number;
  readonly alternative_id?: string;
}

/** The `login` of an app's declaration. */
interface LoginDefinition {
  readonly users: Readonly<Record<string, UserDefinition>>;
  readonly user_loader?: false;
  readonly request_loader?: string;
  readonly missing?: readonly string[];
  readonly anonymous_name?: string;
  readonly localize?: boolean;
  readonly unauthorized_handler?: Json;
  readonly needs_refresh_handler?: Json;
}

class User extends UserMixin {
  readonly id: string | number;
  readonly #active: boolean;
  readonly #alternativeId: string | undefined;

  constructor(name: string, { active = true, pk = name, alternative_id: alternativeId }: UserDefinition) {
    super();
    this.id = pk;
    this.#active = active;
    this.#alternativeId = alternativeId;
  }

  override get isActive(): boolean {
    return this.#active;
  }

  override getId(): string {
    return this.#alternativeId ?? super.getId();
  }
}

/** The users of an app, by name. */
class Users {
  readonly #byName: ReadonlyMap<string, User>;
  readonly #missing: ReadonlySet<string>;

  constructor({ users, missing = [] }: LoginDefinition) {
    this.#byName = new Map(Object.entries(users).map(([name, definition]) => [name, new User(name, definition)]));
    this.#missing = new Set(missing);
  }

  named(name: string | undefined): User | undefined {
    return name === undefined ? undefined : this.#byName.get(name);
  }

  withId(id: string): User | undefined {
    return this.#missing.has(id) ? undefined : [...this.#byName.values()].find((user) => user.getId() === id);
  }
}

/** Settings whose name is the manager's in snake_case, and whose value is taken as it is. */
const settings = {
  login_view: 'loginView',
  login_message: 'loginMessage',
  login_message_category: 'loginMessageCategory',
  refresh_view: 'refreshView',
  needs_refresh_message: 'needsRefreshMessage',
  needs_refresh_message_category: 'needsRefreshMessageCategory',
  session_protection: 'sessionProtection',
  blueprint_login_views: 'blueprintLoginViews',
} as const;

const usersOf = new WeakMap<object, Users>();

/** Gives an app the login that its declaration has. */
function addLogin({ app, definition }: BuiltApp, isAsync: boolean): void {
  const login = definition['login'] as LoginDefinition | undefined;
  if (login === undefined) return;
  const users = new Users(login);
  usersOf.set(app, users);
  const manager = new LoginManager(app);
  for (const [name, setting] of Object.entries(settings))
    if (name in login) Object.assign(manager, { [setting]: login[name as keyof LoginDefinition] });
  const found = <T>(value: T): T | Promise<T> => (isAsync ? Promise.resolve(value) : value);
  if (login.user_loader !== false) manager.userLoader((id) => found(users.withId(id)));
  const { request_loader: header, anonymous_name: anonymousName } = login;
  if (header !== undefined) {
    manager.requestLoader(({ headers, args }) => found(users.named(headers.get(header) ?? args.get('api_user'))));
  }
  if (anonymousName !== undefined) {
    manager.anonymousUser = class extends AnonymousUserMixin {
      readonly name = anonymousName;
    };
  }
  if (login.localize === true) manager.localizeCallback = (message) => `<<${message}>>`;
  const { unauthorized_handler: unauthorized, needs_refresh_handler: needsRefresh } = login;
  if (unauthorized !== undefined) manager.unauthorizedHandler(() => makeValue(unauthorized) as ResponseReturnValue);
  if (needsRefresh !== undefined) manager.needsRefreshHandler(() => makeValue(needsRefresh) as ResponseReturnValue);
}

function namedUser(name: string | undefined): LoginUser {
  const user = usersOf.get(getCurrentObject(currentApp))?.named(name);
  if (user === undefined) throw new Error(`No such user: ${name}`);
  return user;
}

const steps: Readonly<Record<string, Step>> = {
  login_from_args: () => {
    const { args } = request;
    const isOn = (name: string, fallback: boolean): boolean => (args.has(name) ? args.get(name) === '1' : fallback);
    g['result'] = loginUser(namedUser(args.get('u')), {
      remember: isOn('remember', false),
      fresh: isOn('fresh', true),
      force: isOn('force', false),
    });
  },
  login_user: (argument) => {
    const { id, remember, duration } = argument as JsonObject;
    g['result'] = loginUser(namedUser(String(id)), {
      remember: Boolean(remember),
      ...(duration !== undefined && { duration: { seconds: Number(duration) } }),
    });
  },
  logout_user: () => void (g['result'] = logoutUser()),
  confirm_login: () => confirmLogin(),
  result: () => respond(jsonify({ result: g['result'] })),
  whoami: () => {
    const { id = null, name = null } = currentUser as { id?: Json; name?: Json };
    return respond(
      jsonify({
        active: currentUser.isActive,
        anonymous: currentUser.isAnonymous,
        auth: currentUser.isAuthenticated,
        fresh: loginFresh(),
        id,
        name,
        remembered: loginRemembered(),
      }),
    );
  },
  unauthorized: async () => respond(await currentApp.loginManager.unauthorized()),
};

const decorators: Readonly<Record<string, (view: RecordedView) => RecordedView>> = {
  required: (view) => loginRequired(view) as RecordedView,
  fresh: (view) => freshLoginRequired(view) as RecordedView,
};

/** What the recordings of logins add to those of HTTP; `isAsync`: users are found by loaders that return promises. */
export function loginOptions(isAsync: boolean): BuildOptions {
  return {
    extraSteps: steps,
    beforeSetup: (built) => addLogin(built, isAsync),
    decorateView: (view, { login }) => (typeof login === 'string' ? (decorators[login]?.(view) ?? view) : view),
  };
}

/** Puts the recordings' `<now+Ns>` in place of the moments that it stands for. */
export function withRecordedMoments(expected: readonly Answer[], answers: readonly Answer[]): Answer[] {
  return answers.map((answer, index) => ({
    ...answer,
    ...(answer.headers && { headers: answer.headers.map((header) => withMoment(header, expected[index])) }),
  }));
}

function withMoment([name, value]: readonly [string, string], expected: Answer | undefined): readonly [string, string] {
  const cookie = value.slice(0, value.indexOf('='));
  const recorded = expected?.headers?.find(([header, text]) => header === name && text.startsWith(`${cookie}=`))?.[1];
  const seconds = /Expires=<now\+(\d+)s>/.exec(recorded ?? '')?.[1];
  if (name !== 'set-cookie' || seconds === undefined) return [name, value];
  return [
    name,
    value.replace(/(?<=; Expires=)[^;]*/, (date) => {
      const isRight = Math.abs(Date.parse(date) - Date.now() - Number(seconds) * 1000) < 30_000;
      return isRight ? `<now+${seconds}s>` : date;
    }),
  ];
}

/** A case of a browser, which keeps cookies unless told otherwise. */
export function withJar(recorded: RecordedCase): RecordedCase {
  return { jar: true, ...recorded };
}
