/** What stands in place of a secret. */
export const MASK = '«redacted»';

const SECRET_WORDS =
  'passw(?:or)?d|passphrase|secret|token|authorization|api[_-]?key|private[_-]?key|access[_-]?key|cookie|credential';
const SECRET_NAME = new RegExp(`(?:${SECRET_WORDS})`, 'i');

/** Whether a name says that its value is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !/^(?:SESSION_COOKIE_\w+|.*_(?:NAME|PATH|DOMAIN|LENGTH|MAX_AGE))$/.test(name);
}

const STRING = '"(?:\\\\[^]|[^"\\\\\\n])*"|\'(?:\\\\[^]|[^\'\\\\\\n])*\'|`(?:\\\\[^]|[^`\\\\])*`';
const NAME = `[\\w$-]*(?:${SECRET_WORDS})[\\w$-]*`;

// `const password: string = 'x'`, `{ token: 'x' }`, `'api-key': 'x'`, `headers['x-token'] = 'x'`
const ASSIGNED = new RegExp(
  `(["'\`]?${NAME}["'\`]?\\]?\\s*!?(?::\\s*[\\w<>|[\\]\\s]+=|:|\\|\\|=|\\?\\?=|=)\\s*(?:await\\s+)?)(${STRING})`,
  'gi',
);
// `.set('Authorization', 'x')`
const ARGUMENT = new RegExp(`(\\(\\s*["'\`]${NAME}["'\`]\\s*,\\s*)(${STRING})`, 'gi');
// `checkPassword('x')`
const CALLED = new RegExp(`(${NAME}\\s*\\(\\s*)(${STRING})`, 'gi');
// `--password x`
const OPTION = new RegExp(`(--?${NAME}[= ]\\s*)(?!["'\`])([^\\s"'\`]+)`, 'gi');
// `?token=x`, `cookie=x; …`
const QUERY = new RegExp(`([?&;\\s"'\`]${NAME}=)(?![\\s=>"'\`])([^&\\s"'\`;]+)`, 'gi');
// `-H "authorization: Bearer x"`
const HEADER =
  /(["'`][^"'`\n]*?(?:authorization|cookie|[\w-]*api-key|[\w-]*token)\s*:\s*)((?:bearer|basic|token)\s+)?([^"'`\s][^"'`\n]*)/gi;

// Secrets that are known by their looks.
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g,
  /\b(?:ghp|gho|ghu|ghs|ghr)_\w{20,}\b|\bgithub_pat_\w{20,}\b/g,
  /\b(?:sk|rk|pk)_(?:live|test)_\w{10,}\b|\bwhsec_\w{10,}\b/g,
  /\bsk-(?:ant-|proj-)?[\w-]{20,}\b/g,
  /\bxox[abposr]-[\w-]{10,}/g,
  /\bglpat-[\w-]{20,}/g,
  /\bnpm_\w{36}\b/g,
  /\bAIza[\w-]{35}\b/g,
  // A session's cookie: payload, time and signature.
  /(?<![\w.-])\.?[\w-]{8,}\.[\w-]{6}\.[\w-]{27}(?![\w-])/g,
];
// The id of a session on the server: `.session 4Dx…`, `.session set 4Dx… key value`
const SESSION_ID = /^(\s*\.session\s+(?:(?:set|unset|revoke)\s+)?)([\w-]{32,})/;
const URL_PASSWORD = /([a-z][a-z\d+.-]*:\/\/[^\s:/@"'`]*:)([^\s@/"'`]+)(@)/gi;

/**
 * Takes what looks like a secret out of what was typed, before it is written anywhere: values that are given to names
 * such as `password` or `token`, passwords in URLs, and keys known by their form.
 */
export function redact(code: string): string {
  let text = code;
  for (const shape of SHAPES) text = text.replace(shape, MASK);
  return text
    .replace(SESSION_ID, `$1${MASK}`)
    .replace(URL_PASSWORD, `$1${MASK}$3`)
    .replace(HEADER, (_, name: string, scheme: string | undefined) => `${name}${scheme ?? ''}${MASK}`)
    .replace(ASSIGNED, (_, name: string, value: string) => name + quoteLike(value))
    .replace(ARGUMENT, (_, name: string, value: string) => name + quoteLike(value))
    .replace(CALLED, (_, name: string, value: string) => name + quoteLike(value))
    .replace(QUERY, `$1${MASK}`)
    .replace(OPTION, `$1${MASK}`);
}

function quoteLike(literal: string): string {
  const quote = literal[0] ?? '"';
  return quote + MASK + quote;
}
