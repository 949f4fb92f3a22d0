/** The comment that ends right above a line of a text (the first is 1), without its marks; empty if there is none. */
export function commentAbove(text: string, line: number): string {
  const above = text.split('\n').slice(0, line - 1);
  const last = above.at(-1)?.trim() ?? '';
  if (last.endsWith('*/')) {
    const begin = above.findLastIndex((each) => /^\s*\/\*/.test(each));
    return begin < 0 ? '' : blockText(above.slice(begin).join('\n').trim());
  }
  const begin = above.findLastIndex((each) => !/^\s*\/\//.test(each)) + 1;
  return above
    .slice(begin)
    .map((each) => each.replace(/^\s*\/\/+ ?/, '').trimEnd())
    .join('\n')
    .trim();
}

function blockText(comment: string): string {
  return comment
    .replace(/^\/\*+/, '')
    .replace(/\*+\/$/, '')
    .split('\n')
    .map((each) => each.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}
