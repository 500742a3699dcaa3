import type { Box } from '../ingest/frame.ts';
import { intersectionOverUnion } from './observe.ts';

export interface ScoredBox {
  readonly box: Box;
  readonly score: number;
}

/**
 * Weakens the boxes of one class that overlap stronger ones, instead of dropping them: of two
 * objects side by side, both stay. Gaussian form, `score × exp(-IoU² / sigma)` for every
 * stronger box; strongest first. "Soft-NMS: improving object detection with one line of code",
 * Bodla et al., 2017, whose sigma is 0.5.
 */
export function softNms<T extends ScoredBox>(
  boxes: readonly T[],
  { sigma = 0.5, minScore = 0.001 }: { readonly sigma?: number; readonly minScore?: number } = {},
): T[] {
  const open = boxes.map((box) => ({ ...box }));
  const kept: T[] = [];
  while (open.length > 0) {
    let best = 0;
    for (let i = 1; i < open.length; i++) if (open[i]!.score > open[best]!.score) best = i;
    const [strongest] = open.splice(best, 1);
    if (strongest === undefined || strongest.score < minScore) break;
    kept.push(strongest);
    for (const [i, other] of open.entries()) {
      const overlap = intersectionOverUnion(strongest.box, other.box);
      open[i] = { ...other, score: other.score * Math.exp(-(overlap ** 2) / sigma) };
    }
  }
  return kept;
}
