import type { Dataset } from '../../../../../operators/datasets/dataset.ts';
import type { Head } from '../../../../../operators/detect/heads/head.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../../../operators/foundation/numbers/shuffle.ts';
import { sequencesOf } from '../../../../../operators/measure/sequences.ts';
import type { BenchLearner } from '../../../learning/bench-learner.ts';
import { countClasses } from '../../../protocols/class-incremental.ts';
import type { SetPair } from '../../learning-table/table-sets.ts';
import type { Judged } from '../judged-sets.ts';
import { createLearner, inOrder, type Rig, type RigOptions, withRig } from '../rig.ts';
import {
  evidenceOf,
  learnChange,
  renameChange,
  type VisitEvidence,
  watchVisit,
} from './evidence.ts';
import { judgeHeads } from './judge-heads.ts';
import {
  drawSwitches,
  type Name,
  rightNames,
  withoutSecond,
  withSwitches,
  withWrong,
} from './mistakes.ts';
import { namesOfTracks, playStream, type Stream } from './play-stream.ts';
import type { NameCounts } from './prequential.ts';
import type { Delay } from './schedule.ts';
import { cutVisits, questionsOf, type TrackedVisit } from './visits.ts';

/** What goes wrong in a stream. */
export interface Condition {
  readonly delay: Delay;
  /** Share of the answers that are wrong. */
  readonly wrong: number;
  /** Share of the tracks that are joined with one of another object. */
  readonly switches: number;
}

/**
 * `played`: as it is at the end of the stream. `mended`: wrong names were undone and given right,
 * or joined tracks split again and the labels of their second parts taken back. `never`: learned at
 * once with the names that `mended` has.
 */
export type State = 'played' | 'mended' | 'never';

/** One stream learned under one condition and judged on the other half. */
export interface StreamJudgement extends Condition, Judged {
  readonly strategy: string;
  readonly state: State;
  /** Questions asked. */
  readonly asked: number;
  /** Frames of objects that got a label. */
  readonly labels: number;
  /** Per visit; null except for `played`. */
  readonly names: readonly NameCounts[] | null;
}

/** What is judged, and with what. */
export interface JudgedStreams extends RigOptions {
  readonly pairs: readonly SetPair[];
  readonly strategies: readonly string[];
  /** Each gives an order of visits, and draws of mistakes. */
  readonly seeds: readonly number[];
  readonly conditions: readonly Condition[];
  /** Visits that each recording is cut into. */
  readonly visits: number;
  /** Visits between two updates of the head. */
  readonly group: number;
  /** Frames of a track that is asked about. */
  readonly hitsMin: number;
  /** Frames of a track that are learned. */
  readonly samples: number;
  /** Every so many frames of the other half are judged. */
  readonly every: number;
}

/** Learns and judges every strategy, pair, seed and condition. */
export async function judgeStreams(parts: JudgedStreams): Promise<readonly StreamJudgement[]> {
  return withRig(parts, async (rig) => {
    const judgements: StreamJudgement[] = [];
    for (const [pair, specs] of parts.pairs.entries()) {
      const [train, test] = [await inOrder(specs.train), await inOrder(specs.test)];
      for (const strategy of parts.strategies) {
        const watched = await watchAll(rig, strategy, train, parts);
        const classes = [...countClasses(train).keys()].sort();
        const half: Half = { rig, strategy, pair, classes, test, watched, parts };
        for (const seed of parts.seeds) judgements.push(...(await judgeSeed(half, seed)));
      }
    }
    return judgements;
  });
}

/** A visit with what it gives to learn from. */
interface Watched {
  readonly visit: TrackedVisit;
  readonly evidence: VisitEvidence;
}

/**
 * Tracks the visits in the order of their recordings; what the annotator names right away is
 * learned, so that objectness is that of a learner in use.
 */
async function watchAll(
  rig: Rig,
  strategy: string,
  train: Dataset,
  { visits, hitsMin, samples, print }: JudgedStreams,
): Promise<readonly Watched[]> {
  const learner = createLearner(rig, strategy);
  const watched: Watched[] = [];
  let firstId = 1;
  for (const cut of cutVisits(train.images, visits)) {
    const visit = await watchVisit(rig, cut, { head: learner.head, firstId });
    const ids = visit.pictures.flatMap(({ tracks }) => tracks.filter((id) => id !== null));
    firstId = Math.max(firstId, ...ids.map((id) => id + 1));
    const questions = questionsOf([visit], hitsMin);
    const examplesOf = rig.cache.examples.bind(rig.cache);
    const evidence = await evidenceOf(visit, { questions, samples, examplesOf });
    watched.push({ visit, evidence });
    if (questions.length === 0) continue;
    await learner.update(learnChange([evidence], namesOfTracks(rightNames(questions))));
  }
  const asked = questionsOf(
    watched.map(({ visit }) => visit),
    hitsMin,
  );
  print(`${watched.length} visits, ${firstId - 1} tracks, ${asked.length} questions`);
  return watched;
}

/** One half that is learned, and the other one. */
interface Half {
  /** Of the half that is learned, in alphabetical order. */
  readonly classes: readonly string[];
  readonly rig: Rig;
  readonly strategy: string;
  readonly pair: number;
  readonly test: Dataset;
  readonly watched: readonly Watched[];
  readonly parts: JudgedStreams;
}

/** A head to judge. */
interface Played extends Condition {
  readonly state: State;
  readonly head: Head;
  readonly asked: number;
  readonly labels: number;
  readonly names: readonly NameCounts[] | null;
}

async function judgeSeed(half: Half, seed: number): Promise<readonly StreamJudgement[]> {
  const { rig, strategy, pair, classes, test, watched, parts } = half;
  const order = shuffle(watched, seededRandom(seed));
  const visits = order.map(({ visit }) => visit);
  const stream: Stream = {
    visits,
    evidence: order.map(({ evidence }) => evidence),
    questions: questionsOf(visits, parts.hitsMin),
  };
  const played: Played[] = [];
  const never = new Map<string, Promise<Head>>();
  for (const condition of parts.conditions) {
    played.push(...(await playCondition(half, stream, { ...condition, seed, never })));
    parts.print(`${strategy}, half ${pair + 1}, seed ${seed}: ${JSON.stringify(condition)}`);
  }
  const images = test.images.filter((_, i) => i % parts.every === 0);
  const groups = sequencesOf(images);
  const heads = played.map(({ head }) => head);
  const outcomes = await judgeHeads(rig.predictor, images, heads, classes);
  return played.map(({ head: _, ...facts }, i) => {
    return { ...facts, strategy, pair, seed, groups, classes: outcomes[i]! };
  });
}

interface SeededCondition extends Condition {
  readonly seed: number;
  /** Heads that were learned at once, by the names that they learned. */
  readonly never: Map<string, Promise<Head>>;
}

async function playCondition(
  { rig, strategy, classes, parts }: Half,
  stream: Stream,
  { seed, never, ...condition }: SeededCondition,
): Promise<readonly Played[]> {
  const { delay, wrong, switches } = condition;
  const { questions, evidence } = stream;
  // Equal seeds draw the same order of tracks, so that larger shares contain smaller ones.
  const right = rightNames(questions);
  const joined = drawSwitches(questions, switches, seededRandom(seed));
  const names = withSwitches(withWrong(right, wrong, classes, seededRandom(seed)), joined);
  const asked = questions.length - joined.length;
  const learner = createLearner(rig, strategy);
  const counts = await playStream(stream, { names, delay, group: parts.group }, learner);
  const row = (state: State, head: Head, of: readonly Name[]): Played => {
    const labels = labelsOf(evidence, of);
    return { ...condition, state, head, asked, labels, names: state === 'played' ? counts : null };
  };
  const rows = [row('played', learner.head, names)];
  if (wrong === 0 && switches === 0) {
    // Names that all come after the last frame are learned at once.
    if (delay === 'end') never.set(keyOf(names), Promise.resolve(learner.head));
    return rows;
  }
  const mended = withoutSecond(right, joined);
  const change = renameChange(evidence, namesOfTracks(names), namesOfTracks(mended));
  rows.push(row('mended', await learner.update(change), mended));
  const key = keyOf(mended);
  const once = never.get(key) ?? learnAtOnce(createLearner(rig, strategy), evidence, mended);
  never.set(key, once);
  return [...rows, row('never', await once, mended)];
}

function keyOf(names: readonly Name[]): string {
  return names.map(({ track, label }) => `${track} ${label}`).join();
}

/** Learns visits in an order of their own, a few in an update to bound its memory. */
async function learnAtOnce(
  learner: BenchLearner,
  evidence: readonly VisitEvidence[],
  names: readonly Name[],
): Promise<Head> {
  const shown = evidence.filter(({ examples }) => examples.length > 0);
  const nameOf = namesOfTracks(names);
  for (let i = 0; i < shown.length; i += visitsAtOnce) {
    await learner.update(learnChange(shown.slice(i, i + visitsAtOnce), nameOf));
  }
  return learner.head;
}

const visitsAtOnce = 16;

function labelsOf(evidence: readonly VisitEvidence[], names: readonly Name[]): number {
  const nameOf = namesOfTracks(names);
  return evidence.flatMap(({ examples }) => examples).filter(({ track }) => nameOf.has(track))
    .length;
}
