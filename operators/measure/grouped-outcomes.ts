import { areaUnderCurve, type RankedOutcomes } from './average-precision.ts';

/** Groups of pictures that count together, as indices; each picture is in one group at most. */
export type PictureGroups = readonly (readonly number[])[];

/**
 * Outcomes of one class of which whole groups of pictures are weighted: what false positives
 * between two true positives are worth depends on their number in each group alone.
 */
export interface GroupedOutcomes {
  /** Per entry: index of the group. */
  readonly groups: Uint32Array;
  /** Per entry: 1 one true positive, 0 false positives. */
  readonly outcomes: Int8Array;
  /** Per entry: the detections that it stands for. */
  readonly detections: Uint32Array;
  /** Per group: objects that count. */
  readonly objects: readonly number[];
}

/** Groups a class's outcomes; pictures in no group are left out. */
export function groupOutcomes(
  { pictures, outcomes, objects }: RankedOutcomes,
  groups: PictureGroups,
): GroupedOutcomes {
  const groupOf = new Int32Array(objects.length).fill(-1);
  for (const [group, members] of groups.entries()) for (const i of members) groupOf[i] = group;
  const entries: [group: number, outcome: number, detections: number][] = [];
  let falseOnes = new Map<number, number>();
  for (let rank = 0; rank < outcomes.length; rank++) {
    const group = groupOf[pictures[rank]!]!;
    if (group < 0 || outcomes[rank] === -1) continue;
    if (outcomes[rank] === 0) {
      falseOnes.set(group, (falseOnes.get(group) ?? 0) + 1);
      continue;
    }
    for (const [each, count] of falseOnes) entries.push([each, 0, count]);
    falseOnes = new Map();
    entries.push([group, 1, 1]);
  }
  return {
    groups: Uint32Array.from(entries, ([group]) => group),
    outcomes: Int8Array.from(entries, ([, outcome]) => outcome),
    detections: Uint32Array.from(entries, ([, , detections]) => detections),
    objects: groups.map((members) => members.reduce((sum, i) => sum + objects[i]!, 0)),
  };
}

/** AP50 with each group counted as often as its weight says; null if no object is left. */
export function weightedArea(
  { groups, outcomes, detections, objects }: GroupedOutcomes,
  weights: ArrayLike<number>,
): number | null {
  const all = objects.reduce((sum, count, group) => sum + count * weights[group]!, 0);
  if (all === 0) return null;
  const counts = new Float64Array(groups.length);
  for (let i = 0; i < counts.length; i++) counts[i] = detections[i]! * weights[groups[i]!]!;
  return areaUnderCurve(outcomes, all, counts);
}

/** Mean AP50 over the classes of which objects are left; null where none is. */
export function weightedMean(
  classes: readonly GroupedOutcomes[],
  weights: ArrayLike<number>,
): number | null {
  let sum = 0;
  let count = 0;
  for (const outcomes of classes) {
    const area = weightedArea(outcomes, weights);
    if (area === null) continue;
    sum += area;
    count++;
  }
  return count === 0 ? null : sum / count;
}
