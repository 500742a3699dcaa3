import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Head, Lift, LinearLayer } from '../../detect/heads/head.ts';
import type { Verdict } from '../../gate/verdict.ts';
import { findFault } from '../../gate/head-fault.ts';
import { fromLittleEndian, headHash, toLittleEndian } from './head-hash.ts';

/** A head with its metadata, saved and loaded as one record. */
export interface HeadBundle {
  readonly head: Head;
  /** The version that was active when this one was accepted; null for the first. */
  readonly parent: number | null;
  /** The gate's verdict; null for a head that passed no gate (a taught set, an imported head). */
  readonly verdict: Verdict | null;
  /** Hash of its training data, as the learner computes it. */
  readonly trainedOn: string;
  /** Creation time in ms since the Unix epoch, or of virtual time. */
  readonly createdMs: number;
}

/** Incremented when older versions can no longer read the files. */
const formatVersion = 1;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
/** Maximum rows of a random projection in a file, which bounds the matrix built from its seed. */
const liftRowsMax = 16_384;
/** Maximum number of values in a file whose pairs are taken. */
const pairedMax = 2048;
const seedSchema = z.int();
const rowsSchema = z.int().positive().max(liftRowsMax);
const layerSchema = z.strictObject({
  weights: z.base64(),
  bias: z.base64(),
  length: z.int().positive(),
  lift: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('root') }),
      z.strictObject({ kind: z.literal('standard'), mean: z.base64(), scale: z.base64() }),
      z.strictObject({ kind: z.literal('random'), seed: seedSchema, rows: rowsSchema }),
      z.strictObject({
        kind: z.literal('fourier'),
        seed: seedSchema,
        rows: rowsSchema,
        gamma: z.number().positive(),
      }),
      z.strictObject({
        kind: z.literal('pairs'),
        seed: seedSchema,
        count: z.int().positive().max(pairedMax),
      }),
      z.strictObject({
        kind: z.literal('gaussian'),
        centres: z.base64(),
        gamma: z.number().positive(),
      }),
    ])
    .optional(),
});
const rateSchema = z.number().min(0).max(1).nullable();
/**
 * Verdicts are kept for people to read. Newer programs say more in them than older ones, so only
 * what every verdict has is checked.
 */
const verdictSchema = z.looseObject({
  accepted: z.boolean(),
  code: z.string(),
  reason: z.string(),
  perClass: z.array(
    z.looseObject({
      class: z.string(),
      before: rateSchema,
      after: rateSchema,
      samples: z.int().min(0),
    }),
  ),
  background: z.looseObject({ before: rateSchema, after: rateSchema, samples: z.int().min(0) }),
});
/** What the head's vectors were made by, if not by the built-in models. */
const sightSchema = z.strictObject({
  detector: z.string(),
  encoder: z.string(),
  embeddingLength: z.int().positive(),
});
const bodySchema = z.strictObject({
  version: z.int().min(0),
  parent: z.int().min(0).nullable(),
  createdMs: z.number(),
  trainedOn: z.string(),
  headHash: hex64,
  verdict: verdictSchema.nullable(),
  strategy: z.string(),
  classes: z.array(z.string()),
  classIds: z.array(z.string()).optional(),
  activation: z.enum(['clip', 'softmax', 'sigmoid']),
  thresholds: z.base64(),
  objectness: z.strictObject({ weights: z.base64(), bias: z.number() }),
  dense: layerSchema,
  look: layerSchema.nullable(),
  box: layerSchema.optional(),
  sight: sightSchema.optional(),
});
const fileSchema = z.strictObject({
  format: z.literal('lifelens head bundle'),
  formatVersion: z.literal(formatVersion),
  /** SHA-256 of the body's JSON: detects a flipped bit anywhere, in the verdict too. */
  checksum: hex64,
  body: z.unknown(),
});

/**
 * Serialises a bundle as JSON, weights as base64 of little-endian float32.
 *
 * @throws RangeError for a head that could not be read back.
 */
export function writeHeadBundle({ head, ...metadata }: HeadBundle): string {
  const fault = findFault(head);
  if (fault !== null) throw new RangeError(`head ${head.version}: ${fault.message}`);
  const body: z.input<typeof bodySchema> = {
    version: head.version,
    parent: metadata.parent,
    createdMs: metadata.createdMs,
    trainedOn: metadata.trainedOn,
    headHash: headHash(head),
    verdict: metadata.verdict === null ? null : verdictSchema.parse(metadata.verdict),
    strategy: head.strategy,
    classes: [...head.classes],
    ...(head.classIds && { classIds: [...head.classIds] }),
    activation: head.activation,
    thresholds: encode(head.thresholds),
    objectness: { weights: encode(head.objectness.weights), bias: head.objectness.bias },
    dense: encodeLayer(head.dense),
    look: head.crop === null ? null : encodeLayer(head.crop),
    ...(head.box && { box: encodeLayer(head.box) }),
    ...(head.sight && { sight: head.sight }),
  };
  const file: z.input<typeof fileSchema> = {
    format: 'lifelens head bundle',
    formatVersion,
    checksum: checksum(body),
    body,
  };
  return `${JSON.stringify(file)}\n`;
}

/** Reads the text of {@link writeHeadBundle}; throws an Error with a one-line message. */
export function readHeadBundle(text: string): HeadBundle {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error('it is not JSON: cut short or overwritten', { cause });
  }
  const file = parse(fileSchema, json);
  if (checksum(file.body) !== file.checksum) throw new Error('its checksum does not match');
  const body = parse(bodySchema, file.body);
  const head: Head = {
    version: body.version,
    strategy: body.strategy,
    classes: body.classes,
    ...(body.classIds && { classIds: body.classIds }),
    objectness: { weights: decode(body.objectness.weights), bias: body.objectness.bias },
    dense: decodeLayer(body.dense),
    crop: body.look === null ? null : decodeLayer(body.look),
    ...(body.box && { box: decodeLayer(body.box) }),
    activation: body.activation,
    thresholds: decode(body.thresholds),
    ...(body.sight && { sight: body.sight }),
  };
  const fault = findFault(head);
  if (fault !== null) throw new Error(fault.message);
  if (headHash(head) !== body.headHash) throw new Error('its weights do not match their hash');
  const { parent, trainedOn, createdMs } = body;
  // What a verdict says is for people, and only lifelens wrote it: the checksum vouches for that.
  const verdict = body.verdict as Verdict | null;
  return { head, parent, verdict, trainedOn, createdMs };
}

function checksum(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new Error(`${path.join('.') || 'the file'}: ${message}`, { cause: result.error });
}

function encode(values: Float32Array): string {
  return toLittleEndian(values).toString('base64');
}

function decode(base64: string): Float32Array {
  return fromLittleEndian(Buffer.from(base64, 'base64'));
}

function encodeLayer(layer: LinearLayer): z.input<typeof layerSchema> {
  const { weights, bias, length, lift } = layer;
  return {
    weights: encode(weights),
    bias: encode(bias),
    length,
    ...(lift && { lift: mapVectors(lift, encode) }),
  };
}

function decodeLayer(layer: z.output<typeof layerSchema>): LinearLayer {
  const { weights, bias, length, lift } = layer;
  return {
    weights: decode(weights),
    bias: decode(bias),
    length,
    ...(lift && { lift: mapVectors(lift, decode) }),
  };
}

type LiftOf<Vector> =
  | Exclude<Lift, { kind: 'standard' | 'gaussian' }>
  | { readonly kind: 'standard'; readonly mean: Vector; readonly scale: Vector }
  | { readonly kind: 'gaussian'; readonly centres: Vector; readonly gamma: number };

/** Changes the form of the vectors of a lift, if it has any. */
function mapVectors<From, To>(lift: LiftOf<From>, change: (vector: From) => To): LiftOf<To> {
  switch (lift.kind) {
    case 'standard':
      return { kind: lift.kind, mean: change(lift.mean), scale: change(lift.scale) };
    case 'gaussian':
      return { kind: lift.kind, centres: change(lift.centres), gamma: lift.gamma };
    default:
      return lift;
  }
}
