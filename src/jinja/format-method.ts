import type { Markup } from '../util/markup.ts';
import { type MethodTable, methodTable } from './methods.ts';
import { formatText } from './str-format.ts';
import { isMappingLike, isPlainObject, isText } from './values.ts';
import { TemplateLookupError } from './errors.ts';
import { fieldsOf, isTemporal } from './dates.ts';
import { repr } from './text.ts';

/**
 * `format` and `format_map`. Their fields reach data only: keys and elements of dictionaries and lists, own properties of
 * other objects. A template may be trusted where a format string out of a database is not.
 */
export const formatMethods: MethodTable = methodTable<string | Markup>({
  format: [
    '* **',
    (text, args: unknown[], kwargs: Record<string, unknown>) =>
      formatText(text, args, kwargs, { attribute: own, item }),
  ],
  format_map: [
    'mapping',
    (text, mapping) =>
      formatText(text, [], mapping as Record<string, unknown>, { attribute: own, item }, { allowPositional: false }),
  ],
});

function own(object: unknown, name: string): unknown {
  if (isTemporal(object)) return (fieldsOf(object) as unknown as Record<string, unknown>)[name];
  if (typeof object === 'object' && object !== null && !isText(object) && Object.hasOwn(object, name)) {
    return (object as Record<string, unknown>)[name];
  }
  throw new TemplateLookupError(`no attribute ${repr(name)} in a format field`);
}

function item(object: unknown, key: string | number): unknown {
  if (Array.isArray(object) && typeof key === 'number' && key < object.length) return object[key];
  if (isPlainObject(object) && Object.hasOwn(object, key)) return object[key];
  if (isMappingLike(object) && object.has(key)) return object.get(key);
  throw new TemplateLookupError(repr(key));
}
