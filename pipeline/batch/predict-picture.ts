import type { LoadedPicture } from '../../operators/datasets/load-picture.ts';
import { cutCrops } from '../../operators/detect/crops/cut-crops.ts';
import type { Detector } from '../../operators/detect/detector.ts';
import type { Embedder } from '../../operators/learn/examples/scene.ts';
import type { Head } from '../../operators/detect/heads/head.ts';
import type { Box } from '../../operators/foundation/geometry/box.ts';
import type { ClassifiedBox } from '../../operators/measure/evaluate.ts';
import { baseBoxes, proposalsOf, scoreProposals, type PictureSize } from './score-proposals.ts';

const cropsPerBatch = 8;

/**
 * Detects the objects of the backbone and of a head in one image, at any score, as average
 * precision requires. Uses the same backbone, crop embeddings and scores as live frames, without
 * tracking.
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
  const embeddings =
    head.crop === null ? null : await embedBoxes(embedderOf(detector), picture, proposals, size);
  return [...base, ...scoreProposals(head, proposals, embeddings, size)];
}

/** A detector as what embeds crops. */
export function embedderOf(detector: Pick<Detector, 'embedCrops' | 'describe'>): Embedder {
  const { cropSize, embedding } = detector.describe;
  return {
    cropSize,
    embedding,
    embedCrops: (crops, logSizes, count) => detector.embedCrops(crops, logSizes, count),
  };
}

/**
 * Embeds the crops at boxes in source pixels. Returns boxes × values of an embedding, in the order
 * of the boxes.
 */
export async function embedBoxes(
  engine: Embedder,
  picture: Pick<LoadedPicture, 'full' | 'width' | 'height'>,
  places: readonly { readonly box: Box }[],
  { sourceWidth, sourceHeight }: Pick<PictureSize, 'sourceWidth' | 'sourceHeight'>,
): Promise<Float32Array> {
  const { full, width, height } = picture;
  const { cropSize, embedding } = engine;
  const embeddings = new Float32Array(places.length * embedding.length);
  for (let first = 0; first < places.length; first += cropsPerBatch) {
    const batch = places.slice(first, first + cropsPerBatch);
    const crops = cutCrops({ full, width, height, sourceWidth, sourceHeight }, batch, cropSize);
    const rows = await engine.embedCrops(crops.pixels, crops.logSizes, crops.count);
    embeddings.set(rows, first * embedding.length);
  }
  return embeddings;
}
