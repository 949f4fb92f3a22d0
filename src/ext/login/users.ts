import { FlaconError } from 'flacon';

/** What a login needs to know of a user. `UserMixin` has it all. */
export interface LoginUser {
  /** Whether the user is known. */
  readonly isAuthenticated: boolean;
  /** Whether the user may log in: not blocked, confirmed. */
  readonly isActive: boolean;
  readonly isAnonymous: boolean;
  /** What the session and the remember cookie keep, and the user loader gets. */
  getId(): string | null;
}

/**
 * Names the class of your users, for the type of `currentUser`:
 * `declare module 'flacon/login' { interface LoginTypes { user: User } }`.
 */
// oxlint-disable-next-line no-empty-object-type -- made to be augmented
export interface LoginTypes {}

/** The class of the users: the one that `LoginTypes` names, else any object that is a user. */
export type CurrentUser = LoginTypes extends { user: infer User }
  ? User & LoginUser
  : LoginUser & Readonly<Record<string, unknown>>;

/** Makes a class one of users: `class User extends UserMixin { id = 1; }`. Override what is different. */
export class UserMixin implements LoginUser {
  get isActive(): boolean {
    return true;
  }

  get isAuthenticated(): boolean {
    return this.isActive;
  }

  get isAnonymous(): boolean {
    return false;
  }

  /** The property `id` as text. Throws a FlaconError `NO_USER_ID` if there is none. */
  getId(): string {
    const { id } = this as { id?: unknown };
    if (id !== undefined && id !== null) return String(id);
    throw new FlaconError(`A ${this.constructor.name} has no id.`, {
      code: 'NO_USER_ID',
      fix: 'Give the class a property id, or override getId().',
    });
  }

  /** Whether it is the same user, maybe in another object. */
  equals(other: unknown): boolean {
    return other instanceof UserMixin && other.getId() === this.getId();
  }
}

/** A visitor who is not logged in. */
export class AnonymousUserMixin implements LoginUser {
  get isActive(): boolean {
    return false;
  }

  get isAuthenticated(): boolean {
    return false;
  }

  get isAnonymous(): boolean {
    return true;
  }

  getId(): null {
    return null;
  }
}

/** A property of a user that must be true or false: a method in its place would always be taken as true. */
export function userFlag(user: LoginUser, name: 'isActive' | 'isAuthenticated'): boolean {
  const value: unknown = user[name];
  if (typeof value === 'boolean') return value;
  throw new FlaconError(
    `A user's ${name} is ${typeof value === 'function' ? 'a method' : String(value)}, not true or false.`,
    {
      code: 'NOT_A_USER',
      fix: `class User extends UserMixin { … }, or give the object: get ${name}() { return true; }`,
    },
  );
}
