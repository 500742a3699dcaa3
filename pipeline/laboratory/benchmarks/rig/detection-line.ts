import type { Box } from '../../../../operators/foundation/geometry/box.ts';

/** One line of `lifelens run --detections`, reduced to the fields that benchmarks read. */
export interface DetectionLine {
  readonly frame: number;
  readonly detections: readonly { readonly class: string; readonly box: Box }[];
}
