import { continualScores } from '../../../operators/measure/forgetting.ts';
import type { ClassReport, ProtocolOutcome, StepReport } from '../learning/learning-report.ts';
import { type ClassScores, meanOver, scoreClasses } from './class-scores.ts';
import { type LearningSession, type LearningStep, ProtocolError } from './protocol.ts';

/**
 * Learns steps one after the other and judges at checkpoints, on the whole test set, what is known of all classes
 * introduced so far.
 *
 * AP50 throughout. Ω is the mean over checkpoints of mAP over joint training's mAP on the same classes (Hayes et al., "REMIND your neural
 * network to prevent catastrophic forgetting", 2020; Acharya et al., "RODEO", 2020); checkpoints at which
 * joint training itself scores 0 say nothing and are left out. Forgetting and transfers take what one checkpoint
 * introduced for a task. `before` is awaited before each step, which it is told the index of.
 */
export async function runSteps(
  session: LearningSession,
  steps: readonly LearningStep[],
  before: (step: number) => Promise<void> = () => Promise.resolve(),
): Promise<ProtocolOutcome> {
  const { test, judge, learner, signal, log } = session;
  const judged = new Set(
    test.images.flatMap(({ objects }) =>
      objects.filter(({ crowd, difficult }) => !crowd && !difficult).map((object) => object.class),
    ),
  );
  const after = pickCheckpoints(
    steps.map(({ introduced }) => introduced.some((name) => judged.has(name))),
    session.checkpointsMax,
  );
  if (after.length === 0) throw new ProtocolError('no class of the lessons has objects to test on');
  const bound = await session.jointBound(steps, after);
  const tasks = tasksOf(steps, after);
  const results: Checkpoint[] = [];
  for (const [i, step] of steps.entries()) {
    await before(i);
    await learner.learn(step.pictures);
    if (!after.includes(i + 1)) continue;
    const scores = await scoreClasses(judge, test.images, learner.head, signal);
    results.push({ scores, bytes: learner.bytes });
    const seen = tasks.slice(0, results.length).flat();
    log.info(`step ${i + 1} of ${steps.length}: mAP50 ${percent(meanOver(scores, seen, 'ap50'))}`);
  }
  return outcomeOf(steps, after, results, bound);
}

/** What was measured at one checkpoint. */
export interface Checkpoint {
  readonly scores: ClassScores;
  readonly bytes: number;
}

/** Sums up checkpoints, which were made `after` so many steps; `bound` holds joint training's mAP50 at each. */
export function outcomeOf(
  steps: readonly Pick<LearningStep, 'introduced'>[],
  after: readonly number[],
  results: readonly Checkpoint[],
  bound: readonly (number | null)[],
): ProtocolOutcome {
  const tasks = tasksOf(steps, after);
  const perStep = results.map(({ scores, bytes }, i): StepReport => {
    const seen = tasks.slice(0, i + 1).flat();
    return {
      step: after[i]!,
      introduced: tasks[i]!,
      seen: seen.length,
      map50: meanOver(scores, seen, 'ap50'),
      map: meanOver(scores, seen, 'ap'),
      map50New: meanOver(scores, tasks[i]!, 'ap50'),
      map50Old: meanOver(scores, tasks.slice(0, i).flat(), 'ap50'),
      jointMap50: bound[i] ?? null,
      bytes,
    };
  });
  // Before a class is named no head has a column for it, so that its score is 0 and need not be measured.
  const matrix = results.map(({ scores }) =>
    tasks.map((task) => meanOver(scores, task, 'ap50') ?? 0),
  );
  const untrained = tasks.map(() => 0);
  const { forgetting, backwardTransfer, forwardTransfer } = continualScores(matrix, { untrained });
  const last = perStep.at(-1)!;
  return {
    map50: last.map50,
    map: last.map,
    omega: omegaOf(perStep),
    forgetting,
    bwt: backwardTransfer,
    fwt: forwardTransfer,
    perStep,
    perClass: perClassOf(steps, results.at(-1)!.scores),
  };
}

/** The classes that each checkpoint is the first to judge. */
function tasksOf(
  steps: readonly Pick<LearningStep, 'introduced'>[],
  after: readonly number[],
): string[][] {
  return after.map((end, i) =>
    steps.slice(after[i - 1] ?? 0, end).flatMap(({ introduced }) => introduced),
  );
}

/**
 * After how many steps to judge: evenly over the steps that introduce something to judge, the last step
 * always, so that every task holds a class that is judged. Empty where there is nothing to judge.
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
      const own = scores[name];
      return own === undefined ? [] : [[name, { ...own, step: i + 1 }]];
    }),
  );
  return Object.fromEntries(entries);
}

function percent(share: number | null): string {
  return share === null ? 'unknown' : share.toFixed(3);
}
