import { denseLatentLength } from '../../../detect/engines/engine.ts';
import { float16Values, toFloat16 } from '../../../foundation/numbers/float16.ts';
import type { Example } from '../../strategy.ts';
import type { TrainingExample } from '../gradient/training-rows.ts';

/**
 * A labelled object kept by a method. One buffer holds its cells, embeddings and targets, as
 * float16 bits or as a quantiser's codes with targets in steps of 1/255.
 */
export interface Exemplar {
  readonly id: string;
  /** Null: none of the classes. */
  readonly label: string | null;
  /** Number of cells. */
  readonly cells: number;
  /** Number of crop embeddings. */
  readonly crops: number;
  readonly payload: Uint16Array | Uint8Array;
}

/**
 * Objects, buffer header and index entry of one exemplar: an upper bound measured on V8 (Node 20,
 * x64).
 */
export const exemplarOverheadBytes = 768;

/** Bytes of an exemplar: payload, strings at two bytes per character, overhead. */
export function exemplarBytes({ id, label, payload }: Exemplar): number {
  return payload.byteLength + 2 * (id.length + (label?.length ?? 0)) + exemplarOverheadBytes;
}

/** Packs an example as float16. `embeddingLength`: values of one of its embeddings. */
export function packExemplar(
  { id, label, dense, denseTargets, embeddings }: Example,
  embeddingLength: number,
): Exemplar {
  const payload = new Uint16Array(dense.length + embeddings.length + denseTargets.length);
  let at = 0;
  for (const part of [dense, embeddings, denseTargets]) {
    for (const value of part) payload[at++] = toFloat16(value);
  }
  return {
    id,
    label,
    cells: denseTargets.length,
    crops: embeddings.length / embeddingLength,
    payload,
  };
}

/** The training example of an exemplar of {@link packExemplar}. Vectors are views, not copies. */
export function exemplarRows({ label, cells, payload }: Exemplar): TrainingExample {
  if (payload instanceof Uint8Array) {
    throw new TypeError('a coded exemplar has to be decoded first');
  }
  const embeddingsFrom = cells * denseLatentLength;
  const targetsFrom = payload.length - cells;
  return {
    label,
    dense: payload.subarray(0, embeddingsFrom),
    embeddings: payload.subarray(embeddingsFrom, targetsFrom),
    denseTargets: Float32Array.from(payload.subarray(targetsFrom), (half) => float16Values[half]!),
  };
}
