import type { Dataset } from '../../../../operators/datasets/dataset.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { sequencesOf } from '../../../../operators/measure/sequences.ts';
import { outcomesOf } from '../../protocols/class-scores.ts';
import type { StepPicture } from '../../protocols/protocol.ts';
import type { SetPair } from '../learning-table/table-sets.ts';
import type { Judged } from './judged-sets.ts';
import { carryAlong, everyLabel, oneLabelledFrame } from './labels-of-recordings.ts';
import { createLearner, inOrder, type Rig, type RigOptions, withRig } from './rig.ts';
import { nameObjects, type Naming, namings, trackRecordings } from './track-recordings.ts';

/**
 * What is learned: every label; those of one frame of each class; these carried along their tracks.
 */
export type Labelling = 'every' | 'one' | 'carried';

/** One method, labelling and naming, judged on one half with one draw of labelled frames. */
export interface Judgement extends Judged {
  readonly strategy: string;
  readonly labels: Labelling;
  readonly naming: Naming;
  /** Labelled objects. */
  readonly labelled: number;
}

/** What is judged, and with what. */
export interface JudgedRecordings extends RigOptions {
  readonly pairs: readonly SetPair[];
  readonly strategies: readonly string[];
  readonly seeds: readonly number[];
}

/** Learns and judges every combination; the frames of each recording in order. */
export async function judgeRecordings(parts: JudgedRecordings): Promise<readonly Judgement[]> {
  return withRig(parts, async (rig) => {
    const judgements: Judgement[] = [];
    for (const [pair, specs] of parts.pairs.entries()) {
      const [train, test] = [await inOrder(specs.train), await inOrder(specs.test)];
      for (const strategy of parts.strategies) {
        for (const judged of await judgePair({ rig, train, test, strategy, parts })) {
          judgements.push({ ...judged, pair });
        }
      }
    }
    return judgements;
  });
}

interface JudgedPair {
  readonly rig: Rig;
  readonly train: Dataset;
  readonly test: Dataset;
  readonly strategy: string;
  readonly parts: JudgedRecordings;
}

async function judgePair(judged: JudgedPair): Promise<Omit<Judgement, 'pair'>[]> {
  const { rig, train, strategy, parts } = judged;
  const withEvery = await learn(rig, strategy, everyLabel(train.images));
  const every = await judgeHead(judged, 'every', withEvery);
  // Every label gives the same head for each seed: the draws of seeds find no difference.
  const all = parts.seeds.flatMap((seed) => every.map((each) => ({ ...each, seed })));
  for (const seed of parts.seeds) {
    const one = oneLabelledFrame(train.images, seededRandom(seed));
    const withOne = await learn(rig, strategy, one);
    const tracked = await trackRecordings(rig.predictor, train.images, withOne.head);
    const withCarried = await learn(rig, strategy, carryAlong(one, tracked));
    for (const [labels, learned] of [
      ['one', withOne],
      ['carried', withCarried],
    ] as const) {
      const rows = await judgeHead(judged, labels, learned);
      all.push(...rows.map((each) => ({ ...each, seed })));
    }
  }
  return all;
}

/** Judges a head by every naming. */
async function judgeHead(
  { rig, test, strategy, parts }: JudgedPair,
  labels: Labelling,
  { head, labelled }: Learned,
): Promise<Omit<Judgement, 'pair' | 'seed'>[]> {
  const tracked = await trackRecordings(rig.predictor, test.images, head);
  const groups = sequencesOf(test.images);
  const names = head.classes.toSorted();
  parts.print(`${strategy}, ${labels}: ${labelled} labels, ${head.classes.length} classes`);
  return namings.map((naming) => {
    const detections = nameObjects(tracked, head, naming);
    const classes = [...outcomesOf(test.images, detections, names).values()];
    return { strategy, labels, naming, labelled, groups, classes };
  });
}

/** A head, and the number of labelled objects that it has learned. */
interface Learned {
  readonly head: Head;
  readonly labelled: number;
}

async function learn(
  rig: Rig,
  strategy: string,
  pictures: readonly StepPicture[],
): Promise<Learned> {
  const head = await createLearner(rig, strategy).learn(pictures);
  const labelled = pictures.reduce((sum, { boxes }) => sum + boxes.length, 0);
  return { head, labelled };
}
