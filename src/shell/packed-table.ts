/** Columns between cells. */
const GAP = 2;
const INDENT = 4;

/**
 * Rows of cells for a terminal that is too narrow for their columns. The widest column gives up what is missing; a cell that
 * is longer than its column moves what follows to the right, as far as the line goes, and then what follows stands beneath,
 * indented. No cell is broken that fits into a line. `width` measures text in columns.
 */
export function packRows(
  rows: readonly (readonly string[])[],
  columns: number,
  width: (text: string) => number,
): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  const missing = widths.reduce((sum, each) => sum + each + GAP, -GAP) - columns;
  const widest = widths.indexOf(Math.max(...widths));
  widths[widest] = Math.max(0, (widths[widest] ?? 0) - Math.max(0, missing));
  return rows.map((row) => packRow(row, widths, columns, width));
}

function packRow(
  row: readonly string[],
  widths: readonly number[],
  columns: number,
  width: (text: string) => number,
): string {
  const lines: string[] = [];
  let line = '';
  let start = 0;
  for (const [column, cell] of row.entries()) {
    const length = width(line);
    const nearest = length === 0 ? 0 : length + GAP;
    const place = [Math.max(start, nearest), nearest].find((at) => at + width(cell) <= columns);
    start += (widths[column] ?? 0) + GAP;
    if (place !== undefined || length === 0) line += ' '.repeat((place ?? 0) - length) + cell;
    else {
      lines.push(line);
      line = ' '.repeat(INDENT) + cell;
    }
  }
  return [...lines, line].map((each) => each.trimEnd()).join('\n');
}
