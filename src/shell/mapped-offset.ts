import { SourceMap } from 'node:module';

/** Maps offsets through a source map; it is decoded when first needed, as only errors do. */
export function mappedOffset(code: string, source: string, mappings: string | undefined): (offset: number) => number {
  let map: SourceMap | undefined;
  return (offset) => {
    if (mappings === undefined) return offset;
    map ??= new SourceMap({
      file: '',
      version: 3,
      sources: ['entry'],
      sourcesContent: [],
      names: [],
      sourceRoot: '',
      mappings,
    });
    const before = code.slice(0, offset).split('\n');
    const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
    return 'originalLine' in entry ? offsetOf(source, entry.originalLine, entry.originalColumn) : 0;
  };
}

function offsetOf(source: string, line: number, column: number): number {
  let at = 0;
  for (let index = 0; index < line; index += 1) at = source.indexOf('\n', at) + 1;
  return at + column;
}
