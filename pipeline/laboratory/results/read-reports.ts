import { z } from 'zod';

const maybe = z.number().nullable();
const interval = z.tuple([z.number(), z.number()]);

/**
 * Figures of the open world under names that did not say whose reading they are, and their names
 * now; both have the same meaning.
 */
const renamed: Readonly<Record<string, string>> = {
  aOse: 'aOseObjects',
  aOseLearned: 'aOseObjectsLearned',
  liveAOse: 'liveAOseObjects',
  wildernessImpact: 'wildernessImpactDhamija',
};

/** Gives a protocol's own figures their present names, those of before learning included. */
function withPresentNames<T>(extra: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(extra).map(([key, value]) => {
      const [, name = key, suffix = ''] = /^(.*?)(Before)?$/.exec(key) ?? [];
      return [Object.hasOwn(renamed, name) ? renamed[name]! + suffix : key, value];
    }),
  );
}

const reportSchema = z.object({
  protocol: z.string(),
  strategy: z.string(),
  train: z.string(),
  test: z.string(),
  trainImages: z.number(),
  testImages: z.number(),
  classes: z.number(),
  seed: z.number(),
  /** Absent in old rows. */
  checkpoints: z.number().optional(),
  size: z.number(),
  /** Absent in rows of before it could be chosen: `square`. */
  shape: z.enum(['own', 'square']).optional(),
  engine: z.string(),
  commit: z.string().nullable(),
  bytes: z.number(),
  bytesMax: maybe,
  map50: maybe,
  /** Absent in rows of before it was measured. */
  map50Interval: interval.nullish(),
  map50Seen: maybe.optional(),
  map50SeenInterval: interval.nullish(),
  map: maybe,
  omega: maybe,
  forgetting: maybe,
  bwt: maybe,
  forgettingSeen: maybe.optional(),
  forgettingSeenInterval: interval.nullish(),
  bwtSeen: maybe.optional(),
  bwtSeenInterval: interval.nullish(),
  perStep: z.array(
    z.object({
      step: z.number(),
      seen: z.number(),
      map50: maybe,
      jointMap50: maybe.optional(),
    }),
  ),
  extra: z.record(z.string(), maybe).transform(withPresentNames).optional(),
  updateMs: z.number(),
  cpuMs: z.number(),
  updates: z.array(z.object({ classes: z.number(), updateMs: z.number(), cpuMs: z.number() })),
  peakRssBytes: z.number(),
  labelToLiveMs: maybe,
  hardware: z.object({
    processor: z.string(),
    cores: z.number(),
    memoryBytes: z.number(),
    node: z.string(),
  }),
});

const refusalSchema = reportSchema
  .pick({
    protocol: true,
    strategy: true,
    train: true,
    test: true,
    seed: true,
    size: true,
    shape: true,
    bytesMax: true,
  })
  .extend({ refused: z.string() });

const comparisonSchema = reportSchema
  .pick({
    protocol: true,
    strategy: true,
    train: true,
    test: true,
    size: true,
    shape: true,
    bytesMax: true,
  })
  .extend({
    /** Class orders. */
    seeds: z.array(z.number()),
    /** Final mAP50 and its 95 % interval, over class orders and splits. */
    compared: z.object({ map50: z.number(), interval: interval.nullable() }),
    /** The best row of the table; `behind` is this row's mAP50 minus its, null for that row. */
    best: z.object({ strategy: z.string(), map50: z.number() }),
    behind: z.object({ difference: z.number(), interval }).nullable(),
  });

/** The fields of a LearningReport that the results page reads. */
export type ReportRow = z.infer<typeof reportSchema>;

/** A strategy's refusal of a run with its reason, usually too small a cap. */
export type Refusal = z.infer<typeof refusalSchema>;

/**
 * A row of a table set against the best one under the same cap, by resampling the pictures and
 * class orders of both alike. It holds for the rows whose means it names.
 */
export type Comparison = z.infer<typeof comparisonSchema>;

/** A line of results. */
export type ResultLine = ReportRow | Refusal | Comparison;

/** Whether a line is a refusal instead of a report. */
export function isRefusal(line: ResultLine): line is Refusal {
  return 'refused' in line;
}

/** Whether a line compares rows. */
export function isComparison(line: ResultLine): line is Comparison {
  return 'compared' in line;
}

/** Whether a line is the report of a run. */
export function isReport(line: ResultLine): line is ReportRow {
  return !isRefusal(line) && !isComparison(line);
}

/**
 * Reads reports, refusals and comparisons from JSON lines; skips empty lines. Throws an Error with
 * the line number for any other line.
 */
export function readReports(text: string): ResultLine[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new Error(`line ${i + 1} is not JSON`, { cause });
    }
    const result = schemaOf(value).safeParse(value);
    if (result.success) return [result.data];
    const [issue] = result.error.issues;
    throw new Error(`line ${i + 1}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  });
}

function schemaOf(value: unknown) {
  if (typeof value !== 'object' || value === null) return reportSchema;
  return 'refused' in value ? refusalSchema : 'compared' in value ? comparisonSchema : reportSchema;
}
