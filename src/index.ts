export { Flacon, type FlaconOptions } from './app.ts';
export { Blueprint, BlueprintSetupState, type BlueprintOptions, type RegisterOptions } from './blueprints.ts';
export type { Command } from './commands.ts';
export { Config, milliseconds, type ConfigData, type Duration } from './config.ts';
export type { AppContext, AppGlobals, GlobalsData, RequestContext } from './ctx.ts';
export { flash, getFlashedMessages, type FlashedMessage, type FlashedMessagesOptions } from './flashing.ts';
export { currentApp, g, hasAppContext, hasRequestContext, request, session } from './globals.ts';
export {
  afterThisRequest,
  copyCurrentRequestContext,
  makeResponse,
  redirect,
  sendFile,
  sendFromDirectory,
  streamWithContext,
  urlFor,
} from './helpers.ts';
export * from './http/exceptions.ts';
export { FileStorage } from './http/file-storage.ts';
export { safeJoin } from './http/safe-join.ts';
export { secureFilename } from './http/secure-filename.ts';
export { DefaultJSONProvider, jsonify, type DumpOptions, type JSONProvider } from './json.ts';
export { JSONTag, TaggedJSONSerializer, Tuple, UUID } from './json-tag.ts';
export { formatRecord, Logger, onLogRecord, type LogHandler, type LogLevel, type LogRecord } from './logging.ts';
export { UrlMap } from './routing/map.ts';
export { bool, float, floatRange, int, intRange, path, uuid, type PathOptions, type RangeOptions } from './params.ts';
export { confirm, prompt, type ConfirmOptions, type PromptOptions } from './prompts.ts';
export { Rule } from './routing/rules.ts';
export type { ConverterTypes } from './routing/converters.ts';
export {
  NullSession,
  SecureCookieSession,
  SecureCookieSessionInterface,
  SessionInterface,
  type Session,
  type SessionApp,
  type SessionData,
  type SessionRequest,
  type SessionResponse,
} from './sessions.ts';
export type { ShellContextOptions, ShellContextProcessor } from './shell-context.ts';
export {
  appContextPopped,
  appContextPushed,
  appContextTearingDown,
  beforeRenderTemplate,
  gotRequestException,
  messageFlashed,
  requestFinished,
  requestStarted,
  requestTearingDown,
  templateRendered,
} from './signals.ts';
export {
  locateTemplate,
  renderTemplate,
  renderTemplateAsync,
  renderTemplateString,
  streamTemplate,
  streamTemplateString,
} from './templating.ts';
export type { TemplateAttempt } from './debughelpers.ts';
export type { ErrorHandler, ResponseReturnValue, RouteOptions, RuleArgs, ViewFunction } from './types.ts';
export type { EndpointName, Endpoints, UrlForValues } from './url-for.ts';
export { FlaconError } from './util/errors.ts';
export { escape, Markup } from './util/markup.ts';
export { Namespace, Signal, type Disconnect, type Receiver } from './util/signal.ts';
export { echo } from './util/terminal.ts';
export { MethodView, View } from './views.ts';
export { Request, Response } from './wrappers.ts';
