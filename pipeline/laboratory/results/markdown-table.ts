/** A column of a {@link markdownTable}. */
export interface TableColumn {
  readonly title: string;
  /** Use `right` for numbers. */
  readonly align: 'left' | 'right';
}

/**
 * Formats a Markdown table as Prettier does and escapes `|` in cells. Throws a RangeError for a row
 * whose number of cells differs from the number of columns.
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
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => textWidth(row[i]!))));
  const rule = columns.map(({ align }, i) =>
    align === 'right' ? `${'-'.repeat(widths[i]! - 1)}:` : '-'.repeat(widths[i]!),
  );
  const [head, ...body] = cells.map((row) =>
    row.map((cell, i) => {
      const space = ' '.repeat(widths[i]! - textWidth(cell));
      return columns[i]!.align === 'right' ? space + cell : cell + space;
    }),
  );
  return [head!, rule, ...body].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** Width in a fixed-width font, for text without wide characters. */
function textWidth(text: string): number {
  return Array.from(text).length;
}
