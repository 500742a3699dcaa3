/** A column of a {@link markdownTable}. */
export interface TableColumn {
  readonly title: string;
  /** Numbers go to the right. */
  readonly align: 'left' | 'right';
}

/**
 * A Markdown table, aligned as Prettier does it. Throws a RangeError where a row has not a cell a
 * column. A `|` in a cell is escaped.
 */
export function markdownTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  for (const row of rows) {
    if (row.length !== columns.length) {
      throw new RangeError(`a row of ${row.length} cells under ${columns.length} columns`);
    }
  }
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    row.map((cell) => cell.replaceAll('|', String.raw`\|`)),
  );
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => letters(row[i]!))));
  const rule = columns.map(({ align }, i) =>
    align === 'right' ? `${'-'.repeat(widths[i]! - 1)}:` : '-'.repeat(widths[i]!),
  );
  const [head, ...body] = cells.map((row) =>
    row.map((cell, i) => {
      const space = ' '.repeat(widths[i]! - letters(cell));
      return columns[i]!.align === 'right' ? space + cell : cell + space;
    }),
  );
  return [head!, rule, ...body].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** Characters as a fixed-width font shows them; what the tables hold takes one place each. */
function letters(text: string): number {
  return Array.from(text).length;
}
