import type { BoxOffsets } from '../detect/heads/box-regression.ts';
import type { Head } from '../detect/heads/head.ts';

/** One labelled object as the learner sees it. */
export interface Example {
  readonly id: string;
  /** Null: none of the classes (dismissed, not-a, a known object of the base model, an empty place). */
  readonly label: string | null;
  /** cells × denseLatentLength. May be empty. */
  readonly dense: Float32Array;
  /** A cell: how much it belongs to the object, 0..1. */
  readonly denseTargets: Float32Array;
  /** looks × lookLatentLength; may be empty. */
  readonly embeddings: Float32Array;
  /** For the last of the looks, one each: what the box that was looked at is off by. Absent where no look was at a box that may be off. */
  readonly offsets?: readonly BoxOffsets[];
}

/** What changed since the last update. */
export interface Change {
  readonly added: readonly Example[];
  /** Exactly as they were added: label undone, or relabelled. */
  readonly removed: readonly Example[];
  /** cells × denseLatentLength: cells of real scenes in which no object of interest is. */
  readonly background: Float32Array;
  /** How many cells of the scenes one background row stands for. */
  readonly backgroundWeight: number;
  /** All labelled examples that the memory holds at present (`added` included, held-out ones not). Closed-form strategies leave it unread. */
  readonly replay: () => readonly Example[];
}

/** A head without a version: the gate gives it one if it passes. */
export type HeadDraft = Omit<Head, 'version'>;

/**
 * A way of learning new classes on frozen latents without forgetting the old ones. One method, one paper, one file.
 *
 * Runs in the learner's worker, never on the live path. Pure in the sense that the same
 * seed and the same sequence of changes give the same draft, to the bit.
 */
export interface Strategy {
  readonly name: string;
  /** Title, authors, year. */
  readonly paper: string;
  /** Classes seen so far, in order of first appearance. */
  readonly classes: readonly string[];
  /** Bytes of state besides the sample memory. */
  readonly stateBytes: number;
  /** Takes the change in and drafts a head. Rejects with the signal's reason when aborted, state unchanged. */
  update(change: Change, signal?: AbortSignal): Promise<HeadDraft>;
  /** Everything `restore` needs, self-describing and versioned. */
  save(): Uint8Array;
  /** Throws an Error that says what is wrong with the bytes; state unchanged then. */
  restore(bytes: Uint8Array): void;
}
