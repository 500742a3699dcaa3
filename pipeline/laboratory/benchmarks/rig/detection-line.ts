import type { Box } from '../../../../operators/foundation/geometry/box.ts';

/** A line of the file that `lifelens run --detections` writes, as far as benchmarks read it. */
export interface DetectionLine {
  readonly frame: number;
  readonly detections: readonly { readonly class: string; readonly box: Box }[];
}
