import { Namespace, type Flacon } from 'flacon';
import type { LoginUser } from './users.ts';

const signals = new Namespace();

/** What signals about one user carry. */
export interface UserPayload {
  user: LoginUser;
}

/** A user logged in: `{ user }`. Its sender, as of all these signals, is the app. */
export const userLoggedIn = signals.signal<UserPayload, Flacon>('logged-in');
/** A user logged out: `{ user }`, who may have been anonymous. */
export const userLoggedOut = signals.signal<UserPayload, Flacon>('logged-out');
/** A user came back by the remember cookie: `{ user }`. */
export const userLoadedFromCookie = signals.signal<UserPayload, Flacon>('loaded-from-cookie');
/** The request loader found a user: `{ user }`. */
export const userLoadedFromRequest = signals.signal<UserPayload, Flacon>('loaded-from-request');
/** A login was made fresh again. */
export const userLoginConfirmed = signals.signal<object, Flacon>('login-confirmed');
/** Somebody without a login was refused. */
export const userUnauthorized = signals.signal<object, Flacon>('unauthorized');
/** Somebody with a stale login was asked to log in again. */
export const userNeedsRefresh = signals.signal<object, Flacon>('needs-refresh');
/** The current user is about to be loaded. */
export const userAccessed = signals.signal<object, Flacon>('accessed');
/** A session from another address or browser lost its login or its freshness. */
export const sessionProtected = signals.signal<object, Flacon>('session-protected');
