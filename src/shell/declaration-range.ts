import { createRequire } from 'node:module';
import type { parseSync } from 'oxc-parser';
import { eachChild, isNode, optionalChild, type SyntaxNode } from './syntax-node.ts';

const requireHere = createRequire(import.meta.url);

const DECLARATIONS = new Set([
  'ClassDeclaration',
  'ExpressionStatement',
  'FunctionDeclaration',
  'MethodDefinition',
  'Property',
  'PropertyDefinition',
  'TSEnumDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'VariableDeclaration',
]);

/** The lines, from 1, of what is declared or registered at a place of a file; only the place's line for a text that is no program. */
export function declarationRange(text: string, line: number, column: number): { line: number; endLine: number } {
  const lines = text.split('\n');
  const offset = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  const { parseSync: parse } = requireHere('oxc-parser') as { parseSync: typeof parseSync };
  const { program } = parse('file.tsx', text, { lang: 'ts', sourceType: 'module' });
  const node = innermost(program as unknown as SyntaxNode, offset);
  if (!node) return { line, endLine: line };
  const lineAt = (at: number): number => text.slice(0, at).split('\n').length;
  return { line: lineAt(node.start), endLine: lineAt(Math.max(node.start, node.end - 1)) };
}

/** The smallest declaration around an offset; a property only if a function is its value. */
function innermost(node: SyntaxNode, offset: number): SyntaxNode | undefined {
  for (const child of eachChild(node)) {
    if (child.start > offset || child.end <= offset) continue;
    const inner = innermost(child, offset);
    if (inner) return inner;
  }
  if (!DECLARATIONS.has(node.type)) return undefined;
  return node.type === 'Property' && !isFunctionValue(node) ? undefined : node;
}

function isFunctionValue(property: SyntaxNode): boolean {
  const value = optionalChild(property, 'value');
  return isNode(value) && /Function|Class/.test(value.type);
}
