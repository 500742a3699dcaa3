import type { Refusal, ReportRow } from './read-reports.ts';
import { portableSpec } from './set-name.ts';

type Measured = ReportRow | Refusal;

/**
 * Merges newer rows into existing ones: a newer row replaces the older row of the same run,
 * otherwise it is appended. Runs are compared without the folders of their data, which are removed
 * from all rows.
 */
export function mergeRows(existing: readonly Measured[], newer: readonly Measured[]): Measured[] {
  const rows = new Map<string, Measured>();
  for (const measured of [...existing, ...newer]) {
    const train = portableSpec(measured.train);
    const row = { ...measured, train, test: portableSpec(measured.test) };
    const { test, protocol, size, shape = 'square', strategy, bytesMax, seed } = row;
    const key = [train, test, protocol, size, shape, strategy, bytesMax, seed];
    rows.set(JSON.stringify(key), row);
  }
  return [...rows.values()];
}

/** Formats rows as JSON lines, which `readReports` reads. */
export function linesOf(rows: readonly Measured[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
