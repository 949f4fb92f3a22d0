import { FlaconError } from './errors.ts';

const FIELD = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const FIELD_PARTS = /^([^.[]*)((?:\.[^.[\]]+|\[[^[\]]+\])*)$/;

/**
 * Replaces the fields of a `str.format` template by `convert(value)`: positional, by number, or by name out of the last
 * argument, then `.attribute` or `[key]`. Format specifications belong to the template engine, not to this.
 */
export function formatFields(template: string, args: readonly unknown[], convert: (value: unknown) => string): string {
  let next = 0;
  return template.replace(FIELD, (whole: string, field: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole[0] as string;
    if (field === undefined) throw formatError(`Single '${whole}' in a format string.`);
    const parts = FIELD_PARTS.exec(field);
    if (!parts) throw formatError(`Cannot read the field '{${field}}'.`);
    const [, first = '', rest = ''] = parts;
    const value = first === '' ? own(args, String(next++)) : lookUpFirst(args, first);
    return convert(followPath(value, rest));
  });
}

function lookUpFirst(args: readonly unknown[], name: string): unknown {
  return /^\d+$/.test(name) ? own(args, name) : own(args.at(-1), name);
}

function followPath(value: unknown, path: string): unknown {
  for (const [, attribute, key] of path.matchAll(/\.([^.[\]]+)|\[([^[\]]+)\]/g)) {
    value = own(value, attribute ?? key ?? '');
  }
  return value;
}

// Own properties only: a template that a visitor may influence must not reach constructors.
function own(object: unknown, key: string): unknown {
  if (typeof object === 'object' && object !== null && Object.hasOwn(object, key)) {
    return (object as Record<string, unknown>)[key];
  }
  throw formatError(`There is no value for '${key}'.`);
}

function formatError(message: string): FlaconError {
  return new FlaconError(message, { code: 'FORMAT_FIELD' });
}
