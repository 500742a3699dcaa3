import { openFile } from '../../../operators/foundation/files/sealed-file.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import type { Label, Sample } from '../../../operators/remember/sample.ts';

const kind = { name: 'memory file', magic: 'LLMEMORY', version: 1 };

/** A sample as lifelens 0.1 stored it: a label is of a class, of "not a class", or background. */
export interface OldSample extends Omit<Sample, 'label' | 'notA' | 'box'> {
  readonly box: Box;
  readonly label: (Omit<Label, 'kind'> & { readonly kind: Label['kind'] | 'notA' }) | null;
}

interface Header {
  readonly entries: readonly {
    readonly key: number;
    readonly sample: Omit<OldSample, 'dense' | 'denseTargets' | 'embeddings' | 'thumbnail'>;
    /** Bytes of each blob. */
    readonly dense: number;
    readonly denseTargets: number;
    readonly looks: number;
    readonly thumbnail: number;
  }[];
}

/**
 * Reads `memory.bin` of lifelens 0.1.
 *
 * @throws SealedFileError for any other bytes, a flipped bit included.
 */
export function readMemoryFile(
  bytes: Uint8Array,
): { readonly sample: OldSample; readonly key: number }[] {
  const { header, take } = openFile(kind, bytes);
  // The checksum guarantees the shape: only lifelens wrote it.
  const { entries } = header as Header;
  return entries.map(({ key, sample, dense, denseTargets, looks, thumbnail }) => ({
    key,
    sample: {
      ...sample,
      dense: new Uint16Array(take(dense)),
      denseTargets: new Float32Array(take(denseTargets)),
      embeddings: new Uint16Array(take(looks)),
      thumbnail: new Uint8Array(take(thumbnail)),
    },
  }));
}
