import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import { float16Values, toFloat16 } from '../../../foundation/numbers/float16.ts';
import type { Example } from '../../strategy.ts';
import type { TrainingExample } from '../gradient/training-rows.ts';

/**
 * A labelled object that a method keeps for itself. All its numbers lie in one buffer: cells, looks,
 * targets, as float16 bits, or as a quantiser's codes with targets in steps of 1/255.
 */
export interface Exemplar {
  readonly id: string;
  /** Null: none of the classes. */
  readonly label: string | null;
  readonly cells: number;
  readonly embeddings: number;
  readonly payload: Uint16Array | Uint8Array;
}

/** Bytes of objects, buffer header and index entry of one exemplar, set above what V8 (Node 20, x64) was seen to take. */
export const exemplarOverheadBytes = 768;

/** What an exemplar costs: payload, strings at two bytes a character, overhead. */
export function exemplarBytes({ id, label, payload }: Exemplar): number {
  return payload.byteLength + 2 * (id.length + (label?.length ?? 0)) + exemplarOverheadBytes;
}

/** An example as float16. */
export function packExemplar({ id, label, dense, denseTargets, embeddings }: Example): Exemplar {
  const payload = new Uint16Array(dense.length + embeddings.length + denseTargets.length);
  let at = 0;
  for (const part of [dense, embeddings, denseTargets]) {
    for (const value of part) payload[at++] = toFloat16(value);
  }
  return {
    id,
    label,
    cells: denseTargets.length,
    embeddings: embeddings.length / cropEmbeddingLength,
    payload,
  };
}

/** What to train on out of an exemplar that {@link packExemplar} made. Vectors are views, not copies. */
export function exemplarRows({
  label,
  cells,
  embeddings: looks,
  payload,
}: Exemplar): TrainingExample {
  if (payload instanceof Uint8Array)
    throw new TypeError('a coded exemplar has to be decoded first');
  const looksFrom = cells * denseLatentLength;
  const targetsFrom = looksFrom + looks * cropEmbeddingLength;
  return {
    label,
    dense: payload.subarray(0, looksFrom),
    embeddings: payload.subarray(looksFrom, targetsFrom),
    denseTargets: Float32Array.from(payload.subarray(targetsFrom), (half) => float16Values[half]!),
  };
}
