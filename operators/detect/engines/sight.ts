import { builtInSight, cropEmbeddingLength, type Engine, type Sight } from './engine.ts';

/** What made vectors, and how long its embeddings are: recorded with samples, heads and states. */
export interface VectorSight extends Sight {
  /** Values of one embedding. */
  readonly embeddingLength: number;
}

/** The record of the built-in models, which earlier versions left out. */
export const builtInVectors: VectorSight = {
  ...builtInSight,
  embeddingLength: cropEmbeddingLength,
};

/** The record of an engine's models. */
export function vectorSight({
  sight,
  embedding,
}: Pick<Engine, 'sight' | 'embedding'>): VectorSight {
  return { ...sight, embeddingLength: embedding.length };
}

/** The record to store: none for the built-in models, so that their files stay what they were. */
export function storedSight(sight: VectorSight): { readonly sight?: VectorSight } {
  return isSameSight(sight, builtInVectors) ? {} : { sight };
}

/** Whether vectors of both mean the same; undefined stands for the built-in models. */
export function isSameSight(
  a: VectorSight = builtInVectors,
  b: VectorSight = builtInVectors,
): boolean {
  return (
    a.detector === b.detector && a.encoder === b.encoder && a.embeddingLength === b.embeddingLength
  );
}

/** Whether a head suits vectors of these models; one without classes suits all. */
export function fitsSight(
  head: { readonly classes: readonly string[]; readonly sight?: VectorSight },
  sight: VectorSight,
): boolean {
  return head.classes.length === 0 || isSameSight(head.sight, sight);
}

/** Such as `detector centernet and encoder backbone`. */
export function describeSight({ detector, encoder }: Sight = builtInSight): string {
  return `detector ${detector} and encoder ${encoder}`;
}
