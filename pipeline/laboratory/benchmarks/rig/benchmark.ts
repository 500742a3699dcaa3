import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A measured value with its bounds. */
export interface Target {
  readonly what: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const common = {
  /** Runs as briefly as possible, to show that the benchmark works. */
  smoke: { type: 'boolean', default: false },
  /** Folder of test data, with `videos/` in it. */
  data: { type: 'string' },
  /** File for the result, besides standard output. */
  report: { type: 'string' },
} as const;

/** Parses a benchmark's flags: its own, and `--smoke`, `--data DIR` and `--report FILE`. */
export function benchmarkFlags<const Own extends NonNullable<ParseArgsConfig['options']>>(
  own: Own,
) {
  return parseArgs({ options: { ...common, ...own } }).values;
}

/** Parses a number; throws for any other text. */
export function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new Error(`${text} is not a number`);
  return value;
}

/**
 * Path of a video in the data folder; null without a data folder.
 *
 * @throws if the folder lacks the video.
 */
export function videoIn(data: string | undefined, name: string): string | null {
  if (data === undefined) return null;
  const path = `${data}/videos/${name}`;
  if (!existsSync(path)) throw new Error(`no ${path}`);
  return path;
}

/**
 * Prints a result with its targets as JSON, and writes it to the file of `--report`. Returns
 * whether all targets are met.
 */
export function finish(
  flags: { readonly report?: string | undefined; readonly smoke?: boolean | undefined },
  result: object,
  targets: readonly Target[] = [],
): boolean {
  const checked = targets.map(({ what, value, atLeast = -Infinity, atMost = Infinity }) => ({
    what,
    value: Number.isFinite(value) ? Number(value.toFixed(4)) : null,
    ...(atLeast > -Infinity ? { atLeast } : {}),
    ...(atMost < Infinity ? { atMost } : {}),
    met: value >= atLeast && value <= atMost,
  }));
  const smoke = flags.smoke === true ? { smoke: true } : {};
  const text = `${JSON.stringify({ ...smoke, ...result, targets: checked }, null, 2)}\n`;
  process.stdout.write(text);
  if (flags.report !== undefined) writeFileSync(flags.report, text);
  return checked.every(({ met }) => met);
}

/** The value at this quantile; NaN for no values. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/** The middle value, or the mean of the two in the middle; NaN for no values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
