import { noveltyByScore } from '../../../operators/discover/novelty.ts';
import {
  candidateDefaults,
  type CandidateOptions,
  coveringBoxes,
  isCandidateRegion,
} from '../../../operators/discover/candidate.ts';
import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import {
  type OpenWorldImage,
  openWorldScores,
  unknownRecallWithin,
} from '../../../operators/measure/open-world.ts';
import { type OwodImage, owodScores } from '../../../operators/measure/owod.ts';
import { countClasses, isLearned, planSteps } from './class-incremental.ts';
import { type RecognisedPlace, recognisePlaces } from './recognise-places.ts';
import { type LearningSession, type Protocol, ProtocolError } from './protocol.ts';
import { runSteps } from './run-steps.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../operators/foundation/numbers/shuffle.ts';

/**
 * Rule for unknowns in still images. Live frames reject flickering candidates; a still image has no
 * history, so its operating point is a minimum objectness, chosen on training images. Unlike the
 * live discoverer, it reports places as unknown whose base class has a small share of the base
 * heat.
 */
export const stillUnknowns: CandidateOptions = {
  ...candidateDefaults,
  objectnessMin: 0.1,
  doubtShare: 0.3,
};

/** The same under the live discoverer's rule: every labelled place is known. */
const liveUnknowns: CandidateOptions = {
  ...stillUnknowns,
  doubtShare: candidateDefaults.doubtShare,
};

/**
 * Open world: half of the classes, drawn by the seed, are learned one at a time; the others are
 * never labelled. Reports of unknowns are compared with those objects, before learning and at the
 * end.
 *
 * U-Recall: Joseph et al., "Towards Open World Object Detection", 2021. Open-set error and
 * wilderness impact each have two readings. `aOseOwod` and `wildernessImpactOwod` are those of that
 * paper's code ({@link owodScores}), on the head's detections from a score of 0.05 on.
 * `wildernessImpactDhamija` is the ratio of precisions of Dhamija et al., 2020, on the head's
 * detections at any score. `aOseObjects` counts unknown objects with a label at the live pipeline's
 * thresholds, base labels included, since a bolt labelled kite is an error too;
 * `aOseObjectsLearned` counts those with a learned label. A place reported as unknown has no label.
 * Figures that start with `live` use the live discoverer's rule, which accepts every label.
 */
export const openWorld: Protocol = {
  name: 'open-world',
  summary: 'Half of the classes are learned; objects of the others have to be reported as unknown.',
  run: async (session) => {
    const { train, test, seed, learner } = session;
    const tested = countClasses(test);
    const shared = [...countClasses(train).keys()].filter((name) => tested.has(name));
    const taught = shuffle(shared, seededRandom(seed)).slice(0, Math.floor(shared.length / 2));
    if (taught.length === 0) {
      throw new ProtocolError('open-world takes sets that share two classes');
    }
    const before = await evaluateOpenWorld(session, new Set());
    const steps = planSteps(session, taught, new Array(taught.length).fill(1));
    const outcome = await runSteps(session, steps);
    const after = await evaluateOpenWorld(session, new Set(taught));
    return {
      ...outcome,
      extra: {
        taughtClasses: learner.head.classes.length,
        ...keyed(before, 'Before'),
        ...keyed(after, ''),
      },
    };
  },
};

type Figures = Readonly<Record<string, number | null>>;

function keyed(figures: Figures, suffix: string): Figures {
  return Object.fromEntries(Object.entries(figures).map(([key, value]) => [key + suffix, value]));
}

/** Evaluates unknown objects under the learner's current head. */
async function evaluateOpenWorld(
  { test, predictor, learner, signal }: LearningSession,
  taught: ReadonlySet<string>,
): Promise<Figures> {
  const { head } = learner;
  const still = newViews();
  const live = newViews();
  const anyScore: OpenWorldImage[] = [];
  const learnedOnly: OpenWorldImage[] = [];
  const owod: OwodImage[] = [];
  for (const image of test.images) {
    signal.throwIfAborted();
    const prediction = await predictor.predict(image, head);
    const places = recognisePlaces(prediction, head, 0, image);
    const truth = truthOf(image, taught);
    for (const [views, options] of [
      [still, stillUnknowns],
      [live, liveUnknowns],
    ] as const) {
      const unknown = unknownPlaces(places, image, options);
      const named = namesOf(places.filter((place) => !unknown.includes(place)));
      const atAnyObjectness = unknownPlaces(places, image, { ...options, objectnessMin: 0 });
      views.point.push({ ...truth, recognised: named, flagged: unknown.map(flag) });
      views.curve.push({ ...truth, recognised: [], flagged: atAnyObjectness.map(flag) });
    }
    const learned = namesOf(places).filter(({ by }) => by === 'learned');
    anyScore.push({ ...truth, recognised: prediction.learned, flagged: [] });
    learnedOnly.push({ ...truth, recognised: learned, flagged: [] });
    owod.push({ ...allObjects(image, taught), detections: prediction.learned });
  }
  const { wildernessImpact, wildernessClasses } = openWorldScores(anyScore);
  const { openSetErrors, wildernessImpact: wildernessImpactOwod } = owodScores(owod);
  const { unknownObjects, ...stillFigures } = figuresOf(still);
  const liveFigures = figuresOf(live);
  return {
    ...stillFigures,
    liveUnknownRecallAt2False: liveFigures.unknownRecallAt2False,
    liveAOseObjects: liveFigures.aOseObjects,
    aOseObjectsLearned: openWorldScores(learnedOnly).openSetError,
    aOseOwod: openSetErrors,
    wildernessImpactDhamija: wildernessImpact,
    wildernessClasses,
    wildernessImpactOwod,
    unknownObjects,
  };
}

/** Results of one rule for unknowns over all images. */
interface Views {
  /** At the operating point. */
  readonly point: OpenWorldImage[];
  /** At any objectness. */
  readonly curve: OpenWorldImage[];
}

function newViews(): Views {
  return { point: [], curve: [] };
}

function figuresOf({ point, curve }: Views) {
  const { unknownRecall, falseUnknownsPerImage, openSetError, unknownObjects } =
    openWorldScores(point);
  return {
    unknownRecall,
    falseUnknownsPerImage,
    unknownRecallAt1False: unknownRecallWithin(curve, 1),
    unknownRecallAt2False: unknownRecallWithin(curve, 2),
    aOseObjects: openSetError,
    unknownObjects,
  };
}

function namesOf(places: readonly RecognisedPlace[]) {
  return places.flatMap(({ box, recognition }) =>
    recognition === null ? [] : [{ box, ...recognition }],
  );
}

/** A report of an unknown, scored by novelty. */
function flag(place: RecognisedPlace): OpenWorldImage['flagged'][number] {
  return { box: place.box, score: noveltyByScore(place) };
}

/** Places reported as unknown under these options. */
export function unknownPlaces(
  places: readonly RecognisedPlace[],
  { width, height }: LabelledImage,
  options: CandidateOptions,
): readonly RecognisedPlace[] {
  const size = { sourceWidth: width, sourceHeight: height };
  const covering = coveringBoxes(places, size, options);
  return places.filter((place) => isCandidateRegion(place, size, covering, options));
}

function truthOf(
  { objects }: LabelledImage,
  taught: ReadonlySet<string>,
): Pick<OpenWorldImage, 'known' | 'unknown'> {
  const counting = objects.filter(isLearned);
  return {
    known: counting.filter((object) => taught.has(object.class)),
    unknown: counting.filter((object) => !taught.has(object.class)),
  };
}

/** All objects, of which those that do not count in evaluation are difficult. */
function allObjects(
  { objects }: LabelledImage,
  taught: ReadonlySet<string>,
): Pick<OwodImage, 'known' | 'unknown'> {
  const all = objects.map((object) => ({ ...object, difficult: !isLearned(object) }));
  return {
    known: all.filter((object) => taught.has(object.class)),
    unknown: all.filter((object) => !taught.has(object.class)),
  };
}
