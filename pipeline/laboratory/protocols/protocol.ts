import type { ErrorCode } from '../../../operators/foundation/errors/error-codes.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import type { Engine } from '../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import type { Observation } from '../../../operators/detect/detected-frame.ts';
import type { LabelledImage, LabelledSet } from '../../../operators/datasets/labelled-set.ts';
import type { Change } from '../../../operators/learn/strategy.ts';
import type { ClassifiedBox } from '../../../operators/measure/evaluate.ts';
import type { Log } from '../../log.ts';
import type { ProtocolOutcome } from '../learning/learning-report.ts';

/** A picture as a step of a protocol shows it. Boxes are in pixels of the stored picture. */
export interface StepPicture {
  readonly image: LabelledImage;
  /** What is labelled in it; a null label names an object that is none of the classes. */
  readonly boxes: readonly { readonly box: Box; readonly label: string | null }[];
  /**
   * Places to learn nothing from. Whatever is neither here nor in `boxes` counts as background, unlabelled objects
   * included, as in any stream whose annotations are missing some.
   */
  readonly ignore: readonly Box[];
}

/** One step of a protocol: what is learned before anything is judged again. */
export interface LearningStep {
  /** Classes that nothing was labelled with before. */
  readonly introduced: readonly string[];
  readonly pictures: readonly StepPicture[];
}

/** Everything that is seen in one picture under one head. */
export interface EmbeddedPicture {
  /** What the base model names, at any score. */
  readonly base: readonly ClassifiedBox[];
  /** What the head names, at any score: soft-NMS by class. */
  readonly learned: readonly ClassifiedBox[];
  /** The places that were scored, strongest first. */
  readonly proposals: readonly Observation[];
  /** proposals × lookLatentLength; null under a head without a look layer. */
  readonly looks: Float32Array | null;
}

/** Judges pictures of a set; what the trunk saw in them is cached. */
export interface PicturePredictor {
  see(image: LabelledImage, head: Head): Promise<EmbeddedPicture>;
}

/** The strategy under test with its memory. */
export interface StepLearner {
  /** What it knows at present; the empty head before anything was learned. */
  readonly head: Head;
  /** State and sample memory, in bytes. */
  readonly bytes: number;
  /** Learns pictures: looks at them (cached), then as few updates as the bound on one change allows. */
  learn(pictures: readonly StepPicture[]): Promise<Head>;
  /**
   * One update with evidence made elsewhere. Labelled examples enter the sample memory where the strategy reads it;
   * negatives do not.
   */
  update(change: Omit<Change, 'replay'>): Promise<Head>;
}

/** What a protocol works with. */
export interface LearningSession {
  readonly train: LabelledSet;
  readonly test: LabelledSet;
  readonly seed: number;
  readonly viewSize: number;
  /** Evaluations over the whole test set that a protocol may ask for at most. */
  readonly checkpointsMax: number;
  /** For what is not in a set: calls must not overlap each other nor those of learner and judge. */
  readonly engine: Engine;
  readonly learner: StepLearner;
  /** Sees pictures of the test set and of the training set alike. */
  readonly judge: PicturePredictor;
  /**
   * AP50 of joint training, by step: for each of `after` (counts of steps), a fresh joint strategy learns all
   * steps up to there at once, every picture with all the labels that those steps gave it, and is judged on the
   * test set over the classes seen by then. Cached on disk.
   */
  jointBound(
    steps: readonly LearningStep[],
    after: readonly number[],
  ): Promise<readonly (number | null)[]>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A way of giving a learner its lessons and of judging it meanwhile. */
export interface Protocol {
  readonly name: string;
  /** For a person: one sentence, present tense. */
  readonly summary: string;
  /** Rejects with a {@link ProtocolError} where the sets do not suit it. Same session, same outcome. */
  run(session: LearningSession): Promise<ProtocolOutcome>;
}

/** Sets that a protocol can't be run on; exit code 1. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCode<'ProtocolError'> = 'unsuited';
}
