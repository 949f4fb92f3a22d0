export { Environment, Template, type EnvironmentOptions } from './environment.ts';
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
  FilterArgumentError,
  sourceExcerpt,
  TemplateAssertionError,
  TemplateError,
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
export { escape, Markup } from '../util/markup.ts';
