import { appearanceLengthOf, appearanceOf } from './appearance/appearance.ts';
import { clusterDefaults, type ClusterOptions } from './cluster-options.ts';
import { Looks } from './appearance/looks.ts';
import { type Forms, SceneScale } from './appearance/scene-scale.ts';
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
  readonly looks: Looks;
  state: ClusterState;
  /** Objects that joined. */
  sightings: number;
  /** Running mean; 1 before anything was noted. */
  uncertainty: number;
}

/** Maximum number of merged ids that still resolve. */
export const aliasesMax = 1024;
/** Maximum number of pairs of clusters that wait for a second object that shows both. */
export const linksMax = 256;
/** Looks of one object in another cluster after which the two clusters are merged. */
const linksToMerge = 2;

/**
 * Share of the similarity that it takes to join a cluster below which a tracked object is another
 * one by now: tracks change their object where two of them cross.
 */
const strangerBelow = 0.6;

/** Where an object was seen before: what is like it there is more likely the same. */
export interface Hint {
  readonly clusterId: string;
  /** Factor on the similarities that it takes to join that cluster. 0 to 1. */
  readonly leniency: number;
}

/**
 * Clusters crop embeddings of unknown objects online, so that one label covers a whole cluster:
 * leader clustering with running centres (Hartigan 1975) and a few exemplars, merged when they come
 * close or when a tracked object has turned from one into the other.
 *
 * Embeddings are compared by cosine after standardisation with the scene's mean and variance. Ids
 * are `c1`, `c2`, …, never reused. Prefers splitting: two clusters of one class cost a second
 * label, one cluster of two classes causes wrong ones. Above `clustersMax` the smallest unlabelled
 * cluster is dropped, the oldest of equals. Takes up to 75 KB per cluster.
 */
export class Clusters {
  /** Clusters dropped because of `clustersMax`. */
  dropped = 0;
  merged = 0;
  readonly #options: ClusterOptions;
  readonly #clusters = new Map<string, Cluster>();
  readonly #aliases = new Map<string, string>();
  /** How often an object of one cluster looked like another one, by the pair's ids. */
  readonly #links = new Map<string, number>();
  readonly #scale: SceneScale;
  /** Clusters that took in another one since they were asked for. */
  readonly #grown = new Set<string>();
  #created: number;

  constructor(options: Partial<ClusterOptions> = {}) {
    this.#options = { ...clusterDefaults, ...options };
    this.#created = this.#options.firstNumber - 1;
    this.#scale = new SceneScale(appearanceLengthOf(this.#options.embeddingLength));
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
    if (!this.#scale.observe(appearanceOf(latent, this.#options.embeddingLength))) return;
    for (const { looks } of this.#clusters.values()) looks.derive(this.#scale);
  }

  /**
   * Adds an object's embedding to the nearest cluster, or to a new one; returns the cluster id. The
   * cluster of `hint` is joined more easily than others.
   */
  join(latent: Float32Array, hint: Hint | null = null): string {
    const appearance = appearanceOf(latent, this.#options.embeddingLength);
    const nearest = this.#nearest(this.#scale.formsOf(appearance), hint);
    if (nearest !== null) {
      nearest.sightings++;
      nearest.looks.add(appearance, this.#scale);
      return this.#merge(nearest).id;
    }
    const cluster: Cluster = {
      id: `c${++this.#created}`,
      age: this.#created,
      looks: new Looks(appearance, this.#scale),
      state: { kind: 'unlabelled' },
      sightings: 1,
      uncertainty: 1,
    };
    this.#clusters.set(cluster.id, cluster);
    if (this.#clusters.size > this.#options.clustersMax) this.#drop(cluster);
    return cluster.id;
  }

  /**
   * Adds another embedding of an object that is already in the cluster; returns the cluster id. It
   * joins afresh if the cluster was dropped or the object is a stranger to it.
   */
  rejoin(id: string, latent: Float32Array): string {
    const cluster = this.#clusters.get(this.resolve(id));
    if (cluster === undefined) return this.join(latent);
    const appearance = appearanceOf(latent, this.#options.embeddingLength);
    const forms = this.#scale.formsOf(appearance);
    const affinity = this.#affinity(cluster, forms);
    // Before the scene's scale is known, almost any two objects are similar.
    if (affinity < strangerBelow) return this.join(latent);
    if (affinity < 1 && this.#scale.isReady) {
      // Tracking says that it is the same object: another side of it, or another light.
      const other = this.#nearest(forms, null);
      if (other !== null && other !== cluster) return this.#link(cluster, other, appearance);
      cluster.looks.keep(appearance, this.#scale);
    }
    cluster.looks.add(appearance, this.#scale);
    return this.#merge(cluster).id;
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

  /** What a question about the cluster's objects is worth, see worth.ts; null for a dropped one. */
  factsOf(id: string): Pick<QuestionFacts, 'sightings' | 'uncertainty'> | null {
    return this.#clusters.get(this.resolve(id)) ?? null;
  }

  /** The ids of the clusters that took in another one since the last call. */
  takeGrown(): readonly string[] {
    const grown = [...this.#grown].filter((id) => this.#clusters.has(id));
    this.#grown.clear();
    return grown;
  }

  /**
   * The cluster that the object belongs to: one that is similar enough, or the one that was seen at
   * its place, if it is the only one that is similar at all (the ratio test of Lowe 2004). Null for
   * a new kind of object. What was dismissed is joined by similarity alone: nobody would ask about
   * an object that joins it by mistake.
   */
  #nearest(forms: Forms, hint: Hint | null): Cluster | null {
    const { joinMargin, looseShare } = this.#options;
    const place = hint === null ? undefined : this.#clusters.get(this.resolve(hint.clusterId));
    const hinted = place?.state.kind === 'dismissed' ? undefined : place;
    let nearest: Cluster | null = null;
    let [best, second] = [-Infinity, -Infinity];
    for (const cluster of this.#clusters.values()) {
      const leniency = cluster === hinted ? (hint?.leniency ?? 1) : 1;
      const affinity = this.#affinity(cluster, forms) / leniency;
      if (affinity > best) [nearest, best, second] = [cluster, affinity, best];
      else second = Math.max(second, affinity);
    }
    if (best >= 1) return nearest;
    const isAlone = this.#scale.isReady && best - Math.max(0, second) >= joinMargin;
    return best >= looseShare && isAlone && nearest === hinted ? nearest : null;
  }

  /** From 1 on the embedding belongs to the cluster. */
  #affinity({ looks }: Cluster, forms: Forms): number {
    const { joinSimilarity, plainSimilarity } = this.#options;
    const { plain, standard } = looks.similarity(forms);
    const plainAffinity = plain / plainSimilarity;
    if (!this.#scale.isReady) return plainAffinity;
    const affinity = standard / joinSimilarity;
    return plainAffinity >= 1 ? Math.max(plainAffinity, affinity) : affinity;
  }

  /** Notes that an object of one cluster looks like another; merges them the second time. */
  #link(cluster: Cluster, other: Cluster, appearance: Float32Array): string {
    cluster.looks.add(appearance, this.#scale);
    if (!compatible(cluster.state, other.state)) return cluster.id;
    const [older, younger] = other.age < cluster.age ? [other, cluster] : [cluster, other];
    const pair = `${older.id} ${younger.id}`;
    const count = (this.#links.get(pair) ?? 0) + 1;
    this.#links.delete(pair);
    if (count >= linksToMerge) return this.#fuse(older, younger).id;
    this.#links.set(pair, count);
    const [oldest] = this.#links.keys();
    if (this.#links.size > linksMax && oldest !== undefined) this.#links.delete(oldest);
    return cluster.id;
  }

  /** Merges the cluster with a compatible one that is close enough; the older id stays. */
  #merge(cluster: Cluster): Cluster {
    if (!this.#scale.isReady) return cluster;
    for (const other of this.#clusters.values()) {
      if (other === cluster || !compatible(other.state, cluster.state)) continue;
      const similarity = other.looks.centreSimilarity(cluster.looks);
      if (similarity < this.#options.mergeSimilarity) continue;
      const [older, younger] = other.age < cluster.age ? [other, cluster] : [cluster, other];
      return this.#fuse(older, younger);
    }
    return cluster;
  }

  #fuse(older: Cluster, younger: Cluster): Cluster {
    older.looks.absorb(younger.looks, this.#scale);
    older.sightings += younger.sightings;
    this.#grown.add(older.id);
    if (older.state.kind === 'unlabelled') older.state = younger.state;
    this.#clusters.delete(younger.id);
    this.#grown.delete(younger.id);
    this.#alias(younger.id, older.id);
    this.merged++;
    return older;
  }

  #alias(from: string, to: string): void {
    for (const [alias, target] of this.#aliases) if (target === from) this.#aliases.set(alias, to);
    this.#aliases.set(from, to);
    const [oldest] = this.#aliases.keys();
    if (this.#aliases.size > aliasesMax && oldest !== undefined) this.#aliases.delete(oldest);
  }

  /** Drops the smallest unlabelled cluster other than the newest, the oldest of equals. */
  #drop(newest: Cluster): void {
    const rank = ({ state, looks, age }: Cluster) =>
      [state.kind === 'unlabelled' ? 0 : 1, looks.size, age] as const;
    let least: Cluster | null = null;
    for (const cluster of this.#clusters.values()) {
      if (cluster === newest) continue;
      if (least === null || compareRanks(rank(cluster), rank(least)) < 0) least = cluster;
    }
    if (least === null) return;
    this.#clusters.delete(least.id);
    this.dropped++;
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
