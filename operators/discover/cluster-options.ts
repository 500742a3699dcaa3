import { cropEmbeddingLength } from '../detect/engines/engine.ts';

/** When objects are one cluster, and how many clusters there are. */
export interface ClusterOptions {
  /** Minimum cosine to a cluster's centre, in standardised space. 0 to 1. Default: 0.5. */
  readonly joinSimilarity: number;
  /** The same in plain space, which needs no statistics of a scene. 0 to 1. Default: 0.94. */
  readonly plainSimilarity: number;
  /**
   * Minimum cosine of two centres in standardised space that are not asked about at once: below
   * joinSimilarity, since a question that waits for a while mixes no classes …
   */
  readonly alikeSimilarity: number;
  /** … and in plain space, before there are statistics. 0 to 1. Defaults: 0.3 and 0.85. */
  readonly alikePlain: number;
  /** Minimum cosine of two centres in standardised space for a merge. 0 to 1. Default: 0.7. */
  readonly mergeSimilarity: number;
  /** Maximum number of clusters; see `Clusters` for the dropped one. ≥ 2. Default: 96. */
  readonly clustersMax: number;
  /** Number of the first cluster. From 1. Default: 1. */
  readonly firstNumber: number;
  /** Values of an embedding. Default: the built-in encoder's. */
  readonly embeddingLength: number;
}

/** Defaults of {@link ClusterOptions}. */
export const clusterDefaults: ClusterOptions = {
  joinSimilarity: 0.5,
  plainSimilarity: 0.94,
  alikeSimilarity: 0.3,
  alikePlain: 0.85,
  mergeSimilarity: 0.7,
  clustersMax: 96,
  firstNumber: 1,
  embeddingLength: cropEmbeddingLength,
};
