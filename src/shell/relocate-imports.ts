import { resolve } from 'node:path';
import { parseEntry } from './parse.ts';
import { eachChild, type SyntaxNode } from './syntax-node.ts';

/** Code whose relative imports are those of a file in `folder`, wherever it runs. Lines stay where they are. */
export function relocateImports(code: string, folder: string): string {
  const parsed = parseEntry(code);
  if (parsed.status !== 'complete') return code;
  let relocated = code;
  for (const { start, end, specifier } of relativeImports(parsed.program).sort((a, b) => b.start - a.start)) {
    const path = JSON.stringify(resolve(folder, specifier));
    relocated = relocated.slice(0, start - parsed.shift) + path + relocated.slice(end - parsed.shift);
  }
  return relocated;
}

interface RelativeImport {
  start: number;
  end: number;
  specifier: string;
}

function relativeImports(node: SyntaxNode): RelativeImport[] {
  const found: RelativeImport[] = [];
  if (node.type === 'ImportDeclaration' || node.type === 'ImportExpression') {
    const { start, end, value } = node['source'] as SyntaxNode & { value?: unknown };
    if (typeof value === 'string' && /^\.{1,2}\//.test(value)) found.push({ start, end, specifier: value });
  }
  for (const child of eachChild(node)) found.push(...relativeImports(child));
  return found;
}
