import { cropEmbeddingLength } from '../detect/engines/engine.ts';

/** When objects are one cluster, and how many clusters there are. */
export interface ClusterOptions {
  /** Minimum cosine to a cluster's centre or an exemplar, standardised. 0 to 1. Default: 0.5. */
  readonly joinSimilarity: number;
  /** Share of it that suffices where no other cluster is similar … 0 to 1. Default: 0.5. */
  readonly looseShare: number;
  /** … by this share of it, at least. 0 to 1. Default: 0.3. */
  readonly joinMargin: number;
  /** The same in plain space, which needs no statistics of a scene. 0 to 1. Default: 0.94. */
  readonly plainSimilarity: number;
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
  looseShare: 0.5,
  joinMargin: 0.3,
  plainSimilarity: 0.94,
  mergeSimilarity: 0.7,
  clustersMax: 96,
  firstNumber: 1,
  embeddingLength: cropEmbeddingLength,
};
