import { z } from 'zod';

const maybe = z.number().nullable();

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
  map50Interval: z.tuple([z.number(), z.number()]).nullish(),
  map: maybe,
  omega: maybe,
  forgetting: maybe,
  bwt: maybe,
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

/** The fields of a LearningReport that the results page reads. */
export type ReportRow = z.infer<typeof reportSchema>;

/** A strategy's refusal of a run with its reason, usually too small a cap. */
export type Refusal = z.infer<typeof refusalSchema>;

/**
 * Reads reports and refusals from JSON lines; skips empty lines. Throws an Error with the line
 * number for any other line.
 */
export function readReports(text: string): (ReportRow | Refusal)[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new Error(`line ${i + 1} is not JSON`, { cause });
    }
    const refused = typeof value === 'object' && value !== null && 'refused' in value;
    const result = (refused ? refusalSchema : reportSchema).safeParse(value);
    if (result.success) return [result.data];
    const [issue] = result.error.issues;
    throw new Error(`line ${i + 1}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  });
}
