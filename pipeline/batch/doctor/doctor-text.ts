import type { DoctorReport } from './examine.ts';
import type { Finding } from './finding.ts';

const marks: Readonly<Record<Finding['is'], string>> = { fine: ' ', advice: '~', problem: '!' };

/**
 * A finding for people: `!` marks what cannot work, `~` what could be better.
 *
 * @param width Of the column of parts.
 */
export function findingText({ part, is, text, advice }: Finding, width: number): string {
  const line = `${marks[is]} ${part.padEnd(width)}  ${text}\n`;
  return advice === null ? line : `${line}  ${' '.repeat(width)}  → ${advice}\n`;
}

/** The end of the report for people: speeds, and whether all can work. */
export function summaryText(report: DoctorReport): string {
  const { ok, findings, speeds, seconds, complete } = report;
  const rows = speeds.map((row) => [
    row.engine,
    row.provider,
    String(row.workers),
    String(row.threads),
    String(row.side),
    row.ms.toFixed(row.ms < 10 ? 1 : 0),
    row.fps.toFixed(row.fps < 10 ? 1 : 0),
    String(row.camerasAt5),
    String(row.camerasAt10),
  ]);
  const head = [
    'engine',
    'on',
    'workers',
    'threads',
    'size',
    'ms',
    'fps',
    'cameras at 5 fps',
    'at 10 fps',
  ];
  const problems = findings.filter(({ is }) => is === 'problem').length;
  const verdict = ok
    ? `everything that is configured can work${complete ? '' : ', as far as it was examined'}`
    : `${problems} ${problems === 1 ? 'thing' : 'things'} that ${problems === 1 ? 'is' : 'are'} configured cannot work`;
  return `${[
    '',
    ...(rows.length === 0 ? [] : [...columns([head, ...rows]), '']),
    `${verdict} (${seconds.toFixed(1)} s)`,
  ].join('\n')}\n`;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}
