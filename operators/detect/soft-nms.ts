import { type Box, intersectionOverUnion } from '../foundation/geometry/box.ts';

export interface ScoredBox {
  readonly box: Box;
  readonly score: number;
}

/**
 * Lowers the scores of boxes that overlap stronger ones instead of dropping them, so that two
 * objects side by side are both kept. Takes boxes of one class and returns them strongest first.
 * Gaussian form: `score × exp(-IoU² / sigma)` for every stronger box. "Soft-NMS: improving object
 * detection with one line of code", Bodla et al., 2017, who use a sigma of 0.5.
 */
export function softNms<T extends ScoredBox>(
  boxes: readonly T[],
  { sigma = 0.5, minScore = 0.001 }: { readonly sigma?: number; readonly minScore?: number } = {},
): T[] {
  const scores = Float64Array.from(boxes, ({ score }) => score);
  const open = boxes.map((_, i) => i);
  const kept: T[] = [];
  while (open.length > 0) {
    let first = 0;
    for (let i = 1; i < open.length; i++) if (scores[open[i]!]! > scores[open[first]!]!) first = i;
    const strongest = open[first]!;
    if (scores[strongest]! < minScore) break;
    open.splice(first, 1);
    const { box } = boxes[strongest]!;
    kept.push({ ...boxes[strongest]!, score: scores[strongest]! });
    for (const other of open) {
      const overlap = intersectionOverUnion(box, boxes[other]!.box);
      // Skips the exponential for the many boxes that do not overlap.
      if (overlap > 0) scores[other] = scores[other]! * Math.exp(-(overlap ** 2) / sigma);
    }
  }
  return kept;
}
