import type { Refusal, ReportRow } from './read-reports.ts';
import { portableSpec } from './set-name.ts';

type Measured = ReportRow | Refusal;

/**
 * Takes newer rows in: each in the place of the same run's older one, or at the end. A run is a strategy under a cap on sets,
 * wherever those lie: places of data are taken out of all rows.
 */
export function mergeRows(before: readonly Measured[], newer: readonly Measured[]): Measured[] {
  const rows = new Map<string, Measured>();
  for (const each of [...before, ...newer]) {
    const row = { ...each, train: portableSpec(each.train), test: portableSpec(each.test) };
    const { train, test, protocol, size, strategy, bytesMax, seed } = row;
    rows.set(JSON.stringify([train, test, protocol, size, strategy, bytesMax, seed]), row);
  }
  return [...rows.values()];
}

/** Rows as JSON lines, as `readReports` takes them. */
export function linesOf(rows: readonly Measured[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
