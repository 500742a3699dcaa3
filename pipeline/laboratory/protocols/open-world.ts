import { noveltyByScore } from '../../../operators/discover/novelty.ts';
import {
  candidateDefaults,
  type CandidateOptions,
  coveringBoxes,
  isSuspect,
} from '../../../operators/discover/candidate.ts';
import type { LabelledImage } from '../../../operators/datasets/labelled-set.ts';
import {
  type OpenWorldImage,
  openWorldScores,
  unknownRecallWithin,
} from '../../../operators/measure/open-world.ts';
import { countClasses, isLearned, planSteps } from './class-incremental.ts';
import { type NamedPlace, namePlaces } from './named-places.ts';
import { type LearningSession, type Protocol, ProtocolError } from './protocol.ts';
import { runSteps } from './run-steps.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../operators/foundation/numbers/shuffle.ts';

/**
 * What a still picture calls unknown. On live frames what flickers is no object; a still picture has no time to tell by,
 * so that the least objectness is its operating point: chosen on training pictures. Unlike the live
 * discoverer, it doubts base names whose share of the base heat is small, and calls unknown what bears one.
 */
export const stillUnknowns: CandidateOptions = {
  ...candidateDefaults,
  objectnessMin: 0.1,
  doubtShare: 0.3,
};

/** The same by the rule of the live discoverer: what has a name is known. */
const liveUnknowns: CandidateOptions = {
  ...stillUnknowns,
  doubtShare: candidateDefaults.doubtShare,
};

/**
 * Open world: half of the classes, drawn by the seed, are learned one at a time; nobody ever names the others. What is
 * reported as unknown is compared with where they are, before anything was learned and at the end.
 *
 * U-Recall, A-OSE: Joseph et al., "Towards Open World Object Detection", 2021. Wilderness impact: Dhamija et al.,
 * 2020, on all that the head names at any score. Where the paper counts detections above a score of 0.05, A-OSE
 * counts unknown objects that bear a name at the live pipeline's thresholds, base names
 * included, since a bolt that is called a kite is mistaken too. What is doubted, and so reported as unknown, bears none.
 * Figures that begin with `live` are by the rule of the live discoverer, which doubts no name.
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
  const judged = {
    ...{ doubting: newViews(), live: newViews() },
    ...{ anyScore: [] as OpenWorldImage[], learned: [] as OpenWorldImage[] },
  };
  for (const image of test.images) {
    signal.throwIfAborted();
    const seen = await judge.see(image, head);
    const places = namePlaces(seen, head, 0, image);
    const truth = truthOf(image, taught);
    for (const [views, options] of [
      [judged.doubting, stillUnknowns],
      [judged.live, liveUnknowns],
    ] as const) {
      const unknown = unknownPlaces(places, image, options);
      const named = namesOf(places.filter((place) => !unknown.includes(place)));
      const atAny = unknownPlaces(places, image, { ...options, objectnessMin: 0 });
      views.point.push({ ...truth, named, flagged: unknown.map(flag) });
      views.curve.push({ ...truth, named: [], flagged: atAny.map(flag) });
    }
    const learned = namesOf(places).filter(({ by }) => by === 'learned');
    judged.anyScore.push({ ...truth, named: seen.learned, flagged: [] });
    judged.learned.push({ ...truth, named: learned, flagged: [] });
  }
  const { wildernessImpact, wildernessClasses } = openWorldScores(judged.anyScore);
  const { unknownObjects, ...doubting } = figuresOf(judged.doubting);
  const live = figuresOf(judged.live);
  return {
    ...doubting,
    liveUnknownRecallAt2False: live.unknownRecallAt2False,
    liveAOse: live.aOse,
    ...{ wildernessImpact, wildernessClasses },
    aOseLearned: openWorldScores(judged.learned).openSetError,
    unknownObjects,
  };
}

/** What one rule for unknowns makes of all pictures. */
interface Views {
  /** At its operating point. */
  readonly point: OpenWorldImage[];
  /** Whatever the objectness. */
  readonly curve: OpenWorldImage[];
}

function newViews(): Views {
  return { point: [], curve: [] };
}

function figuresOf({ point, curve }: Views) {
  const { unknownRecall, falseUnknownsPerImage, openSetError, unknownObjects } =
    openWorldScores(point);
  return {
    ...{ unknownRecall, falseUnknownsPerImage },
    unknownRecallAt1False: unknownRecallWithin(curve, 1),
    unknownRecallAt2False: unknownRecallWithin(curve, 2),
    ...{ aOse: openSetError, unknownObjects },
  };
}

function namesOf(places: readonly NamedPlace[]) {
  return places.flatMap(({ box, name }) => (name === null ? [] : [{ box, ...name }]));
}

/** The most novel with the highest score. */
function flag(place: NamedPlace): OpenWorldImage['flagged'][number] {
  return { box: place.box, score: noveltyByScore(place) };
}

/** Places that are called unknown. */
export function unknownPlaces(
  places: readonly NamedPlace[],
  { width, height }: LabelledImage,
  options: CandidateOptions,
): readonly NamedPlace[] {
  const size = { sourceWidth: width, sourceHeight: height };
  const covering = coveringBoxes(places, size, options);
  return places.filter((place) => isSuspect(place, size, covering, options));
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
