import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  bootstrapInterval,
  groupsMin,
  type Interval,
} from '../../../operators/measure/bootstrap.ts';
import {
  type GroupedOutcomes,
  groupOutcomes,
  type PictureGroups,
  weightedMean,
} from '../../../operators/measure/grouped-outcomes.ts';
import type { ClassOutcomes } from './class-scores.ts';

/** What {@link scoreSeenPictures} works with. */
export interface SeenInput {
  readonly images: readonly Pick<LabelledImage, 'objects'>[];
  /** Groups of images that are not independent of each other. */
  readonly groups: PictureGroups;
  /** The classes that are new at each checkpoint. */
  readonly tasks: readonly (readonly string[])[];
  /** At each checkpoint, the outcomes of the classes learned by then. */
  readonly outcomes: readonly ClassOutcomes[];
  readonly seed: number;
}

/** Scores on pictures of seen classes, with 95 % intervals; null where there is none. */
export interface SeenScores {
  /** At each checkpoint. */
  readonly map50Seen: readonly (number | null)[];
  readonly map50SeenInterval: readonly (Interval | null)[];
  readonly forgettingSeen: number | null;
  readonly forgettingSeenInterval: Interval | null;
  readonly bwtSeen: number | null;
  readonly bwtSeenInterval: Interval | null;
}

/**
 * Scores on the pictures of seen classes alone. On all pictures, detections on objects of classes
 * not learned yet are false positives that vanish once those are learned, so that what a learner
 * gains there hides what it forgets.
 *
 * `map50Seen`: mAP50 of the classes learned by a checkpoint on the pictures that show one of them.
 * Forgetting and backward transfer follow each task on one and the same pictures, those that show a
 * class learned by the task's own checkpoint: what changes there is the head alone. Intervals
 * resample groups of pictures, where enough of them show a seen class. That of forgetting, a
 * maximum over checkpoints, leans towards more.
 */
export function scoreSeenPictures(input: SeenInput): SeenScores {
  const { groups, tasks, outcomes, seed } = input;
  const shown = tasks.map((_, i) => groupsShowing(input, new Set(tasks.slice(0, i + 1).flat())));
  const grouped = outcomes.map((ofClasses, at) =>
    grouper(ofClasses, shown[at]!)(tasks.slice(0, at + 1).flat()),
  );
  // `columns[j][k]`: the outcomes of task j at checkpoint j + k, on the pictures of j.
  const columns = tasks
    .slice(0, -1)
    .map((task, j) => outcomes.slice(j).map((ofClasses) => grouper(ofClasses, shown[j]!)(task)));
  const once = new Uint16Array(groups.length).fill(1);
  const interval = (
    at: number,
    valueOf: (weights: Uint16Array) => number | null,
  ): Interval | null => {
    if (shown[at]!.filter((members) => members.length > 0).length < groupsMin) return null;
    return bootstrapInterval(valueOf, { groups: [groups.length], random: seededRandom(seed) });
  };
  const forgetting = (weights: Uint16Array) => overTasks(columns, weights, forgotten);
  const transfer = (weights: Uint16Array) => overTasks(columns, weights, gained);
  return {
    map50Seen: grouped.map((classes) => weightedMean(classes, once)),
    map50SeenInterval: grouped.map((classes, at) =>
      interval(at, (weights) => weightedMean(classes, weights)),
    ),
    forgettingSeen: forgetting(once),
    forgettingSeenInterval: columns.length === 0 ? null : interval(0, forgetting),
    bwtSeen: transfer(once),
    bwtSeenInterval: columns.length === 0 ? null : interval(0, transfer),
  };
}

/** The groups, each without the pictures that show no object of these classes. */
function groupsShowing({ images, groups }: SeenInput, classes: ReadonlySet<string>): PictureGroups {
  return groups.map((members) =>
    members.filter((i) => images[i]!.objects.some((object) => classes.has(object.class))),
  );
}

function grouper(outcomes: ClassOutcomes, groups: PictureGroups) {
  return (classes: readonly string[]): readonly GroupedOutcomes[] =>
    classes.flatMap((name) => {
      const ofClass = outcomes.get(name);
      return ofClass === undefined ? [] : [groupOutcomes(ofClass, groups)];
    });
}

/** Mean over tasks of a figure of the task's scores at its own checkpoint and all later ones. */
function overTasks(
  columns: readonly (readonly (readonly GroupedOutcomes[])[])[],
  weights: Uint16Array,
  figureOf: (scores: readonly number[]) => number,
): number | null {
  const figures = columns.flatMap((column) => {
    const scores = column.map((classes) => weightedMean(classes, weights));
    // Objects do not depend on the head: a task has all of its scores or none.
    return scores.includes(null) ? [] : [figureOf(scores as readonly number[])];
  });
  if (figures.length === 0) return null;
  return figures.reduce((sum, value) => sum + value, 0) / figures.length;
}

/** Best score before the last minus the last one. */
function forgotten(scores: readonly number[]): number {
  return Math.max(...scores.slice(0, -1)) - scores.at(-1)!;
}

/** Last score minus the first one. */
function gained(scores: readonly number[]): number {
  return scores.at(-1)! - scores[0]!;
}
