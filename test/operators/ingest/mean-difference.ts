import { squareSide } from '../../../operators/ingest/frames/view-size.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';

/** Mean difference of view and full picture, in levels of 0 to 255, sampled at nearest pixels. */
export function meanDifference({ full, view, width, height, viewSize: size }: Frame): number {
  const viewSize = squareSide(size);
  let sum = 0;
  for (let y = 0; y < viewSize; y++) {
    for (let x = 0; x < viewSize; x++) {
      const at =
        (Math.floor(((y + 0.5) * height) / viewSize) * width +
          Math.floor(((x + 0.5) * width) / viewSize)) *
        3;
      for (let c = 0; c < 3; c++)
        sum += Math.abs(full[at + c]! - view[(y * viewSize + x) * 3 + c]!);
    }
  }
  return sum / view.length;
}
