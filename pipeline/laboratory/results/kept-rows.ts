import { isComparison, type ResultLine } from './read-reports.ts';
import { portableSpec } from './set-name.ts';

/**
 * Merges newer rows into existing ones: a newer row replaces the older row of the same run, or
 * comparison of the same row, otherwise it is appended. Runs are compared without the folders of
 * their data, which are removed from all rows.
 */
export function mergeRows(
  existing: readonly ResultLine[],
  newer: readonly ResultLine[],
): ResultLine[] {
  const rows = new Map<string, ResultLine>();
  for (const line of [...existing, ...newer]) {
    const row = { ...line, train: portableSpec(line.train), test: portableSpec(line.test) };
    rows.set(runKey(row), row);
  }
  return [...rows.values()];
}

/**
 * Equal for lines of the same run, and for comparisons of the same row, whatever their data folder.
 */
export function runKey(line: ResultLine): string {
  const { train, test, protocol, size, shape = 'square', strategy, bytesMax } = line;
  const which = isComparison(line) ? 'compared' : line.seed;
  const sets = [portableSpec(train), portableSpec(test)];
  return JSON.stringify([...sets, protocol, size, shape, strategy, bytesMax, which]);
}

/** Formats rows as JSON lines, which `readReports` reads. */
export function linesOf(rows: readonly ResultLine[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
