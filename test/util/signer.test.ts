import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  BadData,
  BadHeader,
  BadPayload,
  BadSignature,
  BadTimeSignature,
  base64Decode,
  base64Encode,
  HMACAlgorithm,
  NoneAlgorithm,
  Serializer,
  SignatureExpired,
  Signer,
  TimedSerializer,
  TimestampSigner,
  URLSafeSerializer,
  URLSafeTimedSerializer,
} from '../../src/util/signer.ts';

const NOW = 1_700_000_000_000;
const at = (seconds: number) => (): number => NOW + seconds * 1000;

function caught(run: () => unknown): BadTimeSignature {
  try {
    run();
  } catch (error) {
    return error as BadTimeSignature;
  }
  throw new Error('nothing was thrown');
}

describe('Signer', () => {
  it('signs texts and bytes alike', () => {
    const signer = new Signer('secret-key');
    expect(signer.sign('my string')).toBe('my string.wh6tMHxLgJqB6oY1uT73iMlyrOA');
    expect(signer.sign(Buffer.from('my string'))).toEqual(Buffer.from('my string.wh6tMHxLgJqB6oY1uT73iMlyrOA'));
    expect(signer.unsign('my string.wh6tMHxLgJqB6oY1uT73iMlyrOA')).toBe('my string');
    expect(signer.unsign(Buffer.from('my string.wh6tMHxLgJqB6oY1uT73iMlyrOA'))).toEqual(Buffer.from('my string'));
    const bytes = new Uint8Array([0, 255, 46, 128]);
    expect(new Uint8Array(signer.unsign(signer.sign(bytes)))).toEqual(bytes);
  });

  it('notices every change', () => {
    const signer = new Signer('key');
    const signed = signer.sign('value');
    for (let index = 0; index < signed.length - 1; index++) {
      const other = signed[index] === 'A' ? 'B' : 'A';
      expect(signer.validate(signed.slice(0, index) + other + signed.slice(index + 1))).toBe(false);
    }
    const error = caught(() => signer.unsign(`${signed}x`));
    expect([error.constructor, error.payload]).toEqual([BadSignature, 'value']);
    expect(() => signer.unsign('value')).toThrow("No '.' found in value");
    expect(new Signer('key', { salt: 'other' }).validate(signed)).toBe(false);
    expect(new Signer('other').validate(signed)).toBe(false);
  });

  it('verifies with every key and signs with the last', () => {
    const [old, both] = [new Signer('old'), new Signer(['old', 'new'])];
    expect(both.unsign(old.sign('value'))).toBe('value');
    expect(both.sign('value')).toBe(new Signer('new').sign('value'));
    expect(both.secretKey).toEqual(Buffer.from('new'));
    expect(() => new Signer([])).toThrow(expect.objectContaining({ code: 'SIGNER_NO_KEY' }));
  });

  it('refuses options that cannot work', () => {
    for (const sep of ['a', '-', '', 'ab']) {
      expect(() => new Signer('key', { sep })).toThrow(expect.objectContaining({ code: 'SIGNER_SEPARATOR' }));
    }
    expect(() => new Signer('key', { keyDerivation: 'x' as 'hmac' })).toThrow(
      expect.objectContaining({ code: 'SIGNER_KEY_DERIVATION' }),
    );
    expect(new Signer('key', { sep: '::' }).unsign(new Signer('key', { sep: '::' }).sign('a:b'))).toBe('a:b');
  });

  it('takes other algorithms', () => {
    expect(new Signer('key', { algorithm: new NoneAlgorithm() }).sign('value')).toBe('value.');
    const signer = new Signer('key', { algorithm: new HMACAlgorithm('sha512') });
    expect(signer.getSignature('value')).toHaveLength(86);
    expect(signer.validate(signer.sign('value'))).toBe(true);
  });
});

describe('TimestampSigner', () => {
  const signed = new TimestampSigner('key', { now: at(0) }).sign('value');

  it('knows the age of a signature', () => {
    const later = new TimestampSigner('key', { now: at(10.9) });
    expect(later.unsign(signed, { maxAge: 10 })).toBe('value');
    expect(later.unsignWithDate(signed)).toEqual(['value', new Date(NOW)]);
    const error = caught(() => later.unsign(signed, { maxAge: 9 }));
    expect([error.constructor, error.message]).toEqual([SignatureExpired, 'Signature age 10 > 9 seconds']);
    expect([error.payload, error.dateSigned]).toEqual(['value', new Date(NOW)]);
    expect(later.validate(signed, { maxAge: 9 })).toBe(false);
  });

  it('does not take signatures from the future', () => {
    const earlier = new TimestampSigner('key', { now: at(-1) });
    expect(caught(() => earlier.unsign(signed, { maxAge: 100 })).message).toBe('Signature age -1 < 0 seconds');
    expect(earlier.unsign(signed)).toBe('value');
  });

  it('says what is wrong with the time', () => {
    const signer = new TimestampSigner('key');
    const plain = new Signer('key');
    expect(caught(() => signer.unsign(plain.sign('value'))).message).toBe('timestamp missing');
    expect(caught(() => signer.unsign(plain.sign('value.A'))).message).toBe('Malformed timestamp');
    const beyondDates = plain.sign('value.__________8');
    expect(signer.unsign(beyondDates)).toBe('value');
    expect(caught(() => signer.unsignWithDate(beyondDates)).message).toBe('Malformed timestamp');
    const forged = caught(() => signer.unsign(`${signed}x`));
    expect([forged.constructor, forged.payload, forged.dateSigned]).toEqual([BadTimeSignature, 'value', new Date(NOW)]);
  });
});

describe('serializers', () => {
  it.each([Serializer, TimedSerializer, URLSafeSerializer, URLSafeTimedSerializer])(
    '$name gives back the value',
    (Class) => {
      const serializer = new Class('key');
      const value = { text: 'é "quoted"', list: [1, 2.5, null, true], nested: { a: {} } };
      const signed = serializer.dumps(value);
      expect(serializer.loads(signed)).toEqual(value);
      expect(serializer.loads(Buffer.from(signed))).toEqual(value);
      expect(serializer.loadsUnsafe(`${signed}x`)).toEqual([false, value]);
      expect(serializer.loadsUnsafe('nonsense')).toEqual([false, undefined]);
      expect(() => serializer.loads(serializer.dumps(value, { salt: 'other' }))).toThrow(BadSignature);
      expect(serializer.loads(serializer.dumps(value, { salt: 'other' }), { salt: 'other' })).toEqual(value);
    },
  );

  it('packs what gets shorter', () => {
    const serializer = new URLSafeSerializer('key');
    const signed = serializer.dumps('x'.repeat(500));
    expect(signed).toMatch(/^\.[\w-]+\.[\w-]+$/);
    expect(signed.length).toBeLessThan(100);
    expect(serializer.loads(signed)).toBe('x'.repeat(500));
  });

  it('does not unpack bombs', () => {
    const serializer = new URLSafeSerializer('key');
    const bomb = `.${base64Encode(deflateSync(Buffer.alloc(64 * 1024 * 1024)))}`;
    expect(() => serializer.loads(serializer.makeSigner().sign(bomb))).toThrow(BadPayload);
    expect(serializer.loadsUnsafe(`${bomb}.x`)).toEqual([false, undefined]);
  });

  it('tells a bad payload from a bad signature', () => {
    const serializer = new URLSafeTimedSerializer('key');
    for (const payload of ['not base64!', base64Encode('no json'), '.AAAA', base64Encode(new Uint8Array([0xff]))]) {
      const error = caught(() => serializer.loads(serializer.makeSigner().sign(payload)));
      expect(error).toBeInstanceOf(BadPayload);
      expect(error.cause).toBeInstanceOf(Error);
    }
  });

  it('tries fallback signers, but not for what has expired', () => {
    const old = new TimedSerializer('key', { signerOptions: { digestMethod: 'sha512', now: at(0) } });
    const options = { signerOptions: { now: at(60) }, fallbackSigners: [{ digestMethod: 'sha512', now: at(60) }] };
    const serializer = new TimedSerializer(['other', 'key'], options);
    expect(serializer.loads(old.dumps(1))).toBe(1);
    expect(() => serializer.loads(old.dumps(1), { maxAge: 59 })).toThrow(SignatureExpired);
    expect(serializer.loadsWithDate(old.dumps(1), { maxAge: 60 })).toEqual([1, new Date(NOW)]);
    class OtherSigner extends Signer {}
    const byClass = new Serializer('key', {
      fallbackSigners: [OtherSigner, [OtherSigner, { keyDerivation: 'hmac' }]],
    });
    const hmac = new Serializer('key', { signerOptions: { keyDerivation: 'hmac' } });
    expect(byClass.loads(hmac.dumps('x'))).toBe('x');
  });

  it('takes other formats of the payload', () => {
    const serializer = { dumps: (value: unknown) => `<${String(value)}>`, loads: (text: string) => text.slice(1, -1) };
    const upside = new Serializer('key', { serializer });
    expect(upside.dumps('a')).toMatch(/^<a>\./);
    expect(upside.loads(upside.dumps('a'))).toBe('a');
  });
});

describe('errors', () => {
  it('are a family', () => {
    const expired = new SignatureExpired('late', 'x', new Date(0));
    expect(expired).toBeInstanceOf(BadTimeSignature);
    expect(expired).toBeInstanceOf(BadSignature);
    expect(expired).toBeInstanceOf(BadData);
    expect(expired.name).toBe('SignatureExpired');
    expect(new BadHeader('bad', 'x', { alg: 1 })).toMatchObject({ header: { alg: 1 }, payload: 'x' });
    expect(new BadPayload('bad')).not.toBeInstanceOf(BadSignature);
  });
});

describe('base64', () => {
  it('is URL-safe and lenient', () => {
    expect(base64Encode(new Uint8Array([251, 255]))).toBe('-_8');
    for (const text of ['-_8', '+/8', '-_8=', '-_8é']) expect(base64Decode(text)).toEqual(Buffer.from([251, 255]));
    for (const text of ['A', 'YQ\n', 'Y Q', 'AAAAA']) expect(() => base64Decode(text)).toThrow(BadData);
  });
});
