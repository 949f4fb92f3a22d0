import { describe, expect, it } from 'vitest';
import { WWWAuthenticate } from '../../src/http/auth.ts';
import * as exceptions from '../../src/http/exceptions.ts';
import { HTTP_STATUS_CODES } from '../../src/http/status.ts';
import { Markup } from '../../src/util/markup.ts';

const {
  abort,
  Aborter,
  BadRequest,
  BadRequestKeyError,
  defaultExceptions,
  HTTPException,
  InternalServerError,
  MethodNotAllowed,
  NotFound,
  RequestedRangeNotSatisfiable,
  ServiceUnavailable,
  TooManyRequests,
  Unauthorized,
} = exceptions;

const HTML = ['Content-Type', 'text/html; charset=utf-8'];

describe('the exceptions', () => {
  it('cover the codes that Werkzeug has classes for, and no others', () => {
    expect([...defaultExceptions.keys()]).toEqual([
      400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 428, 429,
      431, 451, 500, 501, 502, 503, 504, 505,
    ]);
    expect(defaultExceptions.get(400)).toBe(BadRequest);
  });

  it.each([...defaultExceptions])('%i has a page', (code, Exception) => {
    const error = new Exception();
    const name = HTTP_STATUS_CODES[code] as string;
    const html = name.replace("'", '&#39;');
    expect(error).toBeInstanceOf(HTTPException);
    expect(error).toBeInstanceOf(Error);
    expect({ code: error.code, name: error.name }).toEqual({ code, name });
    expect(error.getBody()).toMatch(
      `<!doctype html>\n<html lang=en>\n<title>${code} ${html}</title>\n<h1>${html}</h1>\n<p>`,
    );
    expect(error.getHeaders()).toEqual([HTML]);
    expect(String(error)).toBe(`${code} ${name}: ${error.description}`);
  });

  it('show their description escaped, line feeds as breaks, Markup as it is', () => {
    expect(new NotFound('<b>\n&').getDescription()).toBe('<p>&lt;b&gt;<br>&amp;</p>');
    expect(new NotFound(new Markup('<b>x</b>')).getDescription()).toBe('<p><b>x</b></p>');
    expect(new NotFound('').getDescription()).toBe('<p></p>');
    expect(new NotFound(null).description).toBe(NotFound.description);
  });

  it('are errors with a message, a stack and a cause', () => {
    const cause = new Error('below');
    const error = new BadRequest('why', { cause });
    expect(error.message).toBe('why');
    expect(error.cause).toBe(cause);
    expect(error.stack).toMatch(/^Bad Request: why\n/);
  });

  it('can be extended, by statics or by fields', () => {
    class PaymentRequired extends HTTPException {
      static override readonly code = 402;
      static override readonly description = 'Pay.';
    }
    class Full extends HTTPException {
      override code = 507;
    }
    expect(String(new PaymentRequired())).toBe('402 Payment Required: Pay.');
    expect(String(new PaymentRequired('Now.'))).toBe('402 Payment Required: Now.');
    expect(String(new Full('Sorry.'))).toBe('507 Insufficient Storage: Sorry.');
    expect(String(new HTTPException())).toBe('??? Unknown Error: None');
    expect(new HTTPException('x').getResponseParts().status).toBe(500);
  });

  it('405 sends Allow', () => {
    const headers = [HTML, ['Allow', 'GET, X']];
    expect(new MethodNotAllowed(['GET', 'X']).getHeaders()).toEqual(headers);
    expect(new MethodNotAllowed(null, { validMethods: new Set(['GET', 'X']) }).getHeaders()).toEqual(headers);
    expect(new MethodNotAllowed('text').description).toBe('text');
    expect(new MethodNotAllowed(['GET'], { description: 'text' }).description).toBe('text');
    expect(new MethodNotAllowed([]).getHeaders()).toEqual([HTML]);
  });

  it('401 sends a WWW-Authenticate header for each challenge', () => {
    const basic = new WWWAuthenticate('basic', { realm: 'a "q" b' });
    const bearer = new WWWAuthenticate('bearer');
    expect(new Unauthorized(null, { wwwAuthenticate: basic }).getHeaders()).toEqual([
      HTML,
      ['WWW-Authenticate', 'Basic realm="a \\"q\\" b"'],
    ]);
    expect(new Unauthorized(null, { wwwAuthenticate: [basic, bearer] }).getHeaders()).toHaveLength(3);
  });

  it('416 sends Content-Range if the length is known', () => {
    expect(new RequestedRangeNotSatisfiable(null, { length: 0 }).getHeaders()).toEqual([
      HTML,
      ['Content-Range', 'bytes */0'],
    ]);
    expect(new RequestedRangeNotSatisfiable(null, { length: 9, units: 'items' }).getHeaders()[1]?.[1]).toBe(
      'items */9',
    );
  });

  it('429 and 503 send Retry-After', () => {
    expect(new TooManyRequests(null, { retryAfter: 30 }).getHeaders()[1]).toEqual(['Retry-After', '30']);
    expect(new ServiceUnavailable(null, { retryAfter: new Date(0) }).getHeaders()[1]).toEqual([
      'Retry-After',
      'Thu, 01 Jan 1970 00:00:00 GMT',
    ]);
  });

  it('500 keeps the error that nobody handled', () => {
    const originalException = new TypeError('x');
    const error = new InternalServerError(null, { originalException });
    expect(error.originalException).toBe(originalException);
    expect(error.cause).toBe(originalException);
  });

  it('a missing key names it only in debug mode', () => {
    const error = new BadRequestKeyError('user');
    expect(error).toBeInstanceOf(BadRequest);
    expect(error.description).toBe(BadRequest.description);
    error.showException = true;
    expect(error.getDescription()).toContain('<br>KeyError: &#39;user&#39;</p>');
    error.description = 'other';
    expect(error.description).toBe("other\nKeyError: 'user'");
    expect(error.key).toBe('user');
  });
});

describe('abort', () => {
  const raised = (...args: Parameters<typeof abort>): exceptions.HTTPException => {
    try {
      return abort(...args);
    } catch (error) {
      return error as exceptions.HTTPException;
    }
  };

  it('raises the exception of a status', () => {
    expect(raised(404)).toBeInstanceOf(NotFound);
    expect(raised(404, 'gone fishing').description).toBe('gone fishing');
    expect(raised(429, { retryAfter: 3 }).getHeaders()[1]).toEqual(['Retry-After', '3']);
    expect(raised(405, null, { validMethods: ['GET'] }).getHeaders()[1]).toEqual(['Allow', 'GET']);
    expect(raised(400, { description: 'x' }).description).toBe('x');
  });

  it('refuses a status without a class', () => {
    expect(() => abort(402)).toThrow(expect.objectContaining({ code: 'UNKNOWN_STATUS' }));
  });

  it('can have more classes', () => {
    class PaymentRequired extends HTTPException {
      static override readonly code = 402;
    }
    expect(() => new Aborter(undefined, [[402, PaymentRequired]]).abort(402)).toThrow(PaymentRequired);
    expect(() => new Aborter([]).abort(404)).toThrow(expect.objectContaining({ code: 'UNKNOWN_STATUS' }));
  });
});
