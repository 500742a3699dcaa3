interface Size {
  readonly width: number;
  readonly height: number;
}

/** Proportions that differ by less are those of rounded sizes. */
const tolerance = 0.02;

/**
 * What to say where the pictures of two streams of a camera have different proportions: boxes found
 * in one are stretched onto the other, which is right where the camera squeezes its picture into
 * the smaller one, as many do, and wrong where it cuts it. Null where they have the same.
 */
export function proportionsNote(detect: Size, main: Size): string | null {
  const ratio = (detect.width * main.height) / (detect.height * main.width);
  if (Math.abs(ratio - 1) <= tolerance) return null;
  const shown = ({ width, height }: Size) => `${width} × ${height}`;
  return `the stream for detection is ${shown(detect)} and the main stream ${shown(main)}: where the camera cuts its picture to these proportions rather than squeezing it, all boxes are misplaced; choose a stream of the same proportions`;
}
