import type { ErrorCode } from '../../../operators/foundation/errors/error-codes.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import type { Engine } from '../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import type { Observation } from '../../../operators/detect/detected-frame.ts';
import type { LabelledImage, Dataset } from '../../../operators/datasets/dataset.ts';
import type { ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';
import type { Change } from '../../../operators/learn/strategy.ts';
import type { ClassifiedBox } from '../../../operators/measure/evaluate.ts';
import type { Log } from '../../log.ts';
import type { RankedOutcomes } from '../../../operators/measure/average-precision.ts';
import type { PictureGroups } from '../../../operators/measure/grouped-outcomes.ts';
import type { ProtocolOutcome } from '../learning/learning-report.ts';

/** An image with the labels that one step gives it. Boxes are in pixels of the stored image. */
export interface StepPicture {
  readonly image: LabelledImage;
  /** Labelled boxes; a null label marks an object of none of the classes. */
  readonly boxes: readonly { readonly box: Box; readonly label: string | null }[];
  /**
   * Classes of which all objects are labelled; objects of others may be anywhere. Default: all
   * classes.
   */
  readonly labels?: readonly string[];
  /**
   * Regions excluded from learning. Everything in neither `ignore` nor `boxes` counts as
   * background, unlabelled objects included, as in any stream with incomplete annotations.
   */
  readonly ignore: readonly Box[];
}

/** One step of a protocol: the pictures learned before the next evaluation. */
export interface LearningStep {
  /** Classes that get their first label in this step. */
  readonly introduced: readonly string[];
  readonly pictures: readonly StepPicture[];
}

/** Detections in one picture under one head, with their inputs. */
export interface PicturePrediction {
  /** Detections of base classes, at any score. */
  readonly base: readonly ClassifiedBox[];
  /** Detections of the head's classes, at any score, after soft-NMS per class. */
  readonly learned: readonly ClassifiedBox[];
  /** The scored proposals, strongest first. */
  readonly proposals: readonly Observation[];
  /** proposals × values of an embedding; null for a head without a crop layer. */
  readonly embeddings: Float32Array | null;
}

/** Runs a head over images of a set; backbone outputs are cached. */
export interface PicturePredictor {
  predict(image: LabelledImage, head: Head): Promise<PicturePrediction>;
}

/** The strategy under test with its sample memory. */
export interface StepLearner {
  /** The current head; empty before the first update. */
  readonly head: Head;
  /** State and sample memory, in bytes. */
  readonly bytes: number;
  /** Learns pictures in as few updates as the bound on one change allows. */
  learn(pictures: readonly StepPicture[]): Promise<Head>;
  /**
   * Runs one update with the caller's own examples. Labelled examples enter the sample memory of a
   * strategy that rehearses; negatives do not.
   */
  update(change: Omit<Change, 'replay'>): Promise<Head>;
}

/** Everything that a protocol works with. */
export interface LearningSession {
  readonly train: Dataset;
  readonly test: Dataset;
  readonly seed: number;
  /** How views are made. */
  readonly viewSize: ViewPlan;
  /** Upper bound on evaluations over the whole test set. */
  readonly checkpointsMax: number;
  /** For frames outside the sets. Its calls must not overlap those of learner and predictor. */
  readonly engine: Engine;
  readonly learner: StepLearner;
  /** Predicts on images of the test set and of the training set. */
  readonly predictor: PicturePredictor;
  /**
   * AP50 of joint training for each step count in `after`: a fresh strategy learns all those steps
   * at once, every picture with the union of its labels, and is evaluated on the test set over the
   * classes learned by then. Cached on disk.
   */
  jointBound(
    steps: readonly LearningStep[],
    after: readonly number[],
  ): Promise<readonly (number | null)[]>;
  /** Takes the outcomes after the last step, picture by picture. */
  readonly record?: ((outcomes: FinalOutcomes) => void) | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What a learner detects in the test pictures after the last step. */
export interface FinalOutcomes {
  /** Number of steps. */
  readonly step: number;
  /** Groups of test pictures that are not independent of each other, by their indices. */
  readonly groups: PictureGroups;
  /** The learned classes that have test objects. */
  readonly classes: ReadonlyMap<string, RankedOutcomes>;
}

/** Defines the order in which a learner gets its examples and when it is evaluated. */
export interface Protocol {
  readonly name: string;
  /** One sentence in the present tense, for the help text and the results page. */
  readonly summary: string;
  /** Whether it calls the session's `record`. Default true. */
  readonly recordsOutcomes?: boolean;
  /**
   * Runs to the end; the same session gives the same outcome. Rejects with a {@link ProtocolError}
   * for sets that do not fit.
   */
  run(session: LearningSession): Promise<ProtocolOutcome>;
}

/** The sets or the detector do not fit the protocol; exit code 1. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCode<'ProtocolError'> = 'unsuited';
}
