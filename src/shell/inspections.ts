import { types } from 'node:util';
import { plainObject } from './completion.ts';
import { classNameOf } from './members.ts';
import { messageOf, summarize, summarizeNamed } from './printer.ts';
import type { InspectedItem } from './protocol.ts';
import { redact } from './redact.ts';

/** A value that is looked into, with the object that its getters are asked on. */
interface Node {
  value: unknown;
  receiver: unknown;
  children: readonly Child[] | undefined;
}

interface Child {
  label: string;
  kind: InspectedItem['kind'];
  /** Its value; for a getter what runs it. */
  get(): unknown;
  receiver?: unknown;
  /** The number of its node, once it was opened. */
  node?: number;
}

/** How long a line of a listing is. */
const COLUMNS = 200;
/** So many entries of a map or a set are listed. */
const MAX_ENTRIES = 10_000;

/** What the inspector of a client shows. The value stays in the session: the client gets lines, and numbers to ask with. */
export class Inspections {
  #handle = 0;
  #nodes: Node[] = [];

  /** Begins with a value, in place of an earlier one. Gives the handle to ask with. */
  begin(value: unknown): number {
    this.#handle += 1;
    this.#nodes = [{ value, receiver: value, children: undefined }];
    return this.#handle;
  }

  /** Lets go of the value. */
  end(handle: number): void {
    if (handle === this.#handle) this.#nodes = [];
  }

  /** Part of what a node consists of; throws for a handle that is not held any more. */
  list(
    handle: number,
    number: number,
    offset: number,
    limit: number,
  ): { text: string; total: number; items: InspectedItem[] } {
    const node = this.#node(handle, number);
    const children = (node.children ??= childrenOf(node));
    const items = children.slice(offset, offset + limit).map((child, index): InspectedItem => {
      const { label, kind } = child;
      const text = kind === 'getter' ? '' : summarizeNamed(label, quietly(child), COLUMNS);
      return { label, kind, text, index: offset + index };
    });
    return { text: redact(summarize(node.value, COLUMNS)), total: children.length, items };
  }

  /** The number of the node of a child; a getter runs. */
  open(handle: number, number: number, index: number): number {
    const child = this.#node(handle, number).children?.[index];
    if (!child) throw new Error('there is nothing to open');
    if (child.node !== undefined) return child.node;
    const value = child.get();
    child.node = this.#nodes.length;
    this.#nodes.push({ value, receiver: child.receiver ?? value, children: undefined });
    return child.node;
  }

  /** The value of a node. */
  value(handle: number, number: number): unknown {
    return this.#node(handle, number).value;
  }

  #node(handle: number, number: number): Node {
    const node = handle === this.#handle ? this.#nodes[number] : undefined;
    if (!node) throw new Error('this value is not held any more: .inspect it again');
    return node;
  }
}

function quietly(child: Child): unknown {
  try {
    return child.get();
  } catch (error) {
    return new Error(messageOf(error));
  }
}

function childrenOf({ value, receiver }: Node): Child[] {
  const object = typeof value === 'object' || typeof value === 'function' ? plainObject(value) : undefined;
  if (object === undefined) return [];
  return [...properties(object, receiver), ...entries(object), ...prototypeOf(object, receiver)];
}

function properties(object: object, receiver: unknown): Child[] {
  if (ArrayBuffer.isView(object))
    return [...(object as unknown as Iterable<unknown>)].map((item, index) => field(String(index), item));
  return Reflect.ownKeys(object).flatMap((key): Child[] => {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (!descriptor || (key === 'length' && Array.isArray(object))) return [];
    const label = typeof key === 'symbol' ? `[${String(key)}]` : key;
    const { get } = descriptor;
    if (get) return [{ label, kind: 'getter', get: () => get.call(receiver) as unknown }];
    return [field(label, descriptor.value)];
  });
}

function field(label: string, value: unknown): Child {
  return { label, kind: typeof value === 'function' ? 'function' : 'property', get: () => value };
}

function entries(object: object): Child[] {
  if (types.isMap(object)) {
    const list = [...Map.prototype.entries.call(object)].slice(0, MAX_ENTRIES);
    return list.map(([key, value]): Child => ({
      label: `${summarize(key, 40)} =>`,
      kind: 'entry',
      get: () => value as unknown,
    }));
  }
  if (!types.isSet(object)) return [];
  const list = [...Set.prototype.values.call(object)].slice(0, MAX_ENTRIES);
  return list.map((value, index): Child => ({ label: String(index), kind: 'entry', get: () => value as unknown }));
}

function prototypeOf(object: object, receiver: unknown): Child[] {
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === null || prototype === Object.prototype || types.isProxy(prototype)) return [];
  return [{ label: `class ${classNameOf(prototype)}`, kind: 'prototype', get: () => prototype, receiver }];
}
