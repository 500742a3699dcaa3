import type { Sample } from './sample.ts';

/**
 * Overhead of one sample in bytes: the sample, label and box objects, the headers of four typed
 * arrays with their buffers, the headers of its strings, and its entry in the memory's index. Above
 * the values measured on V8 (Node 20 to 24, x64), so that the cap errs on the safe side.
 */
export const sampleOverheadBytes = 2048;

/** Four doubles and their array. */
const offsetBytes = 64;

/** Bytes of a stored sample: vectors, thumbnail, strings at two bytes per character, overhead. */
export function sampleBytes(sample: Sample): number {
  const { label, offsets = [] } = sample;
  const characters =
    sample.id.length +
    sample.camera.length +
    sample.clusterId.length +
    (label === null ? 0 : label.by.length + (label.class?.length ?? 0));
  return (
    sample.dense.byteLength +
    sample.denseTargets.byteLength +
    sample.embeddings.byteLength +
    sample.thumbnail.byteLength +
    offsetBytes * offsets.length +
    2 * characters +
    sampleOverheadBytes
  );
}

/**
 * Returns the sample over buffers of its own. A view into a larger buffer (a worker's batch, Node's
 * buffer pool) would keep that whole buffer alive, which the byte count does not include.
 */
export function ownBuffers(sample: Sample): Sample {
  return {
    ...sample,
    dense: ownsBuffer(sample.dense) ? sample.dense : sample.dense.slice(),
    denseTargets: ownsBuffer(sample.denseTargets)
      ? sample.denseTargets
      : sample.denseTargets.slice(),
    embeddings: ownsBuffer(sample.embeddings) ? sample.embeddings : sample.embeddings.slice(),
    thumbnail: ownsBuffer(sample.thumbnail) ? sample.thumbnail : new Uint8Array(sample.thumbnail),
  };
}

function ownsBuffer(array: Uint8Array | Uint16Array | Float32Array): boolean {
  return array.byteLength === array.buffer.byteLength;
}
