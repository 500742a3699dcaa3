import { intersectionOverUnion, type Box } from '../../../operators/foundation/geometry/box.ts';
import {
  type ClassifiedBox,
  evaluate,
  type Evaluation,
} from '../../../operators/measure/evaluate.ts';
import type { ProtocolOutcome, StepReport } from '../learning/learning-report.ts';
import { countClasses, isLearned, planSteps } from './class-incremental.ts';
import { maxOverlap, type RecognisedPlace, recognisePlaces } from './recognise-places.ts';
import { stillUnknowns, unknownPlaces } from './open-world.ts';
import {
  type LearningSession,
  type LearningStep,
  type Protocol,
  ProtocolError,
} from './protocol.ts';
import { pickCheckpoints } from './run-steps.ts';

/** Minimum IoU of a box that counts as the object's. */
const sameObject = 0.5;
/** Weaker peaks are not recognised on live frames. */
const minObjectness = 0.1;

/**
 * Measures retention of the base classes while new classes are learned one at a time: the test set
 * holds base classes, the training set others.
 *
 * Every place has one label, as in the live pipeline (see recognise-track.ts), so a learned label
 * at a place removes the base detections there. `map50` and `map` are those of the base classes at
 * the end, `forgetting` is their loss in AP50. The test set holds no object of a learned class, so
 * every learned label is a false positive; label precision counts these, AP of the base classes
 * does not.
 */
export const baseRetention: Protocol = {
  name: 'base-retention',
  recordsOutcomes: false,
  summary:
    'New classes are learned one at a time; the base classes are evaluated. Takes a test set of COCO classes.',
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
    const before = await evaluateBase(session);
    let last = before;
    const perStep: StepReport[] = [];
    for (const [i, step] of steps.entries()) {
      signal.throwIfAborted();
      await learner.learn(step.pictures);
      if (!after.includes(i + 1)) continue;
      last = await evaluateBase(session);
      perStep.push(stepReport(steps, i + 1, perStep.at(-1)?.step ?? 0, last, learner.bytes));
      log.info(`step ${i + 1} of ${steps.length}: base mAP50 ${last.evaluation.ap50 ?? 0}`);
    }
    return outcomeOf(before, last, perStep);
  },
};

/** Evaluation of the base classes under one head. */
interface BaseFigures {
  readonly evaluation: Evaluation;
  /** Share of labelled places whose label is correct. */
  readonly precision: number | null;
  /** Share of objects with the correct label … */
  readonly recall: number;
  /** … that are not reported as unknown as well; see {@link stillUnknowns}. */
  readonly undoubtedRecall: number;
  /** Learned labels per picture, on annotated objects and elsewhere. */
  readonly newOnOld: number;
  readonly newElsewhere: number;
  /** Share of annotated objects that are reported as unknown. */
  readonly oldAsUnknown: number;
}

async function evaluateBase({
  test,
  predictor,
  learner,
  engine,
  signal,
}: LearningSession): Promise<BaseFigures> {
  const { head } = learner;
  const base = new Set(engine.baseClasses);
  const detections = new Map<string, readonly ClassifiedBox[]>();
  const counts = {
    objects: 0,
    named: 0,
    correct: 0,
    newOnOld: 0,
    newElsewhere: 0,
    correctUndoubted: 0,
    unknown: 0,
  };
  for (const image of test.images) {
    signal.throwIfAborted();
    const prediction = await predictor.predict(image, head);
    const places = recognisePlaces(prediction, head, minObjectness, image);
    const learned = places.filter(({ recognition }) => recognition?.by === 'learned');
    const overruled = ({ box }: ClassifiedBox): boolean =>
      learned.some(({ observation }) => intersectionOverUnion(observation.box, box) > maxOverlap);
    detections.set(image.id, [
      ...prediction.base.filter((detection) => !overruled(detection)),
      ...learned.map(({ box, recognition }) => ({
        box,
        class: recognition!.class,
        score: recognition!.score,
      })),
    ]);
    const objects = image.objects.filter((object) => isLearned(object) && base.has(object.class));
    const named = places.filter(({ recognition }) => recognition !== null);
    counts.objects += objects.length;
    counts.named += named.length;
    counts.correct += countCorrect(named, objects);
    const onOld = learned.filter(({ box }) => objects.some((object) => covers(object.box, box)));
    counts.newOnOld += onOld.length;
    counts.newElsewhere += learned.length - onOld.length;
    const unknown = unknownPlaces(places, image, stillUnknowns);
    const undoubted = named.filter((place) => !unknown.includes(place));
    counts.correctUndoubted += countCorrect(undoubted, objects);
    counts.unknown += objects.filter((object) =>
      unknown.some(({ box }) => covers(object.box, box)),
    ).length;
  }
  const pictureCount = test.images.length;
  return {
    evaluation: evaluate(test.images, detections),
    precision: counts.named === 0 ? null : counts.correct / counts.named,
    recall: counts.correct / counts.objects,
    newOnOld: counts.newOnOld / pictureCount,
    newElsewhere: counts.newElsewhere / pictureCount,
    undoubtedRecall: counts.correctUndoubted / counts.objects,
    oldAsUnknown: counts.unknown / counts.objects,
  };
}

/** Counts objects that some place labels correctly, each at most once. */
function countCorrect(
  named: readonly RecognisedPlace[],
  objects: readonly { readonly box: Box; readonly class: string }[],
): number {
  const open = new Set(objects);
  for (const { box, recognition } of named) {
    const found = [...open].find(
      (object) => object.class === recognition?.class && covers(object.box, box),
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
      Object.entries(after.evaluation.perClass).map(([name, scores]) => [
        name,
        { ...scores, step: null },
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
