import type { Sample } from './sample.ts';

/**
 * What one sample costs besides its payload, in bytes: the sample, label and box objects, the headers
 * of four typed arrays with their buffers and of its strings, and its entry in the memory's
 * index. Set above what V8 (Node 20 to 24, x64) was seen to take, so that the cap errs on the safe side.
 */
export const sampleOverheadBytes = 2048;

/** Four doubles and an array to hold them. */
const offsetBytes = 64;

/** What a memory pays for holding the sample, in bytes: vectors, thumbnail, strings at two bytes a character, overhead. */
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
 * The sample over buffers of its own. A view into a larger buffer (a worker's batch, Node's
 * buffer pool) would keep all of that buffer alive, and the byte count would lie.
 */
export function ownBuffers(sample: Sample): Sample {
  return {
    ...sample,
    dense: fills(sample.dense) ? sample.dense : sample.dense.slice(),
    denseTargets: fills(sample.denseTargets) ? sample.denseTargets : sample.denseTargets.slice(),
    embeddings: fills(sample.embeddings) ? sample.embeddings : sample.embeddings.slice(),
    thumbnail: fills(sample.thumbnail) ? sample.thumbnail : new Uint8Array(sample.thumbnail),
  };
}

function fills(array: Uint8Array | Uint16Array | Float32Array): boolean {
  return array.byteLength === array.buffer.byteLength;
}
