import type { CappedMemory, MemoryContents } from './capped-memory.ts';
import type { Sample } from './sample.ts';
import { openFile, sealFile } from '../foundation/files/sealed-file.ts';

const kind = { name: 'memory file', magic: 'LLMEMORY', version: 1 };

type Metadata = Omit<Sample, 'dense' | 'denseTargets' | 'embeddings' | 'thumbnail'>;

interface Header extends Omit<MemoryContents, 'entries' | 'statistics'> {
  readonly entries: readonly {
    readonly key: number;
    readonly sample: Metadata;
    /** Bytes of each vector's blob. */
    readonly dense: number;
    readonly denseTargets: number;
    readonly looks: number;
    readonly thumbnail: number;
  }[];
  readonly statistics: readonly {
    readonly class: string;
    readonly count: number;
    readonly sum: number;
  }[];
}

/** Serialises a memory for {@link readMemory} as a sealed file, see sealed-file.ts. */
export function saveMemory(memory: CappedMemory): Uint8Array {
  const { entries, statistics, ...counts } = memory.contents();
  const blobs: ArrayBufferView[] = [];
  const header: Header = {
    ...counts,
    entries: entries.map(({ key, sample }) => {
      const { dense, denseTargets, embeddings, thumbnail, ...metadata } = sample;
      blobs.push(dense, denseTargets, embeddings, thumbnail);
      return {
        key,
        sample: metadata,
        dense: dense.byteLength,
        denseTargets: denseTargets.byteLength,
        looks: embeddings.byteLength,
        thumbnail: thumbnail.byteLength,
      };
    }),
    statistics: statistics.map(({ class: name, count, sum }) => {
      blobs.push(sum);
      return { class: name, count, sum: sum.byteLength };
    }),
  };
  return sealFile(kind, header, blobs);
}

/**
 * Reads the bytes of {@link saveMemory}.
 *
 * @throws SealedFileError for any other bytes, a flipped bit included.
 */
export function readMemory(bytes: Uint8Array): MemoryContents {
  const { header, take } = openFile(kind, bytes);
  // The checksum guarantees the shape: only saveMemory writes it.
  const { entries, statistics, ...counts } = header as Header;
  return {
    ...counts,
    entries: entries.map(({ key, sample, dense, denseTargets, looks, thumbnail }) => ({
      key,
      sample: {
        ...sample,
        dense: new Uint16Array(take(dense)),
        denseTargets: new Float32Array(take(denseTargets)),
        embeddings: new Uint16Array(take(looks)),
        thumbnail: new Uint8Array(take(thumbnail)),
      },
    })),
    statistics: statistics.map(({ class: name, count, sum }) => ({
      class: name,
      count,
      sum: new Float32Array(take(sum)),
    })),
  };
}
