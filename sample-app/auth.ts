import { abort, flash, g, redirect, request, session, urlFor, type Response } from 'flacon';
import { users, type User } from './models.ts';

declare module 'flacon' {
  interface SessionData {
    userId?: number;
  }
  interface GlobalsData {
    user?: User | null;
  }
}

/** Who is logged in, read from the database once a request. */
export function currentUser(): User | null {
  if (g.user === undefined) {
    const { userId } = session;
    g.user = userId === undefined ? null : (users.byId(userId) ?? null);
  }
  return g.user;
}

/** The user of a view that only users reach. */
export function requireUser(): User {
  return currentUser() ?? abort(401);
}

/** A `beforeRequest` hook: who is not logged in is sent to the login page, and back from there. */
export function loginRequired(): Response | undefined {
  if (currentUser() !== null) return undefined;
  flash('Please log in to see this page.', 'error');
  // `fullPath` ends in a question mark where there is no query.
  return redirect(urlFor('users.login', { next: request.fullPath.replace(/\?$/, '') }));
}

/** Where to go after a login: only ever a path of this site. `//evil.com` and `\evil.com` are no paths. */
export function safeTarget(next: string | undefined, fallback: string): string {
  return next !== undefined && /^\/(?![/\\])[^\\]*$/.test(next) ? next : fallback;
}
