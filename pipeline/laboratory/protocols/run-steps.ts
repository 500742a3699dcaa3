import { continualScores } from '../../../operators/measure/forgetting.ts';
import type { ClassReport, ProtocolOutcome, StepReport } from '../learning/learning-report.ts';
import { evaluate } from '../../../operators/measure/evaluate.ts';
import { ap50Interval } from '../../../operators/measure/resampled-ap.ts';
import { sequencesOf } from '../../../operators/measure/sequences.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  type ClassOutcomes,
  type ClassScores,
  detectClasses,
  meanOver,
  outcomesOf,
} from './class-scores.ts';
import { type LearningSession, type LearningStep, ProtocolError } from './protocol.ts';
import { scoreSeenPictures, type SeenScores } from './seen-pictures.ts';

/**
 * Learns steps in order and evaluates all classes introduced so far on the whole test set at each
 * checkpoint.
 *
 * AP50 throughout. Ω is the mean over checkpoints of mAP divided by joint training's mAP on the
 * same classes (Hayes et al., "REMIND your neural network to prevent catastrophic forgetting",
 * 2020; Acharya et al., "RODEO", 2020); checkpoints where joint training scores 0 are left out. For
 * forgetting and transfer, the classes new at a checkpoint form a task. The outcomes of the last
 * checkpoint go to the session's `record`. `before` is awaited before each step, with its index.
 */
export async function runSteps(
  session: LearningSession,
  steps: readonly LearningStep[],
  before: (step: number) => Promise<void> = () => Promise.resolve(),
): Promise<ProtocolOutcome> {
  const { test, predictor, learner, signal, log } = session;
  const tested = new Set(
    test.images.flatMap(({ objects }) =>
      objects.filter(({ crowd, difficult }) => !crowd && !difficult).map((object) => object.class),
    ),
  );
  const after = pickCheckpoints(
    steps.map(({ introduced }) => introduced.some((name) => tested.has(name))),
    session.checkpointsMax,
  );
  if (after.length === 0) throw new ProtocolError('no class of the steps has test objects');
  const bound = await session.jointBound(steps, after);
  const tasks = tasksOf(steps, after);
  const groups = sequencesOf(test.images);
  const results: Checkpoint[] = [];
  const outcomes: ClassOutcomes[] = [];
  for (const [i, step] of steps.entries()) {
    await before(i);
    await learner.learn(step.pictures);
    if (!after.includes(i + 1)) continue;
    const detections = await detectClasses(predictor, test.images, learner.head, signal);
    const scores = evaluate(test.images, detections).perClass;
    const learned = tasks.slice(0, results.length + 1).flat();
    const matched = outcomesOf(test.images, detections, learned);
    outcomes.push(matched);
    const interval = ap50Interval([...matched.values()], groups, seededRandom(session.seed));
    results.push({ scores, bytes: learner.bytes, interval });
    const map50 = meanOver(scores, learned, 'ap50')?.toFixed(3) ?? 'unknown';
    log.info(`step ${i + 1} of ${steps.length}: mAP50 ${map50}`);
  }
  session.record?.({ step: steps.length, groups, classes: outcomes.at(-1)! });
  const { images } = test;
  const seen = scoreSeenPictures({ images, groups, tasks, outcomes, seed: session.seed });
  return outcomeOf(steps, after, results, { bound, seen });
}

/** Raw results of one checkpoint. */
export interface Checkpoint {
  readonly scores: ClassScores;
  readonly bytes: number;
  /** 95 % interval of the mean AP50 of the classes learned so far. */
  readonly interval?: readonly [low: number, high: number] | null;
}

/** What checkpoints are compared with, and their scores on some of the pictures. */
interface References {
  /** Joint training's mAP50 at each checkpoint. Default: none. */
  readonly bound?: readonly (number | null)[];
  readonly seen?: SeenScores;
}

/** Summarises checkpoints: `results[i]` was evaluated after `after[i]` steps. */
export function outcomeOf(
  steps: readonly Pick<LearningStep, 'introduced'>[],
  after: readonly number[],
  results: readonly Checkpoint[],
  { bound = [], seen }: References = {},
): ProtocolOutcome {
  const tasks = tasksOf(steps, after);
  const perStep = results.map(({ scores, bytes, interval = null }, i): StepReport => {
    const learned = tasks.slice(0, i + 1).flat();
    return {
      step: after[i]!,
      introduced: tasks[i]!,
      seen: learned.length,
      map50: meanOver(scores, learned, 'ap50'),
      map50Interval: interval,
      map50Seen: seen?.map50Seen[i] ?? null,
      map50SeenInterval: seen?.map50SeenInterval[i] ?? null,
      map: meanOver(scores, learned, 'ap'),
      map50New: meanOver(scores, tasks[i]!, 'ap50'),
      map50Old: meanOver(scores, tasks.slice(0, i).flat(), 'ap50'),
      jointMap50: bound[i] ?? null,
      bytes,
    };
  });
  // A class without a label has no output in any head, so its score is 0 without measuring.
  const matrix = results.map(({ scores }) =>
    tasks.map((task) => meanOver(scores, task, 'ap50') ?? 0),
  );
  const untrained = tasks.map(() => 0);
  const { forgetting, backwardTransfer, forwardTransfer } = continualScores(matrix, { untrained });
  const last = perStep.at(-1)!;
  return {
    map50: last.map50,
    map50Interval: last.map50Interval ?? null,
    map50Seen: last.map50Seen ?? null,
    map50SeenInterval: last.map50SeenInterval ?? null,
    map: last.map,
    omega: omegaOf(perStep),
    forgetting,
    forgettingSeen: seen?.forgettingSeen ?? null,
    forgettingSeenInterval: seen?.forgettingSeenInterval ?? null,
    bwt: backwardTransfer,
    bwtSeen: seen?.bwtSeen ?? null,
    bwtSeenInterval: seen?.bwtSeenInterval ?? null,
    fwt: forwardTransfer,
    perStep,
    perClass: perClassOf(steps, results.at(-1)!.scores),
  };
}

/** The classes that are new at each checkpoint. */
function tasksOf(
  steps: readonly Pick<LearningStep, 'introduced'>[],
  after: readonly number[],
): string[][] {
  return after.map((end, i) =>
    steps.slice(after[i - 1] ?? 0, end).flatMap(({ introduced }) => introduced),
  );
}

/**
 * Picks the step counts after which to evaluate: evenly over the steps that introduce a tested
 * class (`worthwhile`), plus the last step, so that every task has a tested class. Empty where no
 * step does.
 */
export function pickCheckpoints(worthwhile: readonly boolean[], most: number): readonly number[] {
  const ends = worthwhile.flatMap((is, i) => (is ? [i + 1] : []));
  if (ends.length === 0) return [];
  const count = Math.min(Math.max(1, most), ends.length);
  const picked = Array.from(
    { length: count },
    (_, i) => ends[Math.ceil(((i + 1) * ends.length) / count) - 1]!,
  );
  return [...picked.slice(0, -1), worthwhile.length];
}

function omegaOf(perStep: readonly StepReport[]): number | null {
  const ratios = perStep.flatMap(({ map50, jointMap50 }) =>
    map50 === null || jointMap50 === null || jointMap50 <= 0 ? [] : [map50 / jointMap50],
  );
  if (ratios.length === 0) return null;
  return ratios.reduce((sum, value) => sum + value, 0) / ratios.length;
}

function perClassOf(
  steps: readonly Pick<LearningStep, 'introduced'>[],
  scores: ClassScores,
): Readonly<Record<string, ClassReport>> {
  const entries = steps.flatMap(({ introduced }, i) =>
    introduced.flatMap((name): [string, ClassReport][] => {
      const classScores = scores[name];
      return classScores === undefined ? [] : [[name, { ...classScores, step: i + 1 }]];
    }),
  );
  return Object.fromEntries(entries);
}
