export { Accept, CharsetAccept, LanguageAccept, MIMEAccept, parseAcceptHeader, type AcceptItem } from './accept.ts';
export { Authorization, WWWAuthenticate, type AuthParameters } from './auth.ts';
export {
  CacheControl,
  parseCacheControlHeader,
  RequestCacheControl,
  ResponseCacheControl,
  type CacheDirectives,
} from './cache-control.ts';
export { CallbackDict } from './callback-dict.ts';
export { CombinedMultiDict } from './combined-multidict.ts';
export { getContentLength, getContentType } from './content.ts';
export { dumpCookie, parseCookie, type CookieOptions } from './cookies.ts';
export { ContentSecurityPolicy, parseCspHeader } from './csp.ts';
export { httpDate, parseAge, parseDate } from './dates.ts';
export {
  dumpAge,
  dumpHeader,
  dumpOptionsHeader,
  quoteHeaderValue,
  unquoteHeaderValue,
  type HeaderItem,
  type HeaderItems,
} from './dump.ts';
export { ETags, generateEtag, parseEtags, quoteEtag, unquoteEtag } from './etags.ts';
export {
  abort,
  Aborter,
  BadGateway,
  BadHost,
  BadRequest,
  BadRequestKeyError,
  ClientDisconnected,
  Conflict,
  defaultExceptions,
  ExpectationFailed,
  FailedDependency,
  Forbidden,
  GatewayTimeout,
  Gone,
  HTTPException,
  HTTPVersionNotSupported,
  ImATeapot,
  InternalServerError,
  LengthRequired,
  Locked,
  MethodNotAllowed,
  MisdirectedRequest,
  NotAcceptable,
  NotFound,
  NotImplemented,
  PreconditionFailed,
  PreconditionRequired,
  RequestedRangeNotSatisfiable,
  RequestEntityTooLarge,
  RequestHeaderFieldsTooLarge,
  RequestTimeout,
  RequestURITooLarge,
  SecurityError,
  ServiceUnavailable,
  TooManyRequests,
  UnavailableForLegalReasons,
  Unauthorized,
  UnprocessableEntity,
  UnsupportedMediaType,
  type AbortOptions,
  type Description,
  type HTTPExceptionClass,
  type HTTPExceptionOptions,
  type InternalServerErrorOptions,
  type MethodNotAllowedOptions,
  type RangeNotSatisfiableOptions,
  type ResponseParts,
  type RetryAfterOptions,
  type UnauthorizedOptions,
} from './exceptions.ts';
export { FileStorage, type FileContent, type FileStorageOptions, type SpooledFile } from './file-storage.ts';
export { isEntityHeader, isHopByHopHeader, removeEntityHeaders, removeHopByHopHeaders } from './header-kinds.ts';
export { HeaderSet, parseSetHeader } from './header-set.ts';
export { Headers, type HeaderParams, type HeadersInit, type HeaderValue } from './headers.ts';
export { getCurrentUrl, getHost, hostIsTrusted, type ServerAddress } from './hosts.ts';
export { ImmutableMultiDict, MultiDict, type MultiDictInit } from './multidict.ts';
export { float, int } from './numbers.ts';
export { parseDictHeader, parseListHeader, parseOptionsHeader, type HeaderOptions } from './parse.ts';
export {
  ContentRange,
  IfRange,
  isByteRangeValid,
  parseContentRangeHeader,
  parseIfRangeHeader,
  parseRangeHeader,
  Range,
  type RangePair,
} from './range.ts';
export { isResourceModified, type HeaderSource, type ResourceState } from './resource-modified.ts';
export { safeJoin } from './safe-join.ts';
export { secureFilename } from './secure-filename.ts';
export { HTTP_STATUS_CODES } from './status.ts';
export {
  iriToUri,
  parseQsl,
  quotePath,
  unquote,
  uriToIri,
  urlencode,
  urlJoin,
  urlSplit,
  urlUnsplit,
  type SplitUrl,
} from './urls.ts';

export { formatLogLine, type LogEntry, type LogLineOptions } from './access-log.ts';
export { type ConditionalOptions } from './conditional.ts';
export { DispatcherMiddleware } from './dispatcher.ts';
export { fetchFace, fromWebRequest, fromWebResponse, toWebResponse, type Fetchable, type FetchFace } from './fetch.ts';
export { guessType, type GuessedType } from './guess-type.ts';
export { JSONDecodeError, loadsJson } from './json-loads.ts';
export { ProxyFix, unproxied, type ProxyFixOptions, type UnproxiedRequest } from './proxy-fix.ts';
export { appendSlashRedirect, redirect, type RedirectOptions } from './redirect.ts';
export {
  Request,
  type GetJsonOptions,
  type RequestBodySource,
  type RequestOptions,
  type RequestPatch,
  type RequestSource,
} from './request.ts';
export {
  Response,
  responseFromException,
  type Chunk,
  type ResponseBody,
  type ResponseInit,
  type StreamBody,
} from './response.ts';
export { sendFile, sendFromDirectory, type SendFileOptions, type SendFileSource } from './send-file.ts';
export {
  createListener,
  makeServer,
  runSimple,
  type Handler,
  type Listener,
  type ListenerOptions,
  type ResponseInfo,
  type RunningServer,
  type RunSimpleOptions,
  type ServerOptions,
} from './serving.ts';
export { SharedDataMiddleware, type SharedDataOptions } from './shared-data.ts';
export {
  buildRequestSource,
  Client,
  ClientRedirectError,
  TestResponse,
  type ClientCookieOptions,
  type ClientOptions,
  type OpenOptions,
  type RequestSourceOptions,
  type StoredCookie,
  type TestFile,
  type TestForm,
  type TestFormValue,
} from './test.ts';
export { UserAgent } from './user-agent.ts';
