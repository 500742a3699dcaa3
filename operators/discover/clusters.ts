import { appearanceLength, appearanceOf, dot, normalise } from './appearance.ts';
import { RunningMoments } from './running-moments.ts';

export interface ClusterOptions {
  /** Cosine to a cluster's centre, in standardised space, from which on a look joins it. 0 to 1. Default: 0.5. */
  readonly joinSimilarity: number;
  /** The same in plain space, where nearly equal looks are told even if nothing else was seen. 0 to 1. Default: 0.94. */
  readonly plainSimilarity: number;
  /** Cosine of two centres, in standardised space, from which on they are one. 0 to 1. Default: 0.7. */
  readonly mergeSimilarity: number;
  /** Clusters held; above it the smallest unlabelled one goes, the oldest of equals. ≥ 2. Default: 96. */
  readonly clustersMax: number;
}

export const clusterDefaults: ClusterOptions = {
  joinSimilarity: 0.5,
  plainSimilarity: 0.94,
  mergeSimilarity: 0.7,
  clustersMax: 96,
};

/** What a person made of a cluster. */
export type ClusterState =
  | { readonly kind: 'unlabelled' }
  | { readonly kind: 'class'; readonly class: string }
  | { readonly kind: 'dismissed' };

interface Cluster {
  readonly id: string;
  /** Counts up with every cluster: lower is older. */
  readonly age: number;
  /** Looks that made it; only some of the newest move the centre. */
  size: number;
  readonly centre: Float32Array;
  /** The centre normalised, plain and standardised. */
  plain: Float32Array;
  standard: Float32Array;
  state: ClusterState;
}

/** Objects that must have been seen before their mean and spread are worth subtracting. */
const standardAfter = 16;
/** Looks after which older ones fade from a cluster's centre. */
const centreMemory = 24;
/** Objects after which older ones fade from the moments. */
const momentsMemory = 500;
/** Added to variances, as for novelty. */
const varianceFloor = 1e-3;
/** Merged ids that are remembered. */
const aliasesMax = 1024;

/**
 * Groups looks of unknown objects as they come, so that one name can label them all:
 * leader clustering with running centres (Hartigan 1975), which are merged when they meet.
 *
 * Looks are compared by cosine, after their scene's mean and spread are taken out. Ids are
 * `c1`, `c2`, …, never reused. Strict rather than complete: two clusters of one class cost a
 * second name, one cluster of two classes costs wrong labels. About 15 KB a cluster.
 */
export class Clusters {
  /** Clusters that went for `clustersMax`. */
  dropped = 0;
  merged = 0;
  readonly #options: ClusterOptions;
  readonly #clusters = new Map<string, Cluster>();
  readonly #aliases = new Map<string, string>();
  readonly #moments = new RunningMoments(appearanceLength, momentsMemory);
  #scale = new Float32Array(appearanceLength);
  #mean = new Float32Array(appearanceLength);
  #standardisedAt = 0;
  #created = 0;

  constructor(options: Partial<ClusterOptions> = {}) {
    this.#options = { ...clusterDefaults, ...options };
  }

  get size(): number {
    return this.#clusters.size;
  }

  /** Learns how things look in general, from the first look of an object of whatever kind. */
  observe(latent: Float32Array): void {
    this.#moments.add(appearanceOf(latent));
    const { count } = this.#moments;
    if (count < standardAfter || count < 1.15 * this.#standardisedAt) return;
    this.#standardisedAt = count;
    this.#mean = this.#moments.mean.slice();
    this.#scale = this.#moments.variance.map((v) => 1 / Math.sqrt(v + varianceFloor));
    for (const cluster of this.#clusters.values()) this.#derive(cluster);
  }

  /** Puts an object's look into the nearest cluster, or into a new one, and answers its id. */
  join(latent: Float32Array): string {
    const look = appearanceOf(latent);
    const nearest = this.#nearest(look);
    if (nearest !== null) return this.#grow(nearest, look);
    const cluster: Cluster = {
      id: `c${++this.#created}`,
      age: this.#created,
      size: 1,
      centre: look,
      plain: look,
      standard: look,
      state: { kind: 'unlabelled' },
    };
    this.#derive(cluster);
    this.#clusters.set(cluster.id, cluster);
    if (this.#clusters.size > this.#options.clustersMax) this.#drop(cluster);
    return cluster.id;
  }

  /**
   * Takes one more look of an object that is in the cluster already. It stays there, unless the
   * cluster is gone or the look is less like it than like the average: then it joins anew.
   */
  stay(id: string, latent: Float32Array): string {
    const cluster = this.#clusters.get(this.resolve(id));
    const look = appearanceOf(latent);
    if (cluster === undefined || this.#affinity(cluster, ...this.#forms(look)) < 0) {
      return this.join(latent);
    }
    return this.#grow(cluster, look);
  }

  /** The id under which a cluster goes on after merges. */
  resolve(id: string): string {
    return this.#aliases.get(id) ?? id;
  }

  /** Null for a cluster that is gone. */
  stateOf(id: string): ClusterState | null {
    return this.#clusters.get(this.resolve(id))?.state ?? null;
  }

  /** Remembers what a person made of a cluster; false when it is gone. */
  setState(id: string, state: ClusterState): boolean {
    const cluster = this.#clusters.get(this.resolve(id));
    if (cluster === undefined) return false;
    cluster.state = state;
    return true;
  }

  #nearest(look: Float32Array): Cluster | null {
    const [plain, standard] = this.#forms(look);
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

  /** From 1 on the look belongs to the cluster; below 0 it is less like it than like the average. */
  #affinity(cluster: Cluster, plain: Float32Array, standard: Float32Array): number {
    const { joinSimilarity, plainSimilarity } = this.#options;
    const near = dot(cluster.plain, plain) / plainSimilarity;
    if (this.#standardisedAt === 0) return near;
    const like = dot(cluster.standard, standard) / joinSimilarity;
    return near >= 1 ? Math.max(near, like) : like;
  }

  #grow(cluster: Cluster, look: Float32Array): string {
    cluster.size++;
    const share = 1 / Math.min(cluster.size, centreMemory);
    const { centre } = cluster;
    for (let i = 0; i < centre.length; i++) {
      centre[i] = centre[i]! + share * (look[i]! - centre[i]!);
    }
    this.#derive(cluster);
    return this.#merge(cluster).id;
  }

  /** Joins the cluster with the likest one where they have met; the older id stays. */
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
      this.#derive(older);
      this.#clusters.delete(younger.id);
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

  #drop(newest: Cluster): void {
    const rank = ({ state, size, age }: Cluster) =>
      [state.kind === 'unlabelled' ? 0 : 1, size, age] as const;
    let least: Cluster | null = null;
    for (const cluster of this.#clusters.values()) {
      if (cluster === newest) continue;
      if (least === null || compareRanks(rank(cluster), rank(least)) < 0) least = cluster;
    }
    if (least === null) return;
    this.#clusters.delete(least.id);
    this.dropped++;
  }

  #derive(cluster: Cluster): void {
    [cluster.plain, cluster.standard] = this.#forms(cluster.centre);
  }

  #forms(look: Float32Array): [plain: Float32Array, standard: Float32Array] {
    const plain = normalise(look.slice());
    if (this.#standardisedAt === 0) return [plain, plain];
    const standard = new Float32Array(look.length);
    for (let i = 0; i < look.length; i++) {
      standard[i] = (look[i]! - this.#mean[i]!) * this.#scale[i]!;
    }
    return [plain, normalise(standard)];
  }
}

/** Whether two clusters may become one without anybody's word being lost. */
function compatible(a: ClusterState, b: ClusterState): boolean {
  if (a.kind === 'class' && b.kind === 'class') return a.class === b.class;
  // A dismissal must not spread to what nobody has judged.
  return (a.kind === 'dismissed') === (b.kind === 'dismissed');
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
