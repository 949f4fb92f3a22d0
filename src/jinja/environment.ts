import { createRequire } from 'node:module';
import { Markup } from '../util/markup.ts';
import { TemplateNotFound, TemplatesNotFound } from './errors.ts';
import type { BaseLoader } from './loaders.ts';

export interface EnvironmentOptions {
  loader?: BaseLoader | undefined;
  autoescape?: boolean | ((templateName: string | undefined) => boolean);
  autoReload?: boolean;
}

interface Nunjucks {
  Environment: new (loaders: unknown, options: object) => { renderString(source: string, context: object): string; addFilter(n: string, f: unknown): void; addGlobal(n: string, f: unknown): void };
}

export class Environment {
  loader: BaseLoader | undefined;
  globals: Record<string, unknown> = {};
  filters: Record<string, (value: never, ...args: never[]) => unknown> = {};
  tests: Record<string, (value: never, ...args: never[]) => unknown> = {};
  autoescape: boolean | ((templateName: string | undefined) => boolean);
  autoReload: boolean;

  constructor(options: EnvironmentOptions = {}) {
    this.loader = options.loader;
    this.autoescape = options.autoescape ?? false;
    this.autoReload = options.autoReload ?? true;
  }

  getTemplate(name: string | Template): Template {
    if (name instanceof Template) return name;
    if (!this.loader) throw new TypeError('no loader for this environment specified');
    const { source, filename } = this.loader.getSource(this, name);
    return new Template(this, source, name, filename);
  }

  selectTemplate(names: Iterable<string | Template>): Template {
    const tried: string[] = [];
    for (const name of names) {
      try {
        return this.getTemplate(name);
      } catch (error) {
        if (!(error instanceof TemplateNotFound)) throw error;
        tried.push(String(name));
      }
    }
    throw new TemplatesNotFound(tried);
  }

  getOrSelectTemplate(names: string | Template | Iterable<string | Template>): Template {
    return typeof names === 'string' || names instanceof Template ? this.getTemplate(names) : this.selectTemplate(names);
  }

  fromString(source: string): Template {
    return new Template(this, source, undefined, undefined);
  }

  invalidate(_nameOrFilename?: string): void {}
}

export class Template {
  readonly environment: Environment;
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly #source: string;

  constructor(environment: Environment, source: string, name: string | undefined, filename: string | undefined) {
    this.environment = environment;
    this.name = name;
    this.filename = filename;
    this.#source = source;
  }

  render(context: object = {}): string {
    const env = this.environment;
    const { Environment: Base } = createRequire(import.meta.url)('nunjucks') as Nunjucks;
    const loader = { getSource: (name: string) => ({ src: env.loader?.getSource(env, name).source, path: name, noCache: true }) };
    const autoescape = typeof env.autoescape === 'function' ? env.autoescape(this.name) : env.autoescape;
    const base = new Base(loader, { autoescape });
    for (const [name, filter] of Object.entries(env.filters)) base.addFilter(name, filter);
    for (const [name, value] of Object.entries(env.globals)) base.addGlobal(name, value);
    return base.renderString(this.#source, context);
  }

  async renderAsync(context: object = {}): Promise<string> {
    return this.render(context);
  }

  *generate(context: object = {}): Generator<string> {
    yield this.render(context);
  }

  async *generateAsync(context: object = {}): AsyncGenerator<string> {
    yield this.render(context);
  }

  get module(): Markup & Record<string, unknown> {
    return new Markup('') as Markup & Record<string, unknown>;
  }

  isUpToDate(): boolean {
    return true;
  }
}
