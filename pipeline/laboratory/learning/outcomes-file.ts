import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import type { RankedOutcomes } from '../../../operators/measure/average-precision.ts';
import type { FinalOutcomes } from '../protocols/protocol.ts';

/** The run that outcomes are of, as in its report. */
export interface OutcomesRun {
  readonly protocol: string;
  readonly strategy: string;
  readonly train: string;
  readonly test: string;
  readonly seed: number;
}

/** Outcomes of a run with the pictures that they refer to. */
export interface RunOutcomes extends OutcomesRun, FinalOutcomes {
  /** Ids of the test pictures. */
  readonly pictures: readonly string[];
}

const format = 'lifelens outcomes 1';

const fileSchema = z.object({
  format: z.literal(format),
  protocol: z.string(),
  strategy: z.string(),
  train: z.string(),
  test: z.string(),
  seed: z.number(),
  step: z.number(),
  pictures: z.array(z.string()),
  groups: z.array(z.array(z.int().min(0))),
  /** Each array in base64, little-endian. */
  classes: z.record(
    z.string(),
    z.object({
      objects: z.string(),
      pictures: z.string(),
      outcomes: z.string(),
      scores: z.string(),
    }),
  ),
});

/**
 * Packs the outcomes of a run: for every class with test objects its detections from the highest
 * score to the last true positive, each with picture, score and whether it is a true (1) or false
 * (0) positive or ignored (-1). JSON with its numbers in base64 (uint32, float32, int8; per picture
 * uint32 objects), compressed by gzip.
 */
export function packOutcomes(run: RunOutcomes): Uint8Array {
  const { protocol, strategy, train, test, seed, step, pictures, groups } = run;
  const classes = Object.fromEntries(
    [...run.classes].map(([name, outcomes]) => [
      name,
      {
        objects: toBase64(Uint32Array.from(outcomes.objects)),
        pictures: toBase64(outcomes.pictures),
        outcomes: toBase64(outcomes.outcomes),
        scores: toBase64(outcomes.scores),
      },
    ]),
  );
  const about = { format, protocol, strategy, train, test, seed, step };
  return gzipSync(JSON.stringify({ ...about, pictures, groups, classes }));
}

/**
 * Reads what {@link packOutcomes} makes. `name` is that of the file, for messages.
 *
 * @throws {RangeError} for anything else, and for numbers that contradict each other.
 */
export function unpackOutcomes(bytes: Uint8Array, name: string): RunOutcomes {
  const file = parse(bytes, name);
  const classes = new Map(
    Object.entries(file.classes).map(([label, packed]): [string, RankedOutcomes] => [
      label,
      {
        objects: [...new Uint32Array(fromBase64(packed.objects, 4))],
        pictures: new Uint32Array(fromBase64(packed.pictures, 4)),
        outcomes: new Int8Array(fromBase64(packed.outcomes, 1)),
        scores: new Float32Array(fromBase64(packed.scores, 4)),
      },
    ]),
  );
  const count = file.pictures.length;
  const fits = [...classes.values()].every(
    ({ objects, pictures, outcomes, scores }) =>
      objects.length === count &&
      pictures.length === outcomes.length &&
      scores.length === outcomes.length &&
      pictures.every((picture) => picture < count),
  );
  if (!fits || !file.groups.flat().every((picture) => picture < count)) {
    throw new RangeError(`${name}: expected outcomes of its ${count} pictures`);
  }
  return { ...file, classes };
}

function parse(bytes: Uint8Array, name: string): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(gunzipSync(bytes).toString()));
  } catch (cause) {
    const [reason] = cause instanceof z.ZodError ? cause.issues : [];
    const text = reason === undefined ? messageOf(cause) : reason.message;
    throw new RangeError(`${name}: expected a file of --outcomes: ${text}`, { cause });
  }
}

function toBase64({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** Whole values in a buffer of their own: a view of a pooled one may not be aligned. */
function fromBase64(text: string, bytesOfValue: number): ArrayBuffer {
  const bytes = Buffer.from(text, 'base64');
  const whole = bytes.length - (bytes.length % bytesOfValue);
  return Uint8Array.from(bytes.subarray(0, whole)).buffer;
}
