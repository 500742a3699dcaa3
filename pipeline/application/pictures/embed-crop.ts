import { cutCrops } from '../../../operators/detect/crops/cut-crops.ts';
import { freeBuffer } from '../../../operators/foundation/threads/free-buffer.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import type { Track } from '../../../operators/track/track.ts';

/** Embeds a crop of a track. The pixels are copied before it returns. */
export function embedCrop(
  learner: Pick<Learner, 'embedCrops' | 'cropSize'>,
  frame: Frame,
  track: Track,
): Promise<Float32Array> {
  const { pixels, logSizes, count } = cutCrops(frame, [track], learner.cropSize);
  const embedding = learner.embedCrops(pixels, logSizes, count);
  // The call has copied the pixels.
  freeBuffer(pixels);
  return embedding;
}
