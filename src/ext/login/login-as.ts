import { request } from 'flacon';
import { getCurrentObject } from 'flacon/local';
import type { FlaconClient } from 'flacon/testing';
import { sessionIdentifier } from './identifier.ts';
import type { LoginUser } from './users.ts';

/**
 * Logs a user in for the requests of a test client to come, without a login page (flask_login.FlaskLoginClient): for
 * tests and the shell. `fresh`: whether the login counts as fresh, default true.
 *
 * @example
 * const client = await loginAs(app.testClient(), user);
 */
export async function loginAs<C extends FlaconClient>(
  client: C,
  user: LoginUser,
  { fresh = true }: { fresh?: boolean } = {},
): Promise<C> {
  await client.sessionTransaction((session) => {
    session.update({
      _user_id: user.getId(),
      _fresh: fresh,
      _id: sessionIdentifier(getCurrentObject(request)),
    });
  });
  return client;
}
