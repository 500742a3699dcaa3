import type { Dataset } from '../../operators/datasets/dataset.ts';
import { DatasetError } from '../../operators/datasets/dataset-error.ts';
import { systemClock } from '../../operators/foundation/time/clock.ts';
import { Learner } from '../../operators/learn/learner.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import { evaluateCandidate } from '../../operators/gate/gate.ts';
import type { Verdict } from '../../operators/gate/verdict.ts';
import { headHash } from '../../operators/swap/store/head-hash.ts';
import { gateSamples } from '../application/sampling/gate-input.ts';
import { modelsOf, viewsOf } from '../configuration/engine-settings.ts';
import {
  configFromFlags,
  type ConfigFlags,
  type SeeingFlags,
} from '../configuration/config-flags.ts';
import type { Config } from '../configuration/config.ts';
import type { Log } from '../log.ts';
import { openState } from '../state/open-state.ts';
import { adoptSight } from '../state/sight/adopt-sight.ts';
import { memoryInSight } from '../state/sight/memory-in-sight.ts';
import type { State } from '../state/state.ts';
import { ExampleCollector, isTrainable } from './example-collector.ts';
import { openSet } from './open-set.ts';
import type { PhotoLine } from './photos/locate-objects.ts';
import { RefusedError } from './refused-error.ts';
import { TaughtSet } from './taught-set.ts';
import { trainOnImages } from './train-on-images.ts';

/** The flags of `lifelens teach`. */
export interface TeachFlags
  extends SeeingFlags, Pick<ConfigFlags, 'config' | 'strategy' | 'seed' | 'logLevel'> {
  /** Specification of the labelled set to learn from. */
  readonly train: string;
  /** Leaves out broken pictures. Default false: they are an error. */
  readonly skipBroken?: boolean;
  /** State folder that is extended, or created. */
  readonly state: string;
  /** File for the JSON report; `-` is standard output. */
  readonly report?: string;
}

/** The report of `lifelens teach`. */
export interface TeachReport {
  readonly images: number;
  readonly objects: number;
  readonly classes: readonly string[];
  /** Objects held out for the gate. */
  readonly heldOut: number;
  /** Faults of the set that were repaired while reading it. */
  readonly mended: Dataset['mended'];
  /** Broken pictures that were left out. */
  readonly skipped: Dataset['skipped'];
  /** What each photo of `photos:DIR` was taken to show. */
  readonly photos?: readonly PhotoLine[];
  readonly accepted: boolean;
  readonly reason: string;
  readonly headVersion: number;
  readonly headHash: string;
  readonly verdicts: Verdict['perClass'];
  /** Decoding and examining the images, in ms per image. */
  readonly msPerImage: number;
  /** All updates together: wall time and, where the system measures it, processor time. */
  readonly updateMs: number;
  readonly cpuMs: number | null;
  readonly memoryBytes: number;
  readonly memoryBytesMax: number;
}

/**
 * Learns a labelled set through the same learner, gate and head history as live labels, and saves
 * the result in a state folder. Rejects with a {@link RefusedError} when the gate refuses the head.
 */
export async function teach(
  flags: TeachFlags,
  log: Log,
  signal: AbortSignal,
): Promise<TeachReport> {
  const config = await configFromFlags(flags, process.env);
  const { skipBroken = false } = flags;
  const { set, photos } = await openSet(flags.train, {
    detect: config.detect,
    log,
    signal,
    skipBroken,
  });
  // Before the state is opened: background alone would train a head without classes.
  if (!set.images.some(({ objects }) => objects.some(isTrainable))) {
    throw new DatasetError('empty', flags.train, 'expected objects to learn, found none');
  }
  const state = await openState(flags.state, config, log);
  try {
    const report = await trainState({ state, set, config, log, signal });
    await state.close();
    return photos.length === 0 ? report : { ...report, photos };
  } catch (error) {
    await state.abandon();
    throw error;
  }
}

interface TrainStateParts {
  readonly state: State;
  readonly set: Dataset;
  readonly config: Config;
  readonly log: Log;
  readonly signal: AbortSignal;
}

function startLearner({ detect, learn, seed }: Config): Promise<Learner> {
  return Learner.start({
    engine: detect.engine,
    models: modelsOf(detect),
    viewSize: viewsOf(detect),
    strategy: learn.strategy,
    seed,
    niceness: 0,
  });
}

/** Trains on the set, evaluates the new head and saves it to an open state. */
async function trainState({
  state,
  set,
  config,
  log,
  signal,
}: TrainStateParts): Promise<TeachReport> {
  const { heads, memory } = state;
  const { images, mended, skipped } = set;
  const learner = await startLearner(config);
  try {
    log.info(learner.reason);
    await adoptSight(state, { learner, viewSize: learner.viewSize, log, signal });
    const taught = await TaughtSet.begin(state, learner, images, log);
    const collector = new ExampleCollector(
      images,
      config.learn.heldOutShare,
      taught.idPrefix,
      (name) => taught.classIdOf(name),
      state.models.sight,
    );
    const { viewSize } = learner;
    const labelOf = (sample: Sample) => taught.labelOf(sample);
    const { thumbnails, thumbnailPixels: side } = config.remember;
    const thumbnailPixels = thumbnails ? side : 0;
    const parts = { labelOf, images, collector, memory, learner, viewSize, thumbnailPixels };
    const { last, msPerImage, updateMs, cpuMs } = await trainOnImages({ ...parts, log, signal });
    const draft = taught.named(last.draft);
    const inSight = memoryInSight(memory, state.models.sight).values();
    const verdict = evaluateCandidate({
      candidate: draft,
      active: heads.active,
      heldOut: [...gateSamples(inSight), ...collector.heldOutNegatives],
      tolerance: config.swap.tolerance,
      withdrawn: taught.withdrawn(heads.active),
    });
    if (!verdict.accepted) throw new RefusedError(`the new head was refused: ${verdict.reason}`);
    const { head, parent } = heads.accept(heads.number(draft));
    const { trainedOn } = last;
    const bundle = { head, parent, verdict, trainedOn, createdMs: systemClock.wallMs() };
    await taught.save(bundle, collector.collected);
    return {
      images: images.length,
      objects: collector.objects,
      classes: head.classes,
      heldOut: collector.heldOutObjects,
      mended,
      skipped,
      accepted: true,
      reason: verdict.reason,
      headVersion: head.version,
      headHash: headHash(head),
      verdicts: verdict.perClass,
      msPerImage,
      updateMs,
      cpuMs,
      memoryBytes: memory.bytes,
      memoryBytesMax: memory.bytesMax,
    };
  } finally {
    await learner.close();
  }
}
