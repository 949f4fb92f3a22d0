import { quotePath } from '../http/urls.ts';
import type { BaseConverter } from './converters.ts';
import type { TraceItem } from './rule-parts.ts';

/** A variable of a rule and what converts it. */
export interface Slot {
  readonly name: string;
  readonly converter: BaseConverter;
}

/** Texts and variables that make up a domain or path. */
export type UrlTemplate = readonly (string | Slot)[];

/** Prepares a domain or path for `fillTemplate`. A variable with a default becomes the text of it. */
export function makeTemplate(
  trace: readonly TraceItem[],
  converters: ReadonlyMap<string, BaseConverter>,
  defaults: Readonly<Record<string, unknown>> = {},
): UrlTemplate {
  const template: (string | Slot)[] = [];
  for (const { isVariable, text } of trace) {
    const converter = isVariable ? converters.get(text) : undefined;
    let item: string | Slot = quotePath(text);
    if (converter !== undefined) {
      item = Object.hasOwn(defaults, text) ? converter.toUrl(defaults[text]) : { name: text, converter };
    }
    const last = template.at(-1);
    if (typeof item === 'string' && typeof last === 'string') template[template.length - 1] = last + item;
    else template.push(item);
  }
  return template;
}

/** The domain or path with values in place. Throws what the converters throw. */
export function fillTemplate(template: UrlTemplate, values: Readonly<Record<string, unknown>>): string {
  let url = '';
  for (const item of template) url += typeof item === 'string' ? item : item.converter.toUrl(values[item.name]);
  return url;
}
