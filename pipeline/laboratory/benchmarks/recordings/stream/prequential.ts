import { type Estimate, meanOverOrders } from '../../../../../operators/measure/resampled-ap.ts';
import type { Head } from '../../../../../operators/detect/heads/head.ts';
import { scoreCrop, scoreObject } from '../../../../../operators/detect/heads/score.ts';
import { isLearned } from '../../../protocols/class-incremental.ts';
import { placeAt } from '../labels-of-recordings.ts';
import type { TrackedPicture } from '../track-recordings.ts';

/** How the objects of a visit were named, before the visit was learned. */
export interface NameCounts {
  readonly recording: string;
  /** Objects in its frames whose class was asked about in an earlier visit … */
  readonly objects: number;
  /** … those of them that are detected: a track lies on them with an IoU of at least 0.5 … */
  readonly judged: number;
  /** … and those that the head names right, by the highest score of all its classes. */
  readonly right: number;
}

/** Judges the names that a head gives to the objects of a visit; `seen`: classes that count. */
export function judgeNames(
  pictures: readonly TrackedPicture[],
  head: Head,
  seen: ReadonlySet<string>,
): Omit<NameCounts, 'recording'> {
  const counts = { objects: 0, judged: 0, right: 0 };
  for (const picture of pictures) {
    for (const { class: truth, box } of picture.image.objects.filter(isLearned)) {
      if (!seen.has(truth)) continue;
      counts.objects++;
      const place = placeAt(picture, box);
      if (place === null) continue;
      counts.judged++;
      if (nameOf(picture, place, head) === truth) counts.right++;
    }
  }
  return counts;
}

/** The class of the highest score; null for a head without classes. */
function nameOf({ prediction }: TrackedPicture, place: number, head: Head): string | null {
  const { proposals, embeddings } = prediction;
  if (head.classes.length === 0) return null;
  const length = (embeddings?.length ?? 0) / proposals.length;
  const own = embeddings?.subarray(place * length, (place + 1) * length);
  const cropScores = own === undefined ? null : scoreCrop(head, own);
  const scores = scoreObject(head, proposals[place]!.latent, cropScores);
  return head.classes[scores.indexOf(Math.max(...scores))] ?? null;
}

/** What one set of recordings has: per order of its visits the counts of each of them. */
export type SetCounts = readonly (readonly NameCounts[])[];

/** Right and judged objects of each recording, in the same order of recordings. */
interface OfRecordings {
  readonly right: readonly number[];
  readonly judged: readonly number[];
}

/**
 * Share of judged objects with the right name, mean over sets and orders, with its 95 % interval by
 * draws of recordings and orders. Null without judged objects.
 */
export function nameAccuracy(sets: readonly SetCounts[], random: () => number): Estimate | null {
  const prepared = sets.map(byRecording);
  return meanOverOrders((weights, set, order) => accuracyOf(prepared[set]![order]!, weights), {
    ...shapeOf(prepared),
    random,
  });
}

/** By how much that of the first exceeds that of the second, on the same draws. */
export function nameAccuracyDifference(
  first: readonly SetCounts[],
  second: readonly SetCounts[],
  random: () => number,
): Estimate | null {
  const [a, b] = [first.map(byRecording), second.map(byRecording)];
  const difference = (weights: ArrayLike<number>, set: number, order: number): number | null => {
    const value = accuracyOf(a[set]![order]!, weights);
    const other = accuracyOf(b[set]![order]!, weights);
    return value === null || other === null ? null : value - other;
  };
  return meanOverOrders(difference, { ...shapeOf(a), random });
}

function byRecording(orders: SetCounts): readonly OfRecordings[] {
  const recordings = [...new Set(orders.flat().map(({ recording }) => recording))].sort();
  return orders.map((visits) => {
    const sum = (of: 'right' | 'judged') =>
      recordings.map((recording) =>
        visits
          .filter((visit) => visit.recording === recording)
          .reduce((total, visit) => total + visit[of], 0),
      );
    return { right: sum('right'), judged: sum('judged') };
  });
}

function accuracyOf({ right, judged }: OfRecordings, weights: ArrayLike<number>): number | null {
  const sum = (counts: readonly number[]) =>
    counts.reduce((total, count, i) => total + count * weights[i]!, 0);
  const all = sum(judged);
  return all === 0 ? null : sum(right) / all;
}

function shapeOf(sets: readonly (readonly OfRecordings[])[]) {
  return {
    groups: sets.map((orders) => orders[0]!.right.length),
    orders: sets[0]?.length ?? 0,
  };
}
