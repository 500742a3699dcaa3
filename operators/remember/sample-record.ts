import { packRecord, unpackRecord } from '../foundation/files/packed-record.ts';
import type { MemoryEntry } from './eviction-policy.ts';
import type { Sample } from './sample.ts';

/** A sample and the random key that decides its eviction. */
export type StoredSample = Pick<MemoryEntry, 'sample' | 'key'>;

interface Header {
  readonly key: number;
  readonly sample: Omit<Sample, 'dense' | 'denseTargets' | 'embeddings' | 'thumbnail'>;
  /** Bytes of each blob. */
  readonly dense: number;
  readonly denseTargets: number;
  readonly embeddings: number;
  readonly thumbnail: number;
}

/** Encodes a sample as one record of a store. */
export function encodeSample({ sample, key }: StoredSample): Uint8Array {
  const { dense, denseTargets, embeddings, thumbnail, ...metadata } = sample;
  const header: Header = {
    key,
    sample: metadata,
    dense: dense.byteLength,
    denseTargets: denseTargets.byteLength,
    embeddings: embeddings.byteLength,
    thumbnail: thumbnail.byteLength,
  };
  return packRecord(header, [dense, denseTargets, embeddings, thumbnail]);
}

/**
 * Decodes a record of {@link encodeSample}. Throws an Error for other bytes. The long vectors and the
 * thumbnail are views of the record where its alignment admits that.
 */
export function decodeSample(bytes: Uint8Array): StoredSample {
  const { header, take, view } = unpackRecord(bytes);
  const { key, sample, dense, denseTargets, embeddings, thumbnail } = header as Header;
  if (typeof sample.id !== 'string' || !Array.isArray(sample.box)) {
    throw new Error('it is not a sample');
  }
  return {
    key,
    sample: {
      ...sample,
      dense: uint16(view(dense)),
      denseTargets: new Float32Array(take(denseTargets)),
      embeddings: uint16(view(embeddings)),
      thumbnail: view(thumbnail),
    },
  };
}

/** The values in these bytes: a view where they are aligned, else a copy. */
function uint16(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } = bytes;
  const isAligned = (byteOffset | byteLength) % Uint16Array.BYTES_PER_ELEMENT === 0;
  return isAligned
    ? new Uint16Array(buffer, byteOffset, byteLength / Uint16Array.BYTES_PER_ELEMENT)
    : new Uint16Array(new Uint8Array(bytes).buffer);
}
