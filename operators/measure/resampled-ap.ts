import type { ClassInImage } from './average-precision.ts';
import { outcomesAt50, weightedArea } from './average-precision.ts';

/** Resamples of which percentiles are taken. */
const resamples = 1000;
/** Share of resamples below the interval, and above it. */
const tail = 0.025;
/**
 * Fewer groups say too little of how groups differ: of intervals from 5 that should hold the true
 * value 95 times in 100, 84 do, of those from 10 and from 15 91, and none from a single group.
 */
export const groupsMin = 10;

/**
 * A 95 % interval of the mean AP50 over classes, by the bootstrap: groups of pictures are drawn
 * with replacement, as many as there are, and the 2.5th and 97.5th percentile of 1,000 such sets is
 * taken (Efron, "Bootstrap methods: another look at the jackknife", 1979). A class that a draw does
 * not show is left out of its mean.
 *
 * `classes`: for each class its annotations and detections in every picture, in one order of
 * pictures; `groups`: indices of pictures; `random`: uniform in [0, 1). Null without objects, and
 * for fewer than {@link groupsMin} groups.
 */
export function ap50Interval(
  classes: readonly (readonly ClassInImage[])[],
  groups: readonly (readonly number[])[],
  random: () => number,
): readonly [low: number, high: number] | null {
  if (groups.length < groupsMin) return null;
  const matched = classes.map((images) => outcomesAt50(images));
  const pictures = groups.reduce((sum, { length }) => sum + length, 0);
  const means: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const weights = new Uint16Array(pictures);
    for (let drawn = 0; drawn < groups.length; drawn++) {
      for (const picture of groups[Math.floor(random() * groups.length)]!) {
        weights[picture] = weights[picture]! + 1;
      }
    }
    const areas = matched.flatMap((outcomes) => weightedArea(outcomes, weights) ?? []);
    if (areas.length > 0) means.push(areas.reduce((sum, area) => sum + area, 0) / areas.length);
  }
  if (means.length === 0) return null;
  means.sort((a, b) => a - b);
  return [
    means[Math.floor(tail * means.length)]!,
    means[Math.ceil((1 - tail) * means.length) - 1]!,
  ];
}
