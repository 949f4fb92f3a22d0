/** A Map that calls `onUpdate` whenever it was changed, by which a response keeps a header up to date. */
export class CallbackDict<V> extends Map<string, V> {
  onUpdate: (() => void) | undefined;

  constructor(values: Iterable<readonly [string, V]> | Readonly<Record<string, V>> = [], onUpdate?: () => void) {
    super();
    for (const [key, value] of Symbol.iterator in values ? values : Object.entries(values)) super.set(key, value);
    this.onUpdate = onUpdate;
  }

  override set(key: string, value: V): this {
    super.set(key, value);
    this.onUpdate?.();
    return this;
  }

  override delete(key: string): boolean {
    const deleted = super.delete(key);
    if (deleted) this.onUpdate?.();
    return deleted;
  }

  override clear(): void {
    super.clear();
    this.onUpdate?.();
  }
}
