export {
  Environment,
  type EnvironmentOptions,
  type Filter,
  type GetTemplateOptions,
  type Test,
} from './environment.ts';
export { Template } from './template.ts';
export { TemplateStream } from './template-stream.ts';
export { TemplateModule } from './references.ts';
export { Context, EvalContext } from './context.ts';
export {
  BaseLoader,
  ChoiceLoader,
  DictLoader,
  FileSystemLoader,
  FunctionLoader,
  PackageLoader,
  PrefixLoader,
  type TemplateSource,
} from './loaders.ts';
export { selectAutoescape, type SelectAutoescapeOptions } from './autoescape.ts';
export {
  ChainableUndefined,
  DebugUndefined,
  makeLoggingUndefined,
  StrictUndefined,
  Undefined,
  type UndefinedClass,
  type UndefinedOrigin,
} from './undefined.ts';
export {
  FilterArgumentError,
  sourceExcerpt,
  TemplateAssertionError,
  TemplateError,
  TemplateLookupError,
  TemplateNotFound,
  TemplateRuntimeError,
  TemplatesNotFound,
  TemplateSyntaxError,
  TemplateTypeError,
  TemplateValueError,
  UndefinedError,
  ZeroDivisionError,
  type TemplateFrame,
  type TemplateLocation,
} from './errors.ts';
export { templateFrames } from './trace.ts';
export { KeywordArguments, passContext, passEnvironment, passEvalContext, withSignature } from './calls.ts';
export { ExprStmtExtension, Extension, LoopControlExtension, type ExtensionClass } from './extensions.ts';
export { DebugExtension } from './debug-extension.ts';
export { InternationalizationExtension, type InstallOptions, type Translations } from './i18n.ts';
export { childNodes, createNode, findAll, type Node, type NodeOf, type NodeType, type NodeTypes } from './nodes.ts';
export type { Parser } from './parser.ts';
export type { Token } from './tokens.ts';
export { Tuple } from './values.ts';
export { DateTime, PlainDate, PlainTime, TimeDelta } from './dates.ts';
export { repr, str } from './text.ts';
export { escape, Markup } from '../util/markup.ts';
