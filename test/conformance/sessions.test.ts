import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TaggedJSONSerializer } from '../../src/json-tag.ts';
import { SecureCookieSessionInterface, type SessionApp } from '../../src/sessions.ts';
import { base64Decode, base64Encode, bytesToInt, intToBytes } from '../../src/util/signer-encoding.ts';
import * as signers from '../../src/util/signer.ts';
import { canonical, decode } from './oracle-values.ts';

interface Case extends Record<string, unknown> {
  id: string;
  op: string;
  tags?: string[];
  expect: Record<string, unknown>;
}

type Answer = Record<string, unknown>;

const { cases } = JSON.parse(readFileSync(new URL('sessions.json', import.meta.url), 'utf8')) as { cases: Case[] };

// Cases that answer differently, and why. None so far: a `zlib` tag only changes how a case is compared.
const differences: Record<string, string> = {};

const errorClasses: Record<string, Function> = Object.fromEntries(
  Object.entries(signers).filter(([name]) => name.startsWith('Bad') || name === 'SignatureExpired'),
);

describe('sessions', () => {
  const ops = [...new Set(cases.map(({ op }) => op))];
  it.each(ops)('%s answers as Flask and itsdangerous do', (op) => {
    const failed: string[] = [];
    const agreed: string[] = [];
    for (const item of cases.filter((candidate) => candidate.op === op)) {
      const problem = compare(item, answer(item));
      if (problem === undefined && item.id in differences) agreed.push(item.id);
      if (problem !== undefined && !(item.id in differences)) failed.push(`${item.id}: ${problem}`);
    }
    expect(failed).toEqual([]);
    expect(agreed, 'listed as different, but equal').toEqual([]);
  });
});

function answer(item: Case): Answer {
  try {
    return { kind: 'ok', ...run(item) };
  } catch (error) {
    const { payload, dateSigned } = error as { payload?: unknown; dateSigned?: Date };
    return { kind: 'error', error, payload, date_signed: dateSigned };
  }
}

function compare(item: Case, actual: Answer): string | undefined {
  const expected = item.expect;
  if (expected.kind !== actual.kind) return `${String(expected.kind)} expected, got ${describeAnswer(actual)}`;
  for (const [name, value] of Object.entries(expected)) {
    if (name === 'kind' || name === 'message') continue;
    if (name === 'class') {
      const Class = errorClasses[value as string];
      if (Class && (actual.error as Error).constructor !== Class)
        return `${String(value)} expected, got ${describeAnswer(actual)}`;
    } else if (name === 'date_signed' || name === 'timestamp') {
      const date = actual[name] as Date | null | undefined;
      if ((date?.toISOString().replace('.000Z', '+00:00') ?? null) !== value)
        return `${name}: ${describeAnswer(actual)}`;
    } else if (item.tags?.includes('zlib') && (name === 'cookie' || name === 'signed')) {
      if (unpacked(value as string) !== unpacked(actual[name] as string)) return `${name}: ${describeAnswer(actual)}`;
    } else if (canonical(decode(value)) !== canonical(actual[name])) {
      return `${name}: ${canonical(decode(value))} expected, got ${describeAnswer(actual)}`;
    }
  }
  return undefined;
}

function describeAnswer(actual: Answer): string {
  return actual.kind === 'error' ? String(actual.error) : canonical(actual);
}

function unpacked(signed: string): string {
  if (!signed.startsWith('.')) return Buffer.from(signed.split('.')[0] ?? '', 'base64url').toString();
  return inflateSync(Buffer.from(signed.split('.')[1] ?? '', 'base64url')).toString();
}

function run(item: Case): Answer {
  const { op } = item;
  switch (op) {
    case 'tag':
    case 'untag':
      return runTag(item);
    case 'flask_dump':
    case 'flask_load':
      return runFlask(item);
    case 'b64':
      return { encoded: base64Encode(decode(item.value) as Uint8Array) };
    case 'unb64':
      return { value: base64Decode(decode(item.value) as string) };
    case 'int_bytes': {
      const bytes = intToBytes(decode(item.value) as number);
      return { hex: bytes.toString('hex'), back: bytesToInt(bytes) };
    }
    case 'dumps':
    case 'loads':
    case 'loads_unsafe':
      return runSerializer(item);
    default:
      return runSigner(item);
  }
}

function runTag(item: Case): Answer {
  const serializer = new TaggedJSONSerializer();
  if (item.op === 'untag') return { payload: serializer.loads(item.text as string) };
  const text = serializer.dumps(decode(item.payload));
  return { text, back: serializer.loads(text) };
}

function runFlask(item: Case): Answer {
  const sessions = new SecureCookieSessionInterface();
  sessions.now = () => milliseconds(item);
  const config = { SECRET_KEY: decode(item.secret), SECRET_KEY_FALLBACKS: decode(item.fallbacks) ?? null };
  const signer = sessions.getSigningSerializer({ config } as SessionApp);
  if (!signer) throw new Error('no signer');
  if (item.op === 'flask_dump') return { cookie: signer.dumps(decode(item.payload)) };
  const maxAge = (item.lifetime as number | undefined) ?? 31 * 24 * 3600;
  return { payload: signer.loads(item.cookie as string, { maxAge }) };
}

function milliseconds(item: Case): number {
  return ((item.now as number | undefined) ?? 1_700_000_000) * 1000;
}

function signerOptions(item: Case): signers.TimestampSignerOptions {
  return {
    now: () => milliseconds(item),
    ...('sep' in item && { sep: item.sep as string }),
    ...('key_derivation' in item && { keyDerivation: item.key_derivation as signers.KeyDerivation }),
    ...('digest' in item && { digestMethod: item.digest as string }),
    ...(item.algorithm === 'none' && { algorithm: new signers.NoneAlgorithm() }),
  };
}

function salted(item: Case): { salt?: string } {
  return 'salt' in item ? { salt: decode(item.salt) as string } : {};
}

function runSigner(item: Case): Answer {
  const Class = item.class === 'TimestampSigner' ? signers.TimestampSigner : signers.Signer;
  const signer = new Class(decode(item.secret) as string, { ...signerOptions(item), ...salted(item) });
  const value = decode(item.value ?? item.signed) as string;
  const options = { maxAge: item.max_age as number };
  switch (item.op) {
    case 'sign':
      return { signed: signer.sign(value) };
    case 'derive_key':
      return { hex: signer.deriveKey().toString('hex') };
    case 'get_signature':
      return { signature: signer.getSignature(value) };
    case 'validate':
      return { valid: (signer as signers.TimestampSigner).validate(value, options) };
    case 'unsign': {
      if (item.return_timestamp !== true) return { value: (signer as signers.TimestampSigner).unsign(value, options) };
      const [unsigned, date] = (signer as signers.TimestampSigner).unsignWithDate(value, options);
      return { value: unsigned, timestamp: date };
    }
    default:
      throw new Error(`no such op: ${item.op}`);
  }
}

function runSerializer(item: Case): Answer {
  const classes = {
    Serializer: signers.Serializer,
    TimedSerializer: signers.TimedSerializer,
    URLSafeSerializer: signers.URLSafeSerializer,
    URLSafeTimedSerializer: signers.URLSafeTimedSerializer,
  };
  const fallbacks = (item.fallback_signers as Case[] | undefined) ?? [];
  const serializer = new classes[item.class as keyof typeof classes](decode(item.secret) as string, {
    signerOptions: signerOptions(item),
    fallbackSigners: fallbacks.map((fallback) => ({ ...signerOptions({ ...item, ...fallback }) })),
    ...salted(item),
  });
  const timed = serializer as signers.TimedSerializer;
  const options = {
    ...('call_salt' in item && { salt: decode(item.call_salt) as string }),
    ...('max_age' in item && { maxAge: item.max_age as number }),
  };
  if (item.op === 'dumps') return { signed: serializer.dumps(decode(item.value), options) };
  const signed = decode(item.signed) as string;
  if (item.op === 'loads_unsafe') {
    const [valid, value] = timed.loadsUnsafe(signed, options);
    return { valid, value };
  }
  if (item.return_timestamp !== true) return { value: timed.loads(signed, options) };
  const [value, timestamp] = timed.loadsWithDate(signed, options);
  return { value, timestamp };
}
