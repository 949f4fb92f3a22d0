import { passContext, withSignature } from './calls.ts';
import type { Context } from './context.ts';
import type { Environment } from './environment.ts';
import { Extension } from './extensions.ts';
import { parseTransBlock, parseTransHead, translationNode } from './i18n-parse.ts';
import type { Node } from './nodes.ts';
import { modulo } from './operators.ts';
import type { Parser } from './parser.ts';
import { Markup } from '../util/markup.ts';
import { softText } from './text.ts';

/** Functions that translate, as GNU gettext has them. The ones with a context are optional. */
export interface Translations {
  gettext(message: string): string;
  ngettext(singular: string, plural: string, count: number): string;
  pgettext?(context: string, message: string): string;
  npgettext?(context: string, singular: string, plural: string, count: number): string;
}

/** Options of the installing functions. */
export interface InstallOptions {
  /** Whether the functions fill in `%(name)s` from their keyword arguments themselves. Default false. */
  newstyle?: boolean;
}

const NAMES = ['gettext', 'ngettext', 'pgettext', 'npgettext'] as const;

const NULL_TRANSLATIONS: Required<Translations> = {
  gettext: (message) => message,
  ngettext: (singular, plural, count) => (count === 1 ? singular : plural),
  pgettext: (_context, message) => message,
  npgettext: (_context, singular, plural, count) => (count === 1 ? singular : plural),
};

type Translator = (...args: never[]) => string;

/** `{% trans %}`, `_()`, `gettext()` and its relatives. */
export class InternationalizationExtension extends Extension {
  override readonly tags: ReadonlySet<string> = new Set(['trans']);
  newstyle = false;

  constructor(environment: Environment) {
    super(environment);
    environment.globals._ = passContext(
      withSignature(
        (context: Context, args: unknown[], kwargs: Record<string, unknown>) => {
          return context.environment.runtime.call(context, context.resolve('gettext'), args, kwargs);
        },
        ['*', '**'],
      ),
    );
  }

  /** Makes an object of translations the one to use. */
  install(translations: Translations, options: InstallOptions = {}): void {
    this.installCallables(
      {
        gettext: (message) => translations.gettext(message),
        ngettext: (singular, plural, count) => translations.ngettext(singular, plural, count),
        ...(translations.pgettext && { pgettext: (context, message) => translations.pgettext!(context, message) }),
        ...(translations.npgettext && {
          npgettext: (context, singular, plural, count) => translations.npgettext!(context, singular, plural, count),
        }),
      } as Translations,
      options,
    );
  }

  /** Makes translations of everything by itself. */
  installNull(options: InstallOptions = {}): void {
    this.installCallables(NULL_TRANSLATIONS, options);
  }

  /** Makes functions the ones to use. */
  installCallables(functions: Translations, { newstyle }: InstallOptions = {}): void {
    if (newstyle !== undefined) this.newstyle = newstyle;
    const { globals } = this.environment;
    for (const name of NAMES) {
      const fn = functions[name] as Translator | undefined;
      if (fn) globals[name] = this.newstyle ? newstyleFunction(name, fn) : fn;
    }
  }

  uninstall(): void {
    for (const name of NAMES) delete this.environment.globals[name];
  }

  override parse(parser: Parser): Node | Node[] {
    const head = parseTransHead(parser);
    const singular = parseTransBlock(parser, true);
    return translationNode(parser, head, singular, {
      newstyle: this.newstyle,
      trimmed: Boolean(this.environment.policies['ext.i18n.trimmed']),
    });
  }
}

/** A translating function that fills in its variables; what it gives is Markup where output is escaped. */
function newstyleFunction(name: (typeof NAMES)[number], fn: Translator): unknown {
  const count = { gettext: 1, ngettext: 3, pgettext: 2, npgettext: 4 }[name];
  const translate = fn as unknown as (...args: unknown[]) => unknown;
  return passContext(
    withSignature(
      (context: Context, args: unknown[], kwargs: Record<string, unknown>) => {
        const variables = { ...kwargs };
        if (name === 'ngettext') variables.num ??= args[2];
        if (name === 'npgettext') variables.num ??= args[3];
        if (name === 'pgettext' || name === 'npgettext') variables.context ??= args[0];
        const text = softText(translate(...args.slice(0, count)));
        const marked = context.evalContext.autoescape ? new Markup(text) : text;
        return modulo(marked, variables);
      },
      ['*', '**'],
    ),
  );
}
