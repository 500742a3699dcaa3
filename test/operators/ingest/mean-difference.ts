import { canvasOf } from '../../../operators/ingest/frames/view-size.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';

/** Mean difference of view and full picture, in levels of 0 to 255, sampled at nearest pixels. */
export function meanDifference({ full, view, width, height, viewSize }: Frame): number {
  const canvas = canvasOf(viewSize);
  let sum = 0;
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const at =
        (Math.floor(((y + 0.5) * height) / canvas.height) * width +
          Math.floor(((x + 0.5) * width) / canvas.width)) *
        3;
      for (let c = 0; c < 3; c++)
        sum += Math.abs(full[at + c]! - view[(y * canvas.width + x) * 3 + c]!);
    }
  }
  return sum / view.length;
}
