import { appearanceLengthOf, appearanceOf, dot, normalise } from './appearance.ts';
import { clusterDefaults, type ClusterOptions } from './cluster-options.ts';
import { Questions } from './questions.ts';
import { RunningMoments } from './running-moments.ts';
import type { QuestionFacts } from './worth.ts';

/** How a cluster was labelled. */
export type ClusterState =
  | { readonly kind: 'unlabelled' }
  | { readonly kind: 'class'; readonly class: string }
  | { readonly kind: 'dismissed' };

interface Cluster {
  readonly id: string;
  /** Creation order: lower is older. */
  readonly age: number;
  /** Embeddings added so far. */
  size: number;
  readonly centre: Float32Array;
  /** The centre normalised, plain and standardised. */
  plain: Float32Array;
  standard: Float32Array;
  state: ClusterState;
  /** Objects that joined. */
  sightings: number;
  /** Of these, objects in view that are asked about. */
  asked: number;
  /** Running mean; 1 before anything was noted. */
  uncertainty: number;
}

/** Objects from which on embeddings are standardised. */
const standardAfter = 16;
/** Embeddings after which older ones decay from a cluster's centre. */
const centreMemory = 24;
/** Objects after which older ones decay from the moments. */
const momentsMemory = 500;
/** Added to variances, as for novelty. */
const varianceFloor = 1e-3;
/** Maximum number of merged ids that still resolve. */
export const aliasesMax = 1024;

/**
 * Clusters crop embeddings of unknown objects online, so that one label covers a whole cluster:
 * leader clustering with running centres (Hartigan 1975), merged when they come close.
 *
 * Embeddings are compared by cosine after standardisation with the scene's mean and variance. Ids
 * are `c1`, `c2`, …, never reused. Prefers splitting: two clusters of one class cost a second
 * label, one cluster of two classes causes wrong ones. Above `clustersMax` the smallest unlabelled
 * cluster is dropped, the oldest of equals. Takes about 15 KB per cluster.
 */
export class Clusters {
  /** Clusters dropped because of `clustersMax`. */
  dropped = 0;
  merged = 0;
  /** Which objects are asked about. */
  readonly questions = new Questions();
  readonly #options: ClusterOptions;
  readonly #clusters = new Map<string, Cluster>();
  readonly #aliases = new Map<string, string>();
  /** Clusters that took in another one since they were asked for. */
  readonly #grown = new Set<string>();
  readonly #moments: RunningMoments;
  #scale: Float32Array;
  #mean: Float32Array;
  #standardisedAt = 0;
  #created: number;

  constructor(options: Partial<ClusterOptions> = {}) {
    this.#options = { ...clusterDefaults, ...options };
    this.#created = this.#options.firstNumber - 1;
    const length = appearanceLengthOf(this.#options.embeddingLength);
    this.#moments = new RunningMoments(length, momentsMemory);
    this.#scale = new Float32Array(length);
    this.#mean = new Float32Array(length);
  }

  /** The number of the newest cluster. */
  get newestNumber(): number {
    return this.#created;
  }

  get size(): number {
    return this.#clusters.size;
  }

  /** Updates the scene's statistics with the first embedding of an object, known or unknown. */
  observe(latent: Float32Array): void {
    this.#moments.add(appearanceOf(latent, this.#options.embeddingLength));
    const { count } = this.#moments;
    if (count < standardAfter || count < 1.15 * this.#standardisedAt) return;
    this.#standardisedAt = count;
    this.#mean = this.#moments.mean.slice();
    this.#scale = this.#moments.variance.map((v) => 1 / Math.sqrt(v + varianceFloor));
    for (const cluster of this.#clusters.values()) this.#derive(cluster);
  }

  /** Adds an object's embedding to the nearest cluster, or to a new one; returns the cluster id. */
  join(latent: Float32Array): string {
    const appearance = appearanceOf(latent, this.#options.embeddingLength);
    const nearest = this.#nearest(appearance);
    if (nearest !== null) {
      nearest.sightings++;
      return this.#grow(nearest, appearance);
    }
    const cluster: Cluster = {
      id: `c${++this.#created}`,
      age: this.#created,
      size: 1,
      centre: appearance,
      plain: appearance,
      standard: appearance,
      state: { kind: 'unlabelled' },
      ...{ sightings: 1, asked: 0, uncertainty: 1 },
    };
    this.#derive(cluster);
    this.#clusters.set(cluster.id, cluster);
    if (this.#clusters.size > this.#options.clustersMax) this.#drop(cluster);
    return cluster.id;
  }

  /**
   * Adds another embedding of an object that is already in the cluster; returns the cluster id. It
   * joins afresh if the cluster was dropped or the average is more similar than the cluster.
   */
  rejoin(id: string, latent: Float32Array): string {
    const cluster = this.#clusters.get(this.resolve(id));
    const appearance = appearanceOf(latent, this.#options.embeddingLength);
    if (cluster === undefined || this.#affinity(cluster, ...this.#forms(appearance)) < 0) {
      return this.join(latent);
    }
    return this.#grow(cluster, appearance);
  }

  /** The id of a cluster after merges. */
  resolve(id: string): string {
    return this.#aliases.get(id) ?? id;
  }

  /** Null for a dropped cluster. */
  stateOf(id: string): ClusterState | null {
    return this.#clusters.get(this.resolve(id))?.state ?? null;
  }

  /** Labels a cluster; false if it was dropped. */
  setState(id: string, state: ClusterState): boolean {
    const cluster = this.#clusters.get(this.resolve(id));
    if (cluster === undefined) return false;
    cluster.state = state;
    return true;
  }

  /** Notes how far base classes are from agreeing on an object of the cluster, 0 to 1. */
  noteUncertainty(id: string, uncertainty: number): void {
    const cluster = this.#clusters.get(this.resolve(id));
    if (cluster === undefined) return;
    cluster.uncertainty += (uncertainty - cluster.uncertainty) / (1 + cluster.sightings);
  }

  /** Notes that an object in view is asked about from now on, or no longer, or has left. */
  noteAsked(id: string, asked: boolean): void {
    const cluster = this.#clusters.get(this.resolve(id));
    if (cluster !== undefined) cluster.asked += asked ? 1 : -1;
  }

  /**
   * Whether a question about a similar cluster is open, whose answer may settle that of this one;
   * not where this one is asked about already. Open: about an object in view, or with samples.
   */
  isLikeAsked(id: string): boolean {
    const cluster = this.#clusters.get(this.resolve(id));
    const isOpen = (of: Cluster) => of.asked > 0 || this.questions.hasSamples?.(of.id) === true;
    if (cluster === undefined || isOpen(cluster)) return false;
    const { alikeSimilarity, alikePlain } = this.#options;
    const isAlike = ({ plain, standard }: Cluster): boolean =>
      this.#standardisedAt > 0
        ? dot(standard, cluster.standard) >= alikeSimilarity
        : dot(plain, cluster.plain) >= alikePlain;
    return [...this.#clusters.values()].some(
      (other) => other.state.kind === 'unlabelled' && isOpen(other) && isAlike(other),
    );
  }

  /** What a question about the cluster's objects is worth, see worth.ts; null for a dropped one. */
  factsOf(id: string): Pick<QuestionFacts, 'sightings' | 'uncertainty'> | null {
    return this.#clusters.get(this.resolve(id)) ?? null;
  }

  /** The ids of the clusters that took in another one since the last call. */
  takeGrown(): readonly string[] {
    const grown = [...this.#grown];
    this.#grown.clear();
    return grown;
  }

  #nearest(appearance: Float32Array): Cluster | null {
    const [plain, standard] = this.#forms(appearance);
    let nearest: Cluster | null = null;
    let best = 1;
    for (const cluster of this.#clusters.values()) {
      const affinity = this.#affinity(cluster, plain, standard);
      if (affinity < best) continue;
      best = affinity;
      nearest = cluster;
    }
    return nearest;
  }

  /** From 1 on the embedding belongs to the cluster; below 0 the average is more similar. */
  #affinity(cluster: Cluster, plain: Float32Array, standard: Float32Array): number {
    const { joinSimilarity, plainSimilarity } = this.#options;
    const plainAffinity = dot(cluster.plain, plain) / plainSimilarity;
    if (this.#standardisedAt === 0) return plainAffinity;
    const affinity = dot(cluster.standard, standard) / joinSimilarity;
    return plainAffinity >= 1 ? Math.max(plainAffinity, affinity) : affinity;
  }

  #grow(cluster: Cluster, appearance: Float32Array): string {
    cluster.size++;
    const share = 1 / Math.min(cluster.size, centreMemory);
    const { centre } = cluster;
    for (let i = 0; i < centre.length; i++) {
      centre[i] = centre[i]! + share * (appearance[i]! - centre[i]!);
    }
    this.#derive(cluster);
    return this.#merge(cluster).id;
  }

  /** Merges the cluster with a compatible one that is close enough; the older id stays. */
  #merge(cluster: Cluster): Cluster {
    if (this.#standardisedAt === 0) return cluster;
    for (const other of this.#clusters.values()) {
      if (other === cluster || !compatible(other.state, cluster.state)) continue;
      if (dot(other.standard, cluster.standard) < this.#options.mergeSimilarity) continue;
      const [older, younger] = other.age < cluster.age ? [other, cluster] : [cluster, other];
      const share = younger.size / (older.size + younger.size);
      older.size += younger.size;
      for (let i = 0; i < older.centre.length; i++) {
        older.centre[i] = older.centre[i]! + share * (younger.centre[i]! - older.centre[i]!);
      }
      if (older.state.kind === 'unlabelled') older.state = younger.state;
      older.sightings += younger.sightings;
      older.asked += younger.asked;
      this.#grown.add(older.id);
      this.#derive(older);
      this.#clusters.delete(younger.id);
      this.#grown.delete(younger.id);
      this.#alias(younger.id, older.id);
      this.merged++;
      return older;
    }
    return cluster;
  }

  #alias(from: string, to: string): void {
    for (const [alias, target] of this.#aliases) if (target === from) this.#aliases.set(alias, to);
    this.#aliases.set(from, to);
    const [oldest] = this.#aliases.keys();
    if (this.#aliases.size > aliasesMax && oldest !== undefined) this.#aliases.delete(oldest);
  }

  /** Drops the smallest unlabelled cluster other than the newest, the oldest of equals. */
  #drop(newest: Cluster): void {
    const rank = ({ state, size, age }: Cluster) =>
      [state.kind === 'unlabelled' ? 0 : 1, size, age] as const;
    const others = [...this.#clusters.values()].filter((cluster) => cluster !== newest);
    const [least] = others.sort((a, b) => compareRanks(rank(a), rank(b)));
    if (least === undefined) return;
    this.#clusters.delete(least.id);
    this.#grown.delete(least.id);
    this.dropped++;
  }

  #derive(cluster: Cluster): void {
    [cluster.plain, cluster.standard] = this.#forms(cluster.centre);
  }

  /** The appearance normalised, plain and standardised. */
  #forms(appearance: Float32Array): [plain: Float32Array, standard: Float32Array] {
    const plain = normalise(appearance.slice());
    if (this.#standardisedAt === 0) return [plain, plain];
    const standard = new Float32Array(appearance.length);
    for (let i = 0; i < appearance.length; i++) {
      standard[i] = (appearance[i]! - this.#mean[i]!) * this.#scale[i]!;
    }
    return [plain, normalise(standard)];
  }
}

/** Whether two clusters may merge without losing a label. */
function compatible(a: ClusterState, b: ClusterState): boolean {
  if (a.kind === 'class' && b.kind === 'class') return a.class === b.class;
  // A dismissal must not spread to objects that were not dismissed.
  return (a.kind === 'dismissed') === (b.kind === 'dismissed');
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
