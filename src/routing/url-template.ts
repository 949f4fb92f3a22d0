import { quotePath } from '../http/urls.ts';
import type { BaseConverter } from './converters.ts';
import type { TraceItem } from './rule-parts.ts';

/** A variable of a rule and what converts it. */
export interface Slot {
  readonly name: string;
  readonly converter: BaseConverter;
}

/** Texts, and variables by their place among those of the rule, that make up a domain or path. */
export type UrlTemplate = readonly (string | number)[];

/** Prepares a domain or path for `fillTemplate`. A variable with a default becomes the text of it. */
export function makeTemplate(
  trace: readonly TraceItem[],
  slots: readonly Slot[],
  defaults: Readonly<Record<string, unknown>> = {},
): UrlTemplate {
  const template: (string | number)[] = [];
  for (const { isVariable, text } of trace) {
    const index = isVariable ? slots.findIndex(({ name }) => name === text) : -1;
    const slot = slots[index];
    let item: string | number = quotePath(text);
    if (slot !== undefined) item = Object.hasOwn(defaults, text) ? slot.converter.toUrl(defaults[text]) : index;
    const last = template.at(-1);
    if (typeof item === 'string' && typeof last === 'string') template[template.length - 1] = last + item;
    else template.push(item);
  }
  return template;
}

/** The domain or path with values in place. Throws what the converters throw. */
export function fillTemplate(
  template: UrlTemplate,
  slots: readonly Slot[],
  values: Readonly<Record<string, unknown>>,
): string {
  let url = '';
  for (const item of template) {
    if (typeof item === 'string') url += item;
    else {
      const { name, converter } = slots[item] as Slot;
      url += converter.toUrl(values[name]);
    }
  }
  return url;
}
