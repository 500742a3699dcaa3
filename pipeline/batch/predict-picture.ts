import type { Box } from '../../operators/foundation/geometry/box.ts';
import { cutCrops } from '../../operators/detect/crops/cut-crops.ts';
import type { Detector } from '../../operators/detect/detector.ts';
import { type Engine, cropEmbeddingLength } from '../../operators/detect/engines/engine.ts';
import type { Head } from '../../operators/detect/heads/head.ts';
import type { LoadedPicture } from '../../operators/datasets/load-picture.ts';
import type { ClassifiedBox } from '../../operators/measure/evaluate.ts';
import { baseBoxes, proposalsOf, scoreProposals, type PictureSize } from './score-proposals.ts';

const looksAtOnce = 8;

/**
 * Everything that the base model and a head see in one picture, at any score: what average
 * precision wants. The same trunk, second looks and scores as on live frames, without tracks.
 */
export async function predictPicture(
  detector: Pick<Detector, 'detect' | 'embedCrops' | 'describe'>,
  head: Head,
  picture: LoadedPicture,
  size: PictureSize,
): Promise<ClassifiedBox[]> {
  const { peaks } = await detector.detect({ view: picture.view, viewSize: size.viewSize });
  const { baseClasses } = detector.describe;
  const base = baseBoxes(peaks, size, baseClasses);
  if (head.classes.length === 0) return base;
  const proposals = proposalsOf(peaks, size, baseClasses);
  const looks = head.crop === null ? null : await embedBoxes(detector, picture, proposals, size);
  return [...base, ...scoreProposals(head, proposals, looks, size)];
}

/** Second looks at boxes of a picture, which are in source pixels: boxes × lookLatentLength, in their order. */
export async function embedBoxes(
  engine: Pick<Engine, 'embedCrops'>,
  picture: Pick<LoadedPicture, 'full' | 'width' | 'height'>,
  places: readonly { readonly box: Box }[],
  { sourceWidth, sourceHeight }: Pick<PictureSize, 'sourceWidth' | 'sourceHeight'>,
): Promise<Float32Array> {
  const latents = new Float32Array(places.length * cropEmbeddingLength);
  for (let first = 0; first < places.length; first += looksAtOnce) {
    const batch = places.slice(first, first + looksAtOnce);
    const { full, width, height } = picture;
    const crops = cutCrops({ full, width, height, sourceWidth, sourceHeight }, batch);
    const looks = await engine.embedCrops(crops.pixels, crops.logSizes, crops.count);
    latents.set(looks, first * cropEmbeddingLength);
  }
  return latents;
}
