export { MapAdapter } from './adapter.ts';
export type { BuildOptions, DispatchOptions, MapAdapterOptions, MatchOptions, RouteMatch } from './adapter.ts';
export { parseConverterArgs } from './converter-args.ts';
export type { ConverterArgument, ConverterArguments } from './converter-args.ts';
export {
  AnyConverter,
  BaseConverter,
  DEFAULT_CONVERTERS,
  FloatConverter,
  IntegerConverter,
  NumberConverter,
  PathConverter,
  UnicodeConverter,
  UUIDConverter,
  ValidationError,
} from './converters.ts';
export type { ConverterClass, ConverterTypes, NumberConverterOptions, UnicodeConverterOptions } from './converters.ts';
export { BuildError, RequestRedirect, RoutingError, WebsocketMismatch } from './exceptions.ts';
export type { BuildRequest } from './exceptions.ts';
export type { ExplainOptions, RuleExplanation, RuleOutcome, ShadowedRule } from './explain.ts';
export { EndpointPrefix, RuleTemplate, Subdomain, Submount } from './factories.ts';
export type { RuleFactory } from './factories.ts';
export { UrlMap } from './map.ts';
export type { BindableRequest, BindOptions, BindToRequestOptions, UrlMapOptions } from './map.ts';
export type { QueryArgs, QueryItem } from './query.ts';
export { Rule } from './rules.ts';
export type { RedirectTarget, RuleOptions, ViewArgs } from './rules.ts';
