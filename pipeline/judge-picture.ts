import { cutLook } from '../operators/detect/crop.ts';
import type { Detector } from '../operators/detect/detector.ts';
import { type Engine, lookLatentLength, lookSize } from '../operators/detect/engine.ts';
import type { Head } from '../operators/detect/head.ts';
import type { Box } from '../operators/ingest/frame.ts';
import type { LoadedPicture } from '../operators/ingest/labelled-set/load-picture.ts';
import type { ClassifiedBox } from '../operators/measure/evaluate.ts';
import { baseBoxes, proposalsOf, scoreProposals, type PictureSize } from './score-proposals.ts';

const looksAtOnce = 8;

/**
 * Everything that the base model and a head see in one picture, at any score: what average
 * precision wants. The same trunk, second looks and scores as on live frames, without tracks.
 */
export async function judgePicture(
  detector: Pick<Detector, 'detect' | 'look' | 'describe'>,
  head: Head,
  picture: LoadedPicture,
  size: PictureSize,
): Promise<ClassifiedBox[]> {
  const { peaks } = await detector.detect({ view: picture.view, viewSize: size.viewSize });
  const { baseClasses } = detector.describe;
  const base = baseBoxes(peaks, size, baseClasses);
  if (head.classes.length === 0) return base;
  const proposals = proposalsOf(peaks, size, baseClasses);
  const looks = head.look === null ? null : await takeLooks(detector, picture, proposals, size);
  return [...base, ...scoreProposals(head, proposals, looks)];
}

/** Second looks at boxes of a picture, which are in source pixels: boxes × lookLatentLength, in their order. */
export async function takeLooks(
  engine: Pick<Engine, 'look'>,
  { full, width, height }: Pick<LoadedPicture, 'full' | 'width' | 'height'>,
  places: readonly { readonly box: Box }[],
  size: Pick<PictureSize, 'sourceWidth' | 'sourceHeight'>,
): Promise<Float32Array> {
  const across = width / size.sourceWidth;
  const down = height / size.sourceHeight;
  const latents = new Float32Array(places.length * lookLatentLength);
  for (let first = 0; first < places.length; first += looksAtOnce) {
    const batch = places.slice(first, first + looksAtOnce);
    const pixels = new Uint8Array(batch.length * lookSize * lookSize * 3);
    const logSizes = new Float32Array(batch.length * 2);
    batch.forEach(({ box: [x0, y0, x1, y1] }, i) => {
      const crop = cutLook(full, width, height, [x0 * across, y0 * down, x1 * across, y1 * down]);
      pixels.set(crop.pixels, i * lookSize * lookSize * 3);
      logSizes.set(crop.logSizes, i * 2);
    });
    latents.set(await engine.look(pixels, logSizes, batch.length), first * lookLatentLength);
  }
  return latents;
}
