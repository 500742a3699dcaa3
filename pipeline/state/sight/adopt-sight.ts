import { builtInSight } from '../../../operators/detect/engines/engine.ts';
import {
  describeSight,
  isSameSight,
  storedSight,
  vectorSight,
  type VectorSight,
} from '../../../operators/detect/engines/sight.ts';
import type { ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';
import { sampleOf } from '../../../operators/learn/examples/example-of-sample.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import { LearnerError } from '../../../operators/learn/learner-error.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import { sampleBytes } from '../../../operators/remember/sample-bytes.ts';
import type { Log } from '../../log.ts';
import type { State } from '../state.ts';
import { sceneOfSample } from './scene-of-sample.ts';

export interface AdoptSightOptions {
  /** The learner, whose engine looks at kept pictures anew. */
  readonly learner: Pick<Learner, 'examine' | 'sight' | 'embedding'>;
  readonly viewSize: ViewPlan;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signal?: AbortSignal | undefined;
}

/** What became of samples whose vectors other models made. */
export interface AdoptedSight {
  /** Embedded anew from their kept picture, now. */
  readonly remade: number;
  /** Embedded anew earlier. */
  readonly known: number;
  /** Left as they are, and not learned, until the models that made them are back. */
  readonly aside: number;
  /** Of these, the ones whose new vectors would have evicted samples from the full memory. */
  readonly full: number;
}

/** Time between two lines of progress, in ms. */
const progressMs = 5000;

/**
 * Makes a state fit the models in use: samples that others made get vectors of these from the
 * picture that was kept of them; the rest is set aside. The newest head that fits is active then.
 * What the other models made stays in the store, and is used again when they are back. So nothing
 * is evicted for vectors that are larger: what does not fit is set aside as well.
 *
 * Rejects where the learner dies or `signal` is aborted.
 */
export async function adoptSight(
  state: State,
  { learner, viewSize, log, signal }: AdoptSightOptions,
): Promise<AdoptedSight> {
  const sight = vectorSight(learner);
  const { models, memory } = state;
  models.adopt(state.heads, sight);
  memory.adopt(sight.embeddingLength);
  const { dropped, remade: kept } = models;
  adoptErased(state, sight);
  const others = [...memory.values()].filter((sample) => !isSameSight(sample.sight, sight));
  const counts = { remade: 0, known: 0, aside: 0, full: 0 };
  if (others.length === 0 && dropped === null) {
    kept.forget();
    return counts;
  }
  const before = (others[0] ?? dropped)?.sight;
  let toldMs = performance.now();
  for (const [i, sample] of others.entries()) {
    signal?.throwIfAborted();
    const known = kept.get(sample.id);
    if (known !== undefined && isSameSight(known.sight, sight)) {
      const remade = withVectors(sample, known);
      if (hasRoom(memory, sample, remade)) {
        memory.replace(remade);
        counts.known++;
      } else counts.full++;
      continue;
    }
    const seen = await lookAgain(sample, learner, viewSize);
    if (seen === null) counts.aside++;
    else {
      const remade = withVectors(sample, { ...seen, ...storedSight(sight) });
      if (hasRoom(memory, sample, remade)) {
        await state.keepRemade(remade);
        memory.replace(remade);
        counts.remade++;
      } else counts.full++;
    }
    if (performance.now() - toldMs < progressMs) continue;
    toldMs = performance.now();
    log.info(`embeds kept pictures anew: ${i + 1} of ${others.length}`);
  }
  kept.forget();
  counts.aside += counts.full;
  const parts = [
    `the state was made with ${describeSight(before)}, and is now used with ${describeSight(sight)}`,
    `${counts.remade + counts.known} samples embedded anew from their pictures`,
    `${counts.aside - counts.full} without a picture set aside until the models before are back`,
    ...(counts.full === 0 ? [] : [`${counts.full} more, for which remember.bytesMax has no room`]),
    ...(dropped === null ? [] : [`head ${dropped.version} does not fit and is not used`]),
  ];
  log.warn(parts.join('; '));
  return counts;
}

/** Whether a sample can be replaced without evicting any. */
function hasRoom({ bytes, bytesMax }: State['memory'], before: Sample, after: Sample): boolean {
  return bytes - sampleBytes(before) + sampleBytes(after) <= bytesMax;
}

/** Gives samples that are to be unlearned the vectors that the learner in use has learned. */
function adoptErased({ erasing, models }: State, sight: VectorSight): void {
  for (const [id, sample] of erasing) {
    if (isSameSight(sample.sight, sight)) continue;
    const known = models.remade.get(id);
    if (known !== undefined && isSameSight(known.sight, sight)) {
      erasing.set(id, withVectors(sample, known));
    }
  }
}

type Vectors = Pick<Sample, 'dense' | 'denseTargets' | 'embeddings' | 'sight'>;

/** Vectors of a sample's kept picture; null where there is none that can be looked at. */
async function lookAgain(
  sample: Sample,
  learner: AdoptSightOptions['learner'],
  viewSize: ViewPlan,
): Promise<Vectors | null> {
  const scene = await sceneOfSample(sample, viewSize);
  if (scene === null) return null;
  try {
    const { examples } = await learner.examine(scene);
    if (examples[0] === undefined) return null;
    const { dense, denseTargets, embeddings } = sampleOf(examples[0], sample);
    // Of the same detector the cells in the whole picture say more than those on grey.
    const own = (sample.sight ?? builtInSight).detector === learner.sight.detector;
    return own
      ? { dense: sample.dense, denseTargets: sample.denseTargets, embeddings }
      : { dense, denseTargets, embeddings };
  } catch (error) {
    if (error instanceof LearnerError && error.code !== 'failed') throw error;
    return null;
  }
}

/** A sample with other vectors; offsets belonged to the crops before. */
function withVectors(sample: Sample, { dense, denseTargets, embeddings, sight }: Vectors): Sample {
  const { sight: _sight, offsets: _offsets, ...facts } = sample;
  return { ...facts, dense, denseTargets, embeddings, ...(sight && { sight }) };
}
