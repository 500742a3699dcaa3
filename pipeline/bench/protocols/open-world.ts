import { noveltyByScore } from '../../../operators/discover/novelty.ts';
import {
  candidateDefaults,
  type CandidateOptions,
  coveringBoxes,
  isSuspect,
} from '../../../operators/discover/candidate.ts';
import type { LabelledImage } from '../../../operators/ingest/labelled-set/labelled-set.ts';
import {
  type OpenWorldImage,
  openWorldScores,
  unknownRecallWithin,
} from '../../../operators/measure/open-world.ts';
import { countClasses, isLearned, planSteps } from './class-incremental.ts';
import { type NamedPlace, namePlaces } from './named-places.ts';
import { type LearningSession, type Protocol, ProtocolError } from './protocol.ts';
import { runSteps } from './run-steps.ts';
import { seededRandom } from '../../../operators/ingest/seeded-random.ts';
import { shuffle } from './shuffle.ts';

/**
 * What a still picture calls unknown, by the rule of the live discoverer. On live frames what flickers is no
 * object; a still picture has no time to tell by, so that the least objectness is its operating point: chosen on
 * training pictures. It doubts base names whose share of the base heat is small.
 */
export const stillUnknowns: CandidateOptions = {
  ...candidateDefaults,
  objectnessMin: 0.1,
  doubtShare: 0.3,
};

/** False unknowns a picture at which recall is compared. */
const budgets = [1, 2] as const;

/**
 * Open world: half of the classes, drawn by the seed, are learned one at a time; nobody ever names the others. What is
 * reported as unknown is compared with where they are, before anything was learned and at the end.
 *
 * U-Recall, A-OSE: Joseph et al., "Towards Open World Object Detection", 2021. Wilderness impact: Dhamija et al.,
 * 2020, on all that the head names at any score. A-OSE counts at the live pipeline's thresholds, base names
 * included, since a bolt that is called a kite is mistaken too.
 */
export const openWorld: Protocol = {
  name: 'open-world',
  summary: 'Half of the classes are learned; what nobody ever named has to be reported as unknown.',
  run: async (session) => {
    const { train, test, seed, learner } = session;
    const tested = countClasses(test);
    const shared = [...countClasses(train).keys()].filter((name) => tested.has(name));
    const taught = shuffle(shared, seededRandom(seed)).slice(0, Math.floor(shared.length / 2));
    if (taught.length === 0)
      throw new ProtocolError('open-world takes sets that share two classes');
    const before = await judgeOpenWorld(session, new Set());
    const steps = planSteps(session, taught, new Array(taught.length).fill(1));
    const outcome = await runSteps(session, steps);
    const after = await judgeOpenWorld(session, new Set(taught));
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

/** How unknown objects are dealt with under the learner's present head. */
async function judgeOpenWorld(
  { test, judge, learner, signal }: LearningSession,
  taught: ReadonlySet<string>,
): Promise<Figures> {
  const { head } = learner;
  const judged: {
    readonly [Kind in 'point' | 'curve' | 'anyScore' | 'learned']: OpenWorldImage[];
  } = { point: [], curve: [], anyScore: [], learned: [] };
  for (const image of test.images) {
    signal.throwIfAborted();
    const seen = await judge.see(image, head);
    const places = namePlaces(seen, head, 0, image);
    const truth = truthOf(image, taught);
    const names = places.flatMap(({ box, name }) => (name === null ? [] : [{ box, ...name }]));
    const learned = names.filter(({ by }) => by === 'learned');
    const point = unknownPlaces(places, image, stillUnknowns);
    const curve = unknownPlaces(places, image, { ...stillUnknowns, objectnessMin: 0 });
    judged.point.push({ ...truth, named: names, flagged: point });
    judged.curve.push({ ...truth, named: [], flagged: curve });
    judged.anyScore.push({ ...truth, named: seen.learned, flagged: [] });
    judged.learned.push({ ...truth, named: learned, flagged: [] });
  }
  const { unknownRecall, falseUnknownsPerImage, openSetError, unknownObjects } = openWorldScores(
    judged.point,
  );
  return {
    unknownRecall,
    falseUnknownsPerImage,
    ...Object.fromEntries(
      budgets.map((most) => [
        `unknownRecallAt${most}False`,
        unknownRecallWithin(judged.curve, most),
      ]),
    ),
    wildernessImpact: openWorldScores(judged.anyScore).wildernessImpact,
    aOse: openSetError,
    aOseLearned: openWorldScores(judged.learned).openSetError,
    unknownObjects,
  };
}

/** Places that are called unknown, the most novel ones with the highest score. */
function unknownPlaces(
  places: readonly NamedPlace[],
  { width, height }: LabelledImage,
  options: CandidateOptions,
): OpenWorldImage['flagged'] {
  const size = { sourceWidth: width, sourceHeight: height };
  const covering = coveringBoxes(places, size, options);
  return places
    .filter((place) => isSuspect(place, size, covering, options))
    .map((place) => ({ box: place.box, score: noveltyByScore(place) }));
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
