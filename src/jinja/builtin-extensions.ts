import { DebugExtension } from './debug-extension.ts';
import { ExprStmtExtension, type ExtensionClass, LoopControlExtension } from './extensions.ts';
import { InternationalizationExtension } from './i18n.ts';

/** Jinja's own extensions by the names that Jinja knows them by. */
export const BUILTIN_EXTENSIONS: Record<string, ExtensionClass> = {
  'jinja2.ext.do': ExprStmtExtension,
  'jinja2.ext.loopcontrols': LoopControlExtension,
  'jinja2.ext.i18n': InternationalizationExtension,
  'jinja2.ext.debug': DebugExtension,
};
