import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Authorization, WWWAuthenticate } from '../../src/http/auth.ts';

describe('Authorization', () => {
  it('decodes basic credentials', () => {
    const header = `Basic ${Buffer.from('user:pä:ss').toString('base64')}`;
    const auth = Authorization.fromHeader(header);
    expect([auth?.type, auth?.username, auth?.password, auth?.token]).toEqual(['basic', 'user', 'pä:ss', undefined]);
    expect(auth?.toHeader()).toBe(header);
    expect(Authorization.fromHeader('BASIC YQ==')?.parameters).toEqual({ username: 'a', password: '' });
  });

  it.each(['Basic YTpi=YQ', 'Basic YQ', 'Basic Y', 'Basic /w==', 'Basic é'])('does not take %j', (header) => {
    expect(Authorization.fromHeader(header)).toBeUndefined();
  });

  it('has a token or parameters', () => {
    expect(Authorization.fromHeader('Bearer abc==')).toMatchObject({ type: 'bearer', token: 'abc==' });
    const digest = Authorization.fromHeader('Digest username="u", nonce="n", qop=auth, stale');
    expect(digest?.parameters).toEqual({ username: 'u', nonce: 'n', qop: 'auth', stale: null });
    expect(digest?.get('nonce')).toBe('n');
    expect(digest?.get('stale')).toBeUndefined();
    expect(digest?.has('stale')).toBe(true);
    expect(digest?.get('constructor')).toBeUndefined();
    expect(digest?.toHeader()).toBe('Digest username=u, nonce=n, qop=auth, stale');
    expect(Authorization.fromHeader('')).toBeUndefined();
  });

  it('compares by what it says', () => {
    expect(new Authorization('bearer', {}, 'x').equals(new Authorization('bearer', {}, 'x'))).toBe(true);
    expect(new Authorization('bearer', {}, 'x').equals(new Authorization('bearer', {}, 'y'))).toBe(false);
  });

  it('does not print its secrets', () => {
    expect(inspect(new Authorization('bearer', {}, 'secret'))).toBe('<Authorization bearer>');
  });
});

describe('WWWAuthenticate', () => {
  it('writes each scheme in its way', () => {
    expect(String(new WWWAuthenticate('Basic', { realm: 'a "b"' }))).toBe('Basic realm="a \\"b\\""');
    expect(String(new WWWAuthenticate('basic', { realm: 'x' }))).toBe('Basic realm=x');
    expect(String(new WWWAuthenticate('digest', { realm: 'x', nonce: 'n', algorithm: 'MD5' }))).toBe(
      'Digest realm="x", nonce="n", algorithm=MD5',
    );
    expect(String(new WWWAuthenticate('bearer'))).toBe('Bearer');
    expect(String(new WWWAuthenticate('negotiate', {}, 'abc=='))).toBe('Negotiate abc==');
  });

  it('parses what it wrote', () => {
    const header = 'Digest realm="r", qop="auth,auth-int", nonce="n"';
    const parsed = WWWAuthenticate.fromHeader(header);
    expect(parsed?.get('qop')).toBe('auth,auth-int');
    expect(parsed?.toHeader()).toBe(header);
    expect(parsed?.equals(new WWWAuthenticate('digest', { realm: 'r', qop: 'auth,auth-int', nonce: 'n' }))).toBe(true);
    expect(WWWAuthenticate.fromHeader(undefined)).toBeUndefined();
    expect(WWWAuthenticate.fromHeader('Bearer error="x y"')?.get('error')).toBe('x y');
  });

  it('tells when it was changed', () => {
    const challenge = new WWWAuthenticate('basic', { realm: 'x' });
    const seen: string[] = [];
    challenge.onUpdate = () => seen.push(challenge.toHeader());
    challenge.set('charset', 'UTF-8');
    challenge.set('realm', null);
    challenge.delete('none');
    challenge.parameters = {};
    challenge.type = 'bearer';
    challenge.token = 't';
    expect(seen).toEqual(['Basic realm=x, charset=UTF-8', 'Basic charset=UTF-8', 'Basic', 'Bearer', 'Bearer t']);
  });
});
