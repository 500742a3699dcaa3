import type { BoxOffsets } from '../detect/heads/box-regression.ts';
import type { Head } from '../detect/heads/head.ts';

/** One labelled object, as the strategies train on it. */
export interface Example {
  readonly id: string;
  /** Null: none of the classes (dismissed, not-a, a detected base class, an empty place). */
  readonly label: string | null;
  /** cells × denseLatentLength. May be empty. */
  readonly dense: Float32Array;
  /** Per cell: share that belongs to the object, 0..1. */
  readonly denseTargets: Float32Array;
  /** crops × values of an embedding. May be empty. */
  readonly embeddings: Float32Array;
  /**
   * Offsets of the object from the boxes of the last crops, one each. Absent if no crop was of a
   * proposed box.
   */
  readonly offsets?: readonly BoxOffsets[];
  /**
   * For a null label that nobody gave: the classes whose objects are all labelled in the picture.
   * The object is none of these, and may be one of another class, known already or named later.
   * Absent: it is none of the classes for certain.
   */
  readonly noneOf?: readonly string[];
}

/** What is left of one class becomes part of another one, or is dropped for null. */
export interface ClassMove {
  readonly from: string;
  readonly to: string | null;
}

/** The difference between two updates. */
export interface Change {
  readonly added: readonly Example[];
  /** Exactly as they were added: the label was undone or replaced. */
  readonly removed: readonly Example[];
  /**
   * Classes that became part of others, or were dropped. Nothing may be left of them, or examples
   * without vectors, which cannot be in `removed`: applied in order after `added` and `removed`,
   * what is left of `from` becomes part of the class `to`, or is dropped for null. Default: none.
   */
  readonly moved?: readonly ClassMove[];
  /** cells × denseLatentLength: cells of real scenes without an object of interest. */
  readonly background: Float32Array;
  /** Number of scene cells that one background row stands for. */
  readonly backgroundWeight: number;
  /**
   * All labelled examples in the memory, `added` included, held-out ones not. Closed-form
   * strategies do not call it.
   */
  readonly replay: () => readonly Example[];
}

/** A head without a version: the gate assigns one if the head passes. */
export type HeadDraft = Omit<Head, 'version'>;

/**
 * A method that learns new classes on frozen latents without forgetting the old ones. One method,
 * one paper, one file.
 *
 * Runs in the learner's worker, never on the live path. Deterministic: the same seed and the same
 * sequence of changes give the same draft, to the bit.
 */
export interface Strategy {
  readonly name: string;
  /** Title, authors, year. */
  readonly paper: string;
  /** Classes so far, in order of first appearance. */
  readonly classes: readonly string[];
  /** Bytes of state, without the sample memory. */
  readonly stateBytes: number;
  /**
   * Applies the change and drafts a head. Rejects with the signal's reason when aborted, state
   * unchanged.
   */
  update(change: Change, signal?: AbortSignal): Promise<HeadDraft>;
  /** The whole state for `restore`, self-describing and versioned. */
  save(): Uint8Array;
  /**
   * Replaces the state. Throws an Error that explains what is wrong with the bytes; state unchanged
   * then.
   */
  restore(bytes: Uint8Array): void;
  /**
   * Adds what another learner has learned to this one: the state becomes that of a learner that was
   * given the examples of both, up to rounding, and either's can be removed. Only strategies whose
   * states are sums have it. The next `update`, which may be an empty change, drafts the head.
   *
   * `bytes` are of `save`, of the same strategy with the same settings. Classes of one name become
   * one class; an example that both were given counts twice. The caller sees to it that names mean
   * the same in both (`Change.moved` renames) and that both saw with the same models.
   *
   * Rejects with an Error that says what is wrong with the bytes, with a `BytesError` if both
   * together need more bytes than this one may use, or with the signal's reason when aborted; state
   * unchanged then.
   */
  merge?(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
}
