import { intersectionOverUnion, type Box } from '../../../operators/foundation/geometry/box.ts';
import {
  type ClassifiedBox,
  evaluate,
  type Evaluation,
} from '../../../operators/measure/evaluate.ts';
import type { ProtocolOutcome, StepReport } from '../learning/learning-report.ts';
import { countClasses, isLearned, planSteps } from './class-incremental.ts';
import { maxOverlap, type NamedPlace, namePlaces } from './named-places.ts';
import { stillUnknowns, unknownPlaces } from './open-world.ts';
import {
  type LearningSession,
  type LearningStep,
  type Protocol,
  ProtocolError,
} from './protocol.ts';
import { pickCheckpoints } from './run-steps.ts';

/** IoU from which on a box is the object's. */
const sameObject = 0.5;
/** Peaks that are weaker name nothing on live frames. */
const minObjectness = 0.1;

/**
 * What the base model knew before, after new classes were learned one at a time: the test set holds classes of the
 * base model, the training set others.
 *
 * A place has one name, as in the live pipeline (see name-track.ts): base detections at a place that got a learned name are
 * none of their classes any more. `map50` and `map` are the base classes' at the end, `forgetting` what they lost in AP50.
 * No object of the test set is of a learned class, so that AP knows nothing of learned names elsewhere: precision of names does,
 * where each of them is a false alarm.
 */
export const baseRetention: Protocol = {
  name: 'base-retention',
  summary:
    'New classes are learned one at a time; judged is what the base model knew before. Takes a test set of COCO classes.',
  run: async (session) => {
    const { train, test, engine, learner, log, signal } = session;
    const known = new Set(engine.baseClasses);
    const classes = [...countClasses(train).keys()].filter((name) => !known.has(name));
    const tested = [...countClasses(test).keys()];
    if (classes.length === 0 || !tested.some((name) => known.has(name))) {
      throw new ProtocolError('base-retention takes new classes to learn and base classes to test');
    }
    const foreign = tested.find((name) => classes.includes(name));
    if (foreign !== undefined) {
      throw new ProtocolError(`the test set of base-retention holds a class to learn: ${foreign}`);
    }
    const steps = planSteps(session, classes, new Array(classes.length).fill(1));
    const after = pickCheckpoints(new Array(steps.length).fill(true), session.checkpointsMax);
    const before = await judgeBase(session);
    let last = before;
    const perStep: StepReport[] = [];
    for (const [i, step] of steps.entries()) {
      signal.throwIfAborted();
      await learner.learn(step.pictures);
      if (!after.includes(i + 1)) continue;
      last = await judgeBase(session);
      perStep.push(stepReport(steps, i + 1, perStep.at(-1)?.step ?? 0, last, learner.bytes));
      log.info(`step ${i + 1} of ${steps.length}: base mAP50 ${last.evaluation.ap50 ?? 0}`);
    }
    return outcomeOf(before, last, perStep);
  },
};

/** What a head leaves of the base model. */
interface BaseFigures {
  readonly evaluation: Evaluation;
  /** Of the named places, those that name an object rightly. */
  readonly precision: number | null;
  /** Of the objects, those that are named rightly … */
  readonly recall: number;
  /** … and whose name is not doubted; see {@link stillUnknowns}. */
  readonly undoubtedRecall: number;
  /** Learned names a picture, on annotated objects and elsewhere. */
  readonly newOnOld: number;
  readonly newElsewhere: number;
  /** Of the annotated objects, those that are reported as unknown. */
  readonly oldAsUnknown: number;
}

async function judgeBase({
  test,
  judge,
  learner,
  engine,
  signal,
}: LearningSession): Promise<BaseFigures> {
  const { head } = learner;
  const base = new Set(engine.baseClasses);
  const detections = new Map<string, readonly ClassifiedBox[]>();
  const counts = { objects: 0, named: 0, right: 0, newOnOld: 0, newElsewhere: 0 };
  const doubts = { right: 0, unknown: 0 };
  for (const image of test.images) {
    signal.throwIfAborted();
    const seen = await judge.see(image, head);
    const places = namePlaces(seen, head, minObjectness, image);
    const learned = places.filter(({ name }) => name?.by === 'learned');
    const overruled = ({ box }: ClassifiedBox): boolean =>
      learned.some(({ observation }) => intersectionOverUnion(observation.box, box) > maxOverlap);
    detections.set(image.id, [
      ...seen.base.filter((detection) => !overruled(detection)),
      ...learned.map(({ box, name }) => ({ box, class: name!.class, score: name!.score })),
    ]);
    const objects = image.objects.filter((object) => isLearned(object) && base.has(object.class));
    const named = places.filter(({ name }) => name !== null);
    counts.objects += objects.length;
    counts.named += named.length;
    counts.right += countRight(named, objects);
    const onOld = learned.filter(({ box }) => objects.some((object) => covers(object.box, box)));
    counts.newOnOld += onOld.length;
    counts.newElsewhere += learned.length - onOld.length;
    const unknown = unknownPlaces(places, image, stillUnknowns);
    const undoubted = named.filter((place) => !unknown.includes(place));
    doubts.right += countRight(undoubted, objects);
    doubts.unknown += objects.filter((object) =>
      unknown.some(({ box }) => covers(object.box, box)),
    ).length;
  }
  const pictures = test.images.length;
  return {
    evaluation: evaluate(test.images, detections),
    precision: counts.named === 0 ? null : counts.right / counts.named,
    recall: counts.right / counts.objects,
    newOnOld: counts.newOnOld / pictures,
    newElsewhere: counts.newElsewhere / pictures,
    undoubtedRecall: doubts.right / counts.objects,
    oldAsUnknown: doubts.unknown / counts.objects,
  };
}

/** Objects of which a place says what they are; each counts once. */
function countRight(
  named: readonly NamedPlace[],
  objects: readonly { readonly box: Box; readonly class: string }[],
): number {
  const open = new Set(objects);
  for (const { box, name } of named) {
    const found = [...open].find(
      (object) => object.class === name?.class && covers(object.box, box),
    );
    if (found !== undefined) open.delete(found);
  }
  return objects.length - open.size;
}

function covers(object: Box, box: Box): boolean {
  return intersectionOverUnion(box, object) >= sameObject;
}

function stepReport(
  steps: readonly LearningStep[],
  step: number,
  stepBefore: number,
  { evaluation, newOnOld, newElsewhere }: BaseFigures,
  bytes: number,
): StepReport {
  return {
    step,
    introduced: steps.slice(stepBefore, step).flatMap(({ introduced }) => introduced),
    seen: steps.slice(0, step).flatMap(({ introduced }) => introduced).length,
    map50: evaluation.ap50,
    map: evaluation.ap,
    map50New: null,
    map50Old: evaluation.ap50,
    jointMap50: null,
    bytes,
    extra: { newOnOldPerImage: newOnOld, newElsewherePerImage: newElsewhere },
  };
}

function outcomeOf(
  before: BaseFigures,
  after: BaseFigures,
  perStep: readonly StepReport[],
): ProtocolOutcome {
  const lost = (before.evaluation.ap50 ?? 0) - (after.evaluation.ap50 ?? 0);
  return {
    map50: after.evaluation.ap50,
    map: after.evaluation.ap,
    omega: null,
    forgetting: lost,
    bwt: -lost,
    fwt: null,
    perStep,
    perClass: Object.fromEntries(
      Object.entries(after.evaluation.perClass).map(([name, own]) => [
        name,
        { ...own, step: null },
      ]),
    ),
    extra: {
      baseMap50Before: before.evaluation.ap50,
      baseMap50After: after.evaluation.ap50,
      baseMapBefore: before.evaluation.ap,
      baseMapAfter: after.evaluation.ap,
      namedPrecisionBefore: before.precision,
      namedPrecisionAfter: after.precision,
      namedRecallBefore: before.recall,
      namedRecallAfter: after.recall,
      undoubtedRecallBefore: before.undoubtedRecall,
      undoubtedRecallAfter: after.undoubtedRecall,
      newOnOldPerImage: after.newOnOld,
      newElsewherePerImage: after.newElsewhere,
      oldAsUnknownBefore: before.oldAsUnknown,
      oldAsUnknownAfter: after.oldAsUnknown,
    },
  };
}
