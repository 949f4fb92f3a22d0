import { fileURLToPath } from 'node:url';
import { FlaconError } from '../util/errors.ts';

/** Where in a template something went wrong. */
export interface TemplateLocation {
  /** Name the template was asked for by; undefined for templates made of a string. */
  templateName?: string | undefined;
  /** File the template came from, if it came from one. */
  filename?: string | undefined;
  /** Line, counted from 1. */
  lineno?: number | undefined;
  /** The whole source of the template. */
  source?: string | undefined;
}

/** One step of the way through templates, innermost first. */
export interface TemplateFrame {
  templateName: string | undefined;
  filename: string | undefined;
  lineno: number;
  /** What runs at that line: `top-level template code`, `block 'title'`, `macro 'field'`. */
  role: string;
}

/** Base class of everything this engine throws by itself. */
export class TemplateError extends FlaconError {
  templateName: string | undefined;
  filename: string | undefined;
  lineno: number | undefined;
  declare source: string | undefined;
  /** The template code that was running, innermost first; empty where none was. */
  declare templateFrames: TemplateFrame[];

  constructor(
    message: string,
    location: TemplateLocation = {},
    options: { code?: string; fix?: string; cause?: unknown } = {},
  ) {
    super(message, { code: 'TEMPLATE_ERROR', ...options });
    this.templateName = location.templateName;
    this.filename = location.filename;
    this.lineno = location.lineno;
    // Whole templates are noise when an error is printed.
    Object.defineProperty(this, 'source', { value: location.source, writable: true, configurable: true });
    Object.defineProperty(this, 'templateFrames', { value: [], writable: true, configurable: true });
  }

  /** The lines around the error, the one it is about marked with `>`; empty when the source is not known. */
  get excerpt(): string {
    return this.source === undefined || this.lineno === undefined ? '' : sourceExcerpt(this.source, this.lineno);
  }
}

/** No loader knows a template of that name. */
export class TemplateNotFound extends TemplateError {
  /** Names that were asked for. */
  readonly templates: readonly string[];
  /** Files or loaders that were asked, in order. */
  searched: readonly string[];

  constructor(
    name: string | undefined,
    options: { message?: string; searched?: readonly string[]; templates?: readonly string[] } = {},
  ) {
    const searched = options.searched ?? [];
    const where = searched.length > 0 ? `. Searched: ${searched.join(', ')}` : '';
    super((options.message ?? String(name)) + where, { templateName: name }, { code: 'TEMPLATE_NOT_FOUND' });
    this.templates = options.templates ?? (name === undefined ? [] : [name]);
    this.searched = searched;
  }
}

/** None of several templates was found. */
export class TemplatesNotFound extends TemplateNotFound {
  constructor(names: readonly string[], options: { message?: string; searched?: readonly string[] } = {}) {
    const message = options.message ?? `none of the templates given were found: ${names.join(', ')}`;
    super(names.at(-1), { ...options, message, templates: names });
  }
}

/** The source of a template cannot be understood. Always has a line. */
export class TemplateSyntaxError extends TemplateError {
  constructor(
    message: string,
    location: TemplateLocation & { lineno: number },
    options: { code?: string; cause?: unknown } = {},
  ) {
    super(message, location, { code: 'TEMPLATE_SYNTAX', ...options });
    const { templateName, filename, lineno } = location;
    this.templateFrames = [{ templateName, filename, lineno, role: 'template' }];
    this.stack = stackWith(this, {
      above: [],
      frames: this.templateFrames,
      below: jsFrames(this).filter(isForeignFrame),
    });
  }
}

/** Well-formed, but refused: an unknown filter, a block defined twice. */
export class TemplateAssertionError extends TemplateSyntaxError {}

/** Something went wrong while a template was rendered. */
export class TemplateRuntimeError extends TemplateError {
  constructor(message: string, options: { code?: string; fix?: string; cause?: unknown } = {}) {
    super(message, {}, { code: 'TEMPLATE_RUNTIME', ...options });
  }
}

/** An undefined value was used for more than its kind of undefined allows. */
export class UndefinedError extends TemplateRuntimeError {
  constructor(message = 'undefined value', options: { fix?: string; cause?: unknown } = {}) {
    super(message, { code: 'TEMPLATE_UNDEFINED', ...options });
  }
}

/** A filter was called with arguments that make no sense. */
export class FilterArgumentError extends TemplateRuntimeError {}

/** An operation does not exist for values of these types (Python's TypeError). */
export class TemplateTypeError extends TemplateRuntimeError {}

/** A value of the right type that cannot be used (Python's ValueError). */
export class TemplateValueError extends TemplateRuntimeError {}

/** A key or position that is not there (Python's KeyError and IndexError). */
export class TemplateLookupError extends TemplateRuntimeError {}

/** `/`, `//` or `%` by zero. */
export class ZeroDivisionError extends TemplateRuntimeError {}

/** Lines `lineno - context` to `lineno + context` of a source, numbered, the one in the middle marked. */
export function sourceExcerpt(source: string, lineno: number, context = 2): string {
  const lines = source.split(/\r\n|\r|\n/);
  const first = Math.max(1, lineno - context);
  const last = Math.min(lines.length, lineno + context);
  const width = String(last).length;
  const numbered: string[] = [];
  for (let line = first; line <= last; line++) {
    numbered.push(`${line === lineno ? '>' : ' '} ${String(line).padStart(width)} | ${lines[line - 1]}`);
  }
  return numbered.join('\n');
}

/** The stack of an error: JavaScript frames that were called from templates, the templates, and what rendered them. */
export function stackWith(
  error: Error,
  trace: { above: string[]; frames: readonly TemplateFrame[]; below: string[] },
): string {
  const lines = trace.frames.map(({ role, filename, templateName, lineno }) => {
    return `    at ${role} (${filename ?? templateName ?? '<template>'}:${lineno})`;
  });
  return [`${error.name}: ${error.message}`, ...trace.above, ...lines, ...trace.below].join('\n');
}

/** The `    at …` lines of an error's stack. */
export function jsFrames(error: Error): string[] {
  return (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
}

/** Begins the file names that V8 shows for generated code, which are cut out of stacks again. */
export const GENERATED = 'flacon-template:';

const ENGINE = new URL('.', import.meta.url).href;
const ENGINE_PATH = fileURLToPath(ENGINE);

/** Whether a line of a stack is neither of the engine nor of code that it generated: those say nothing to who writes templates. */
export function isForeignFrame(line: string): boolean {
  return !line.includes(GENERATED) && !line.includes(ENGINE) && !line.includes(ENGINE_PATH);
}
