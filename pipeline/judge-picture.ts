import { cutLook } from '../operators/detect/crop.ts';
import type { Detector } from '../operators/detect/detector.ts';
import { lookLatentLength, lookSize } from '../operators/detect/engine.ts';
import type { Head } from '../operators/detect/head.ts';
import { observe } from '../operators/detect/observe.ts';
import { scoreLook, scoreObject } from '../operators/detect/score.ts';
import { softNms } from '../operators/detect/soft-nms.ts';
import type { LoadedPicture } from '../operators/ingest/labelled-set/load-picture.ts';
import type { ClassifiedBox } from '../operators/measure/evaluate.ts';

export interface JudgeOptions {
  readonly viewSize: number;
  /** Size of the picture that boxes are answered in, in pixels. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/** Weaker peaks are not worth a line in a precision-recall curve. */
const minObjectness = 0.02;
/** A still picture gets second looks at its strongest peaks; a video gets them per track. */
const looksMax = 40;
const looksAtOnce = 8;

/**
 * Everything that the base model and a head see in one picture, at any score: what average
 * precision wants. The same trunk, second looks and scores as on live frames, without tracks.
 */
export async function judgePicture(
  detector: Pick<Detector, 'detect' | 'look' | 'describe'>,
  head: Head,
  picture: LoadedPicture,
  { viewSize, sourceWidth, sourceHeight }: JudgeOptions,
): Promise<ClassifiedBox[]> {
  const { peaks } = await detector.detect({ view: picture.view, viewSize });
  const size = { viewSize, sourceWidth, sourceHeight };
  const { baseClasses } = detector.describe;
  const seen = observe(peaks, size, baseClasses, { minObjectness });
  const found: ClassifiedBox[] = seen
    .filter(({ baseScore }) => baseScore >= minObjectness)
    .map(({ baseClass, box, baseScore }) => ({ class: baseClass, box, score: baseScore }));
  if (head.classes.length === 0) return found;

  // Boxes that overlap more than observations of one object do may still be the better fit.
  const proposals = observe(peaks, size, baseClasses, { minObjectness, maxOverlap: 0.7 });
  const chosen = proposals.slice(0, looksMax);
  const looks = head.look === null ? null : await takeLooks(detector, picture, chosen, size);
  const scored = chosen.map(({ box, latent }, i) => {
    const look = looks?.subarray(i * lookLatentLength, (i + 1) * lookLatentLength);
    const looked = look === undefined ? null : scoreLook(head, look);
    return {
      box,
      scores: scoreObject(head, latent, looked),
    };
  });
  for (const [k, name] of head.classes.entries()) {
    const boxes = scored.map(({ box, scores }) => ({ box, score: scores[k]! }));
    for (const { box, score } of softNms(boxes)) found.push({ class: name, box, score });
  }
  return found;
}

async function takeLooks(
  detector: Pick<Detector, 'look'>,
  { full, width, height }: LoadedPicture,
  observations: readonly { readonly box: readonly [number, number, number, number] }[],
  size: Pick<JudgeOptions, 'sourceWidth' | 'sourceHeight'>,
): Promise<Float32Array> {
  const across = width / size.sourceWidth;
  const down = height / size.sourceHeight;
  const latents = new Float32Array(observations.length * lookLatentLength);
  for (let first = 0; first < observations.length; first += looksAtOnce) {
    const batch = observations.slice(first, first + looksAtOnce);
    const pixels = new Uint8Array(batch.length * lookSize * lookSize * 3);
    const logSizes = new Float32Array(batch.length * 2);
    batch.forEach(({ box: [x0, y0, x1, y1] }, i) => {
      const crop = cutLook(full, width, height, [x0 * across, y0 * down, x1 * across, y1 * down]);
      pixels.set(crop.pixels, i * lookSize * lookSize * 3);
      logSizes.set(crop.logSizes, i * 2);
    });
    latents.set(await detector.look(pixels, logSizes, batch.length), first * lookLatentLength);
  }
  return latents;
}
