import { CallbackDict } from './callback-dict.ts';

const DIRECTIVES = [
  'base-uri',
  'child-src',
  'connect-src',
  'default-src',
  'font-src',
  'form-action',
  'frame-ancestors',
  'frame-src',
  'img-src',
  'manifest-src',
  'media-src',
  'navigate-to',
  'object-src',
  'prefetch-src',
  'plugin-types',
  'report-to',
  'report-uri',
  'sandbox',
  'script-src',
  'script-src-attr',
  'script-src-elem',
  'style-src',
  'style-src-attr',
  'style-src-elem',
  'worker-src',
] as const;

/**
 * A Content-Security-Policy header. The directives of level 3 are properties (`csp.scriptSrc = "'self'"`), `undefined`
 * removes one; all are entries of the Map, under their names in the header.
 */
export class ContentSecurityPolicy extends CallbackDict<string> {
  declare baseUri: string | undefined;
  declare childSrc: string | undefined;
  declare connectSrc: string | undefined;
  declare defaultSrc: string | undefined;
  declare fontSrc: string | undefined;
  declare formAction: string | undefined;
  declare frameAncestors: string | undefined;
  declare frameSrc: string | undefined;
  declare imgSrc: string | undefined;
  declare manifestSrc: string | undefined;
  declare mediaSrc: string | undefined;
  declare navigateTo: string | undefined;
  declare objectSrc: string | undefined;
  declare prefetchSrc: string | undefined;
  declare pluginTypes: string | undefined;
  declare reportTo: string | undefined;
  declare reportUri: string | undefined;
  declare sandbox: string | undefined;
  declare scriptSrc: string | undefined;
  declare scriptSrcAttr: string | undefined;
  declare scriptSrcElem: string | undefined;
  declare styleSrc: string | undefined;
  declare styleSrcAttr: string | undefined;
  declare styleSrcElem: string | undefined;
  declare workerSrc: string | undefined;

  toHeader(): string {
    return Array.from(this, ([directive, value]) => `${directive} ${value}`).join('; ');
  }

  override toString(): string {
    return this.toHeader();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<ContentSecurityPolicy ${this.toHeader()}>`;
  }
}

for (const directive of DIRECTIVES) {
  const property = directive.replace(/-./g, (dash) => dash.slice(1).toUpperCase());
  Object.defineProperty(ContentSecurityPolicy.prototype, property, {
    configurable: true,
    get(this: ContentSecurityPolicy) {
      return this.get(directive);
    },
    set(this: ContentSecurityPolicy, value: string | null | undefined) {
      if (value === null || value === undefined) this.delete(directive);
      else this.set(directive, value);
    },
  });
}

/** Parses a Content-Security-Policy header. Directives without a value are left out. */
export function parseCspHeader(value: string | null | undefined, onUpdate?: () => void): ContentSecurityPolicy {
  const items: [string, string][] = [];
  for (const policy of (value ?? '').split(';')) {
    const text = policy.trim();
    const space = text.indexOf(' ');
    if (space !== -1) items.push([text.slice(0, space).trim(), text.slice(space + 1).trim()]);
  }
  return new ContentSecurityPolicy(items, onUpdate);
}
