import { types } from 'node:util';
import { plainObject } from './completion.ts';
import { summarizeNamed } from './printer.ts';

/** The members that an object has from one place. */
export interface MemberGroup {
  /** `own`, or the class that they are of. */
  title: string;
  members: Member[];
}

/** A property, a method or a getter. */
export interface Member {
  name: string;
  /** For methods: `(a, b)`. */
  parameters: string;
  /** What it is: `method`, `getter`, or the type of the value. */
  type: string;
  /** The value, shortened; empty for methods and getters. */
  text: string;
}

/** What nobody asks for: every object has it. */
const UNIVERSAL = new Set<unknown>([Object.prototype, Function.prototype]);

/** The members of a value: its own, those of its class, those that the class inherits. Runs no getter. */
export function membersOf(value: unknown, columns: number): MemberGroup[] {
  const first = plainObject(value);
  if (first === undefined) return [];
  const groups: MemberGroup[] = [];
  const isPrimitive = Object(value) !== value;
  let depth = 0;
  for (let at: object | null = first; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (types.isProxy(at)) break;
    if (depth > 0 && UNIVERSAL.has(at) && groups.length > 0) break;
    const members = isPrimitive && depth === 0 ? [] : ownMembers(at, columns);
    const inherited = depth > 1 ? ' (inherited)' : '';
    if (members.length > 0) groups.push({ title: depth === 0 ? 'own' : classNameOf(at) + inherited, members });
    depth += 1;
  }
  return groups;
}

function ownMembers(object: object, columns: number): Member[] {
  const isList = Array.isArray(object) || ArrayBuffer.isView(object);
  const members: Member[] = [];
  for (const key of Reflect.ownKeys(object)) {
    if (key === 'constructor' || (isList && typeof key === 'string' && /^\d+$/.test(key))) continue;
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor) members.push(memberOf(typeof key === 'symbol' ? `[${String(key)}]` : key, descriptor, columns));
  }
  return members;
}

function memberOf(name: string, { get, set, value }: PropertyDescriptor, columns: number): Member {
  if (get || set) return { name, parameters: '', type: get ? (set ? 'getter, setter' : 'getter') : 'setter', text: '' };
  if (typeof value !== 'function')
    return { name, parameters: '', type: typeName(value), text: summarizeNamed(name, value, columns) };
  if (isClass(value)) return { name, parameters: '', type: 'class', text: '' };
  return { name, parameters: parametersOf(value as object), type: 'method', text: '' };
}

/** The name of what a value is made of. */
export function typeName(value: unknown): string {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function'))
    return value === null ? 'null' : typeof value;
  if (typeof value === 'function') return isClass(value) ? 'class' : 'function';
  const object = plainObject(value);
  return object === undefined ? 'Proxy' : classNameOf(object);
}

/** The name of the class of an object, or of a prototype: without running a getter. */
export function classNameOf(object: object): string {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (types.isProxy(at)) return 'Proxy';
    const made = Object.getOwnPropertyDescriptor(at, 'constructor')?.value as unknown;
    if (typeof made === 'function' && made.name !== '') return made.name;
  }
  return 'Object';
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

const LONGEST = 40;

/** `(a, b)`, as the source of a function has it; functions of the engine tell only how many there are. */
function parametersOf(value: object): string {
  const source = Function.prototype.toString.call(value);
  const found = /^(?:async\s+)?(?:function\b\s*)?\*?\s*(?:[\w$#[\].]+\s*)?\(([^()]*)\)/.exec(source)?.[1];
  const single = /^(?:async\s+)?([\w$]+)\s*=>/.exec(source)?.[1];
  const isOpen = source.includes('[native code]') || (found ?? single) === undefined;
  if (isOpen) return (value as { length: number }).length === 0 ? '()' : '(…)';
  const list = (found ?? single ?? '').replaceAll(/\s+/g, ' ').trim().replace(/,$/, '');
  return list.length > LONGEST ? '(…)' : `(${list})`;
}
