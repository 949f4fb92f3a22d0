import { createHash, pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { FlaconError } from '../util/errors.ts';
import { int } from './numbers.ts';

const DEFAULT_PBKDF2_ITERATIONS = 1_000_000;
const MAX_INT = 2 ** 31 - 1;

const scryptAsync = promisify<string, string, number, object, Buffer>(scrypt);
const pbkdf2Async = promisify(pbkdf2);

/** The hash of a password in hexadecimal digits, and the method with all of its parameters. */
export async function hashPassword(
  password: string,
  method: string,
  salt: string,
): Promise<[hash: string, method: string]> {
  const [name, ...parameters] = method.split(':');
  if (name === 'scrypt') return hashScrypt(password, salt, parameters);
  if (name === 'pbkdf2') return hashPbkdf2(password, salt, parameters);
  throw methodError(`Invalid hash method '${name}'.`);
}

async function hashScrypt(password: string, salt: string, parameters: string[]): Promise<[string, string]> {
  const [N, r, p] = scryptParameters(parameters);
  // 128 * N * r * p is what it needs; the limit keeps a hostile hash from taking all memory.
  const maxmem = 132 * N * r * p;
  if (N < 2 || !Number.isInteger(Math.log2(N))) throw methodError('n must be a power of 2.');
  if (r < 1 || p < 1 || maxmem > MAX_INT) throw methodError(`The parameters of 'scrypt' are out of range.`);
  const hash = await attempt(() => scryptAsync(password, salt, 64, { N, r, p, maxmem }));
  return [hash.toString('hex'), `scrypt:${N}:${r}:${p}`];
}

function scryptParameters(parameters: string[]): [N: number, r: number, p: number] {
  if (parameters.length === 0) return [2 ** 15, 8, 1];
  if (parameters.length !== 3) throw methodError("'scrypt' takes 3 arguments.");
  return parameters.map(integer) as [number, number, number];
}

async function hashPbkdf2(password: string, salt: string, parameters: string[]): Promise<[string, string]> {
  if (parameters.length > 2) throw methodError("'pbkdf2' takes 2 arguments.");
  const [digest = 'sha256', count] = parameters;
  const iterations = count === undefined ? DEFAULT_PBKDF2_ITERATIONS : integer(count);
  if (iterations < 1) throw methodError('iteration value must be greater than 0.');
  const hash = await attempt(() => {
    const name = nodeDigest(digest);
    return pbkdf2Async(password, salt, iterations, createHash(name).digest().length, name);
  });
  return [hash.toString('hex'), `pbkdf2:${digest}:${iterations}`];
}

/** Python writes `sha3_256` and `blake2b` where OpenSSL says `sha3-256` and `blake2b512`. */
function nodeDigest(name: string): string {
  if (name === 'blake2b') return 'blake2b512';
  if (name === 'blake2s') return 'blake2s256';
  return name.replaceAll('_', '-').toLowerCase();
}

function integer(text: string): number {
  try {
    return int(text);
  } catch (cause) {
    throw methodError(`'${text}' is not an integer.`, cause);
  }
}

async function attempt<T>(hash: () => Promise<T>): Promise<T> {
  try {
    return await hash();
  } catch (cause) {
    throw methodError(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function methodError(message: string, cause?: unknown): FlaconError {
  return new FlaconError(message, {
    code: 'HASH_METHOD',
    fix: "Use 'scrypt', 'scrypt:32768:8:1', 'pbkdf2' or 'pbkdf2:sha256:1000000'.",
    cause,
  });
}
