import type { Head } from '../detect/heads/head.ts';

/** A head to evaluate; its version does not matter. */
export type HeadToJudge = Omit<Head, 'version'>;

/** A held-out object, as input of a head. */
export interface GateSample {
  /** Its class; null for what is none of the classes. */
  readonly label: string | null;
  /** The plain crop's embedding, cropEmbeddingLength values; empty without a crop. */
  readonly embedding: Float32Array;
  /** The dense latent of the object's centre cell, denseLatentLength values. */
  readonly dense: Float32Array;
  /** Where it was seen: a camera, or the name of a set. */
  readonly source: string;
  /**
   * Classes that must not fire on it. With a null label and without this list, no class may fire:
   * the sample is background.
   */
  readonly not?: readonly string[];
}

/** Whether a sample is background, on which no class may fire. */
export function isBackground({ label, not }: GateSample): boolean {
  return label === null && (not === undefined || not.length === 0);
}
