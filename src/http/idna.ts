import { domainToASCII, domainToUnicode } from 'node:url';
import { FlaconError } from '../util/errors.ts';
import { isAscii } from './charset.ts';

// Python's codec is IDNA 2003, which maps these four characters where node:url keeps them.
const IDNA_2003: Readonly<Record<string, string>> = { ß: 'ss', ς: 'σ', '\u200c': '', '\u200d': '' };

function encodeLabel(label: string): string {
  if (isAscii(label)) return label;
  const encoded = domainToASCII(label.replace(/[ßς\u200c\u200d]/gu, (char) => IDNA_2003[char] as string));
  if (encoded === '') {
    throw new FlaconError(`'${label}' cannot be part of a domain name.`, {
      code: 'INVALID_DOMAIN',
      fix: 'use letters, digits and dashes, at most 63 characters between dots',
    });
  }
  return encoded;
}

/**
 * A domain name in ASCII (`bücher.example` → `xn--bcher-kva.example`). Labels that are ASCII stay as they are.
 * Throws a FlaconError `INVALID_DOMAIN` for names that no domain can have.
 */
export function domainToAscii(domain: string): string {
  if (domain === '') return domain;
  const labels = domain.split(/[.\u3002\uff0e\uff61]/u);
  const ascii = labels.map(encodeLabel);
  const empty = ascii.indexOf('');
  if ((empty !== -1 && empty !== ascii.length - 1) || ascii.some((label) => label.length > 63)) {
    throw new FlaconError(`'${domain}' is not a domain name.`, {
      code: 'INVALID_DOMAIN',
      fix: 'no part between two dots may be empty or longer than 63 characters',
    });
  }
  return ascii.join('.');
}

/** A domain name for people (`xn--bcher-kva.example` → `bücher.example`). Labels that do not decode stay as they are. */
export function domainToText(domain: string): string {
  if (!isAscii(domain) || !domain.includes('xn--')) return domain;
  const decode = (label: string): string => (label.startsWith('xn--') ? domainToUnicode(label) || label : label);
  return domain.split('.').map(decode).join('.');
}
