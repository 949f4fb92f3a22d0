import type { Markup } from '../util/markup.ts';
import { type MethodTable, methodTable } from './methods.ts';
import { formatText } from './str-format.ts';
import { isMappingLike, isPlainObject, isText, typeName, UndefinedValue } from './values.ts';
import { TemplateLookupError, TemplateTypeError } from './errors.ts';
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
  if (object instanceof UndefinedValue) object.fail();
  throw new TemplateTypeError(`'${typeName(object)}' object has no attribute ${repr(name)}`);
}

function item(object: unknown, key: string | number): unknown {
  if (Array.isArray(object) && typeof key === 'number' && key < object.length) return object[key];
  if (isText(object) && typeof key === 'number' && key < object.length) return object.toString()[key];
  if (isPlainObject(object) && Object.hasOwn(object, key)) return object[key];
  if (isMappingLike(object) && object.has(key)) return object.get(key);
  if (object instanceof UndefinedValue) object.fail();
  const isContainer = Array.isArray(object) || isPlainObject(object) || isMappingLike(object);
  if (!isContainer) throw new TemplateTypeError(`'${typeName(object)}' object is not subscriptable`);
  throw new TemplateLookupError(repr(key));
}
