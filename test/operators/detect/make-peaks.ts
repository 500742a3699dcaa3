import { denseLatentLength, type Peaks } from '../../../operators/detect/engines/engine.ts';

/** One peak: a box in view pixels with its scores. */
export interface PeakRow {
  readonly box: readonly [number, number, number, number];
  readonly objectness: number;
  readonly baseClass?: number;
  readonly baseScore?: number;
  readonly baseShare?: number;
}

/** Builds peaks from rows; the latent of row i is filled with i. */
export function makePeaks(rows: readonly PeakRow[]): Peaks {
  const latents = new Float32Array(rows.length * denseLatentLength);
  rows.forEach((_, i) => latents.fill(i, i * denseLatentLength, (i + 1) * denseLatentLength));
  return {
    count: rows.length,
    boxes: Float32Array.from(rows.flatMap(({ box }) => box)),
    objectness: Float32Array.from(rows, ({ objectness }) => objectness),
    baseClass: Int32Array.from(rows, ({ baseClass }) => baseClass ?? 0),
    baseScore: Float32Array.from(rows, ({ baseScore }) => baseScore ?? 0),
    baseShare: Float32Array.from(rows, ({ baseShare }) => baseShare ?? 1),
    latents,
    cells: Int32Array.from(rows, (_, i) => i),
  };
}
