import type { Environment } from './environment.ts';
import { TemplateTypeError } from './errors.ts';
import { isText, typeName, UndefinedValue } from './values.ts';
import type { Markup } from '../util/markup.ts';

/** Lower case for texts, so that sorting and grouping does not look at case. */
export function ignoreCase(value: unknown): unknown {
  return isText(value) ? value.toString().toLowerCase() : value;
}

type Getter = (item: unknown) => unknown;

/** Reads `a.b.0` of an item; without an attribute, the item itself. */
export function attributeGetter(environment: Environment, attribute: unknown, defaultValue?: unknown): Getter {
  const parts = attributeParts(attribute);
  return (item) => {
    let value = item;
    for (const part of parts) {
      value = environment.runtime.getItem(value, part);
      if (defaultValue !== undefined && defaultValue !== null && value instanceof UndefinedValue) value = defaultValue;
    }
    return value;
  };
}

/** Reads the attributes of a list separated by commas; the values are compared one after the other. */
export function multipleAttributeGetter(
  environment: Environment,
  attribute: unknown,
  after: (value: unknown) => unknown,
): Getter {
  const names = isText(attribute) ? attribute.toString().split(',') : [attribute];
  const getters = names.map((name) => attributeGetter(environment, name));
  return (item) => getters.map((get) => after(get(item)));
}

function attributeParts(attribute: unknown): (string | number)[] {
  if (attribute === undefined || attribute === null) return [];
  if (typeof attribute === 'number') return [attribute];
  return String(attribute)
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** A text, or the error of Python for something that has no such method. */
export function requireText(value: unknown, method: string): string | Markup {
  if (isText(value)) return value;
  if (value instanceof UndefinedValue) value.fail();
  throw new TemplateTypeError(`'${typeName(value)}' object has no attribute '${method}'`);
}
