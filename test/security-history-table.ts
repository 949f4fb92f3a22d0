/** A hole that was in Flask or Werkzeug, or that their design avoids, and the test that would notice it here. */
export interface HistoryEntry {
  /** Advisory, the version whose change log tells of it, or what it is about: one of the rows. */
  id: string;
  /** File below `test/`. */
  file: string;
  /** Name of the test in that file. */
  test: string;
}

/** All holes of Flask, in the order of their repair. */
export const FLASK_ROWS = [
  '0.6.1',
  'CVE-2018-1000656, CVE-2019-1010083',
  'CVE-2023-30861',
  'CVE-2025-47278',
  'CVE-2026-27205',
  'forged session cookies',
  'redirects to what a visitor says',
];

/** All holes of Werkzeug. */
export const WERKZEUG_ROWS = [
  '0.3.1',
  '0.8',
  '0.8.3',
  'CVE-2020-28724',
  'CVE-2016-10516',
  '#1031',
  '0.11.10',
  'CVE-2019-14806',
  'CVE-2019-14322',
  'CVE-2022-29361',
  'CVE-2023-23934',
  'CVE-2023-25577',
  'CVE-2023-46136',
  'CVE-2024-34069',
  'CVE-2024-49766',
  'CVE-2024-49767',
  'CVE-2025-66221',
  'CVE-2026-21860',
  'CVE-2026-27199',
  '3.1.4',
  '3.1.5',
  '#89',
  '2.3.0: log injection',
  '2.3.0: underscores',
  '3.1.7, 3.1.8',
  '0.15: ProxyFix',
  'ranges',
  'hashes',
];

const APP = 'security-history.test.ts';
const HTTP = 'http/security-history.test.ts';
const DEBUG = 'debug/security-history.test.ts';

function entry(id: string, file: string, test: string): HistoryEntry {
  return { id, file, test };
}

export const FLASK: readonly HistoryEntry[] = [
  entry('0.6.1', APP, 'Flask 0.6.1: /static/%s is no file of the folder'),
  entry(
    'CVE-2018-1000656, CVE-2019-1010083',
    'http/request-body.test.ts',
    'CVE-2018-1000656, CVE-2019-1010083: is never decoded by a charset of the client',
  ),
  entry('CVE-2023-30861', APP, 'CVE-2023-30861: a session that is only prolonged is not for shared caches'),
  entry('CVE-2025-47278', APP, 'CVE-2025-47278: a cookie is signed with the key, and not with a fallback'),
  entry('CVE-2026-27205', APP, 'CVE-2026-27205: an answer that depends on the session by %s is not for shared caches'),
  entry('forged session cookies', APP, 'a cookie with %s is no session, and no error'),
  entry('forged session cookies', 'security-comparisons.test.ts', 'a session is compared in constant time'),
  entry(
    'redirects to what a visitor says',
    APP,
    'Werkzeug 0.8: to a location with line breaks are an error, and no header',
  ),
];

export const WERKZEUG: readonly HistoryEntry[] = [
  entry('0.3.1', APP, 'a cookie with %s is no session, and no error'),
  entry('0.3.1', 'security-comparisons.test.ts', 'signatures and tokens are compared by timingSafeEqual alone'),
  entry('0.8', HTTP, 'Werkzeug 0.8: header values with %j are refused'),
  entry('0.8', HTTP, 'Werkzeug 0.8: header names with line breaks are refused'),
  entry('0.8', HTTP, 'Werkzeug 0.8: cookies escape line breaks, or cannot become a header'),
  entry('0.8.3', APP, 'Werkzeug 0.8.3: show the location as text'),
  entry('CVE-2020-28724', APP, 'CVE-2020-28724: the missing slash of %s is added on this host'),
  entry(
    'CVE-2016-10516',
    DEBUG,
    'CVE-2016-10516: title, message, names, files, sources, values, headers and the plain text are text',
  ),
  entry('CVE-2016-10516', DEBUG, 'CVE-2016-10516: variables and lines of source are text'),
  entry('#1031', DEBUG, '#1031: what is typed into a console, what it prints, returns and throws is text'),
  entry('#1031', 'debug/browser.test.ts', '#1031: markup that is typed or printed stays text'),
  entry('0.11.10', 'http/multipart.test.ts', 'Werkzeug 0.11.10: refuses endless headers and endless boundary lines'),
  entry('CVE-2019-14806', DEBUG, 'CVE-2019-14806: is random, and nothing that a file or the machine says leads to it'),
  entry('CVE-2019-14322', 'http/middleware.test.ts', 'CVE-2019-14322: leaves %s to the application'),
  entry(
    'CVE-2022-29361',
    'http/listener.test.ts',
    'CVE-2022-29361: that nobody reads is not taken for the next request',
  ),
  entry('CVE-2023-23934', HTTP, 'CVE-2023-23934: a cookie without a name does not become one with a name'),
  entry('CVE-2023-25577', 'http/multipart.test.ts', 'CVE-2023-25577: stops at the limit of parts'),
  entry(
    'CVE-2023-46136',
    'http/multipart.test.ts',
    'CVE-2023-46136: takes time in proportion to the body, line breaks or not',
  ),
  entry('CVE-2024-34069', DEBUG, 'CVE-2024-34069: at %j every command is a 400, and the page has no console'),
  entry('CVE-2024-34069', DEBUG, 'CVE-2024-34069: %j is this machine or was named as it'),
  entry('CVE-2024-49766', HTTP, 'CVE-2024-49766: Windows UNC paths and drives are refused'),
  entry('CVE-2024-49767', 'http/request-body.test.ts', 'CVE-2024-49767: is limited in the memory of its fields'),
  entry('CVE-2025-66221', HTTP, 'CVE-2025-66221: Windows devices are refused'),
  entry('CVE-2026-21860', HTTP, 'CVE-2026-21860: Windows devices with an extension or blanks are refused'),
  entry('CVE-2026-27199', HTTP, 'CVE-2026-27199: Windows devices are refused in any segment'),
  entry(
    '3.1.4',
    DEBUG,
    '3.1.4: ten attempts, no eleventh, also when they are made at once; then the right one is too late',
  ),
  entry('3.1.4', DEBUG, '3.1.4: a forged cookie is an attempt'),
  entry('3.1.5', DEBUG, '3.1.5: the console is closed without it (Cookie: %s)'),
  entry('3.1.5', DEBUG, '3.1.5: the console works without one where it is off, and only there'),
  entry('#89', DEBUG, '#89: a command without the secret of the page is not run'),
  entry('#89', DEBUG, '#89: a command of another site is refused, whatever it knows: %j'),
  entry('#89', DEBUG, '#89: commands are JSON by POST, which no form can send, and nothing allows other origins'),
  entry(
    '2.3.0: log injection',
    'http/access-log.test.ts',
    '2.3.0: lets no request write to the terminal or forge a line',
  ),
  entry('2.3.0: underscores', HTTP, 'Werkzeug 2.3: a name with an underscore cannot shadow one with a dash'),
  entry('3.1.7, 3.1.8', APP, 'Werkzeug 3.1.8: %j is no host, and in no URL'),
  entry('3.1.7, 3.1.8', HTTP, 'Werkzeug 3.1.8: the host %j is none'),
  entry(
    '0.15: ProxyFix',
    'http/middleware.test.ts',
    '0.15: forwarded values beyond the trusted count are ignored: %j with %j',
  ),
  entry('ranges', HTTP, 'ranges: overlapping and multiple ones are not served'),
  entry('hashes', 'http/security.test.ts', 'makes the format of Werkzeug with a salt of its own'),
  entry('hashes', 'http/security.test.ts', 'refuses parameters that would take all memory'),
];

/** What concerns the debugger among the holes of extensions and tools. */
export const TOOLS: readonly HistoryEntry[] = [
  entry(
    'dotenv',
    DEBUG,
    'masks secrets: variables, headers, session, configuration, environment, and known values wherever they stand',
  ),
  entry(
    'debugger',
    DEBUG,
    'masks secrets: variables, headers, session, configuration, environment, and known values wherever they stand',
  ),
];
