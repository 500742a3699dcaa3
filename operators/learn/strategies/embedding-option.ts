import { builtInLayout, type EmbeddingLayout } from '../../detect/engines/embedding-layout.ts';

/** The part of every strategy's settings that says what its embeddings look like. */
export interface EmbeddingOption {
  /** Layout of the crop embeddings to learn from. Default: the built-in encoder's. */
  readonly embedding?: EmbeddingLayout;
}

/** Values of one embedding under these settings. */
export function embeddingLengthOf({ embedding = builtInLayout }: EmbeddingOption): number {
  return embedding.length;
}
