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

/** Decodes a record of {@link encodeSample}. Throws an Error for other bytes. */
export function decodeSample(bytes: Uint8Array): StoredSample {
  const { header, take } = unpackRecord(bytes);
  const { key, sample, dense, denseTargets, embeddings, thumbnail } = header as Header;
  return {
    key,
    sample: {
      ...sample,
      dense: new Uint16Array(take(dense)),
      denseTargets: new Float32Array(take(denseTargets)),
      embeddings: new Uint16Array(take(embeddings)),
      thumbnail: new Uint8Array(take(thumbnail)),
    },
  };
}
