import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A figure and what it should be. */
export interface Target {
  readonly what: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const common = {
  /** As short as it goes: shows that the benchmark runs, not how fast anything is. */
  smoke: { type: 'boolean', default: false },
  /** Folder of test data that holds `videos/`. */
  data: { type: 'string' },
  /** Where the result goes besides standard output. */
  report: { type: 'string' },
} as const;

/** Parses a benchmark's flags: its own, and `--smoke`, `--data DIR` and `--report FILE`. */
export function benchmarkFlags<const Own extends NonNullable<ParseArgsConfig['options']>>(
  own: Own,
) {
  return parseArgs({ options: { ...common, ...own } }).values;
}

/** A flag's number; throws where it is none. */
export function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new Error(`${text} is not a number`);
  return value;
}

/**
 * A video of the data folder, or null where no folder was given.
 *
 * @throws where a folder was given and does not hold it.
 */
export function videoIn(data: string | undefined, name: string): string | null {
  if (data === undefined) return null;
  const path = `${data}/videos/${name}`;
  if (!existsSync(path)) throw new Error(`no ${path}`);
  return path;
}

/** Prints a result as JSON, with its targets judged, and writes it where `--report` says. */
export function finish(
  flags: { readonly report?: string | undefined; readonly smoke?: boolean | undefined },
  result: object,
  targets: readonly Target[] = [],
): void {
  const judged = targets.map(({ what, value, atLeast = -Infinity, atMost = Infinity }) => ({
    what,
    value: Number.isFinite(value) ? Number(value.toFixed(4)) : null,
    ...(atLeast > -Infinity ? { atLeast } : {}),
    ...(atMost < Infinity ? { atMost } : {}),
    met: value >= atLeast && value <= atMost,
  }));
  const smoke = flags.smoke === true ? { smoke: true } : {};
  const text = `${JSON.stringify({ ...smoke, ...result, targets: judged }, null, 2)}\n`;
  process.stdout.write(text);
  if (flags.report !== undefined) writeFileSync(flags.report, text);
}

/** The value below which this share of the values lies; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
