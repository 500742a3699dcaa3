import { z } from 'zod';

const maybe = z.number().nullable();

const reportSchema = z.object({
  protocol: z.string(),
  strategy: z.string(),
  train: z.string(),
  test: z.string(),
  trainImages: z.number(),
  testImages: z.number(),
  classes: z.number(),
  seed: z.number(),
  size: z.number(),
  engine: z.string(),
  commit: z.string().nullable(),
  bytes: z.number(),
  bytesMax: maybe,
  map50: maybe,
  map: maybe,
  omega: maybe,
  forgetting: maybe,
  bwt: maybe,
  perStep: z.array(z.object({ step: z.number(), seen: z.number(), map50: maybe })),
  extra: z.record(z.string(), maybe).optional(),
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

/** What the results page reads of a LearningReport. */
export type ReportRow = z.infer<typeof reportSchema>;

/**
 * Reads reports from JSON lines, one a line; empty lines are passed over.
 *
 * Throws an Error that names the line which is no report.
 */
export function readReports(text: string): ReportRow[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new Error(`line ${i + 1} is not JSON`, { cause });
    }
    const result = reportSchema.safeParse(value);
    if (result.success) return [result.data];
    const [issue] = result.error.issues;
    throw new Error(`line ${i + 1}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  });
}
