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

/** Bytes of a buffer beside the vectors in it, such as a record's header: part of the overhead. */
const slackBytes = 1024;

/**
 * Returns the sample over buffers that hold nothing else. A view into a larger buffer (a worker's
 * batch, Node's buffer pool) would keep that whole buffer alive, which the byte count does not
 * include.
 */
export function ownBuffers(sample: Sample): Sample {
  const { dense, denseTargets, embeddings, thumbnail } = sample;
  const used = new Map<ArrayBufferLike, number>();
  for (const { buffer, byteLength } of [dense, denseTargets, embeddings, thumbnail]) {
    used.set(buffer, (used.get(buffer) ?? 0) + byteLength);
  }
  const isOwn = ({ buffer }: ArrayBufferView): boolean =>
    buffer.byteLength <= used.get(buffer)! + slackBytes;
  return {
    ...sample,
    dense: isOwn(dense) ? dense : dense.slice(),
    denseTargets: isOwn(denseTargets) ? denseTargets : denseTargets.slice(),
    embeddings: isOwn(embeddings) ? embeddings : embeddings.slice(),
    thumbnail: isOwn(thumbnail) ? thumbnail : new Uint8Array(thumbnail),
  };
}
