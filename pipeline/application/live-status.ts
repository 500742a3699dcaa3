import type { Clusters } from '../../operators/discover/clusters.ts';
import { worthOf } from '../../operators/discover/worth.ts';
import { trackKey } from '../../operators/discover/questions.ts';
import {
  isAsked,
  isLabelled,
  type Sample,
  type SampleMemory,
} from '../../operators/remember/sample.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import type { SampleMessage } from '../../sinks/events.ts';
import type { HealthReport } from '../../sinks/health.ts';
import type { HelloFacts } from '../../sinks/protocol.ts';
import type { Camera } from './camera.ts';
import { sampleMessageOf } from './frame-events.ts';
import { HealthRegistry } from './supervision/health-registry.ts';

export interface LiveStatusParts {
  readonly cameras: ReadonlyMap<string, Pick<Camera, 'name' | 'frameId'>>;
  readonly memory: SampleMemory;
  readonly heads: HeadHistory;
  readonly clusters: Pick<Clusters, 'resolve' | 'merged' | 'takeGrown' | 'factsOf' | 'questions'>;
  /** Facts that do not change while the program runs. */
  readonly fixed: Pick<
    HelloFacts,
    'version' | 'engine' | 'detector' | 'encoder' | 'strategy' | 'baseClasses'
  >;
}

interface ClusterCounts {
  /** Samples per cluster. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Clusters with unlabelled samples that are asked about. */
  readonly asked: ReadonlySet<string>;
}

/** Answers what sinks ask about the present state: a client that connects, a health check. */
export class LiveStatus {
  /** The parts that {@link health} tells of; whoever opens one adds it. */
  readonly healthParts = new HealthRegistry();
  readonly #parts: LiveStatusParts;
  #counts: ClusterCounts & { readonly state: string | null } = {
    ...{ state: null, sizes: new Map(), asked: new Set() },
  };

  constructor(parts: LiveStatusParts) {
    this.#parts = parts;
    // A question outlasts the track that it is about.
    parts.clusters.questions.hasSamples = (clusterId) => this.#clusterCounts().asked.has(clusterId);
  }

  hello(): HelloFacts {
    const { cameras, heads, fixed } = this.#parts;
    const { version: headVersion, classes } = heads.active;
    return { ...fixed, cameras: [...cameras.keys()], headVersion, classes };
  }

  /**
   * The samples without a label, those asked about first, newest first. Each message is made when
   * it is asked for.
   */
  *unlabelledSamples(): Iterable<SampleMessage> {
    const unlabelled = [...this.#parts.memory.values()].filter((sample) => !isLabelled(sample));
    unlabelled.reverse();
    for (const sample of unlabelled) if (isAsked(sample)) yield this.sampleMessage(sample);
    for (const sample of unlabelled) if (!isAsked(sample)) yield this.sampleMessage(sample);
  }

  /**
   * The samples without a label whose question has changed since the last call: it is asked from
   * now on, or no longer, or took in another one.
   */
  *changedSamples(): Iterable<SampleMessage> {
    const { clusters, memory } = this.#parts;
    const grown = new Set(clusters.takeGrown());
    const changed = clusters.questions.takeChanged();
    if (grown.size === 0 && changed.length === 0) return;
    const tracks = new Set(changed.map(trackKey));
    for (const sample of [...memory.values()]) {
      if (isLabelled(sample)) continue;
      const isChanged = tracks.has(trackKey(sample));
      const settled = isChanged ? this.settled(sample) : sample;
      const isGrown = grown.has(clusters.resolve(settled.clusterId));
      if (settled !== sample || isGrown) yield this.sampleMessage(settled);
    }
  }

  /**
   * A stored sample as what is asked by now says; it is replaced in memory where that has changed.
   */
  settled(sample: Sample): Sample {
    const { clusters, memory } = this.#parts;
    const standing = clusters.questions.standingOf(sample, sample.timestampMs);
    const isSame = standing === null || isAsked(sample) === standing.asked;
    if (isSame || isLabelled(sample)) return sample;
    // A sample that a label command published may have got another label, or be gone.
    const stored = memory.get(sample.id);
    if (stored !== undefined && !isLabelled(stored)) {
      memory.replace({ ...stored, asked: standing.asked });
    }
    return { ...sample, asked: standing.asked };
  }

  /** How the program and each of its parts do. */
  health(): HealthReport {
    return this.healthParts.report();
  }

  /** A sample as sinks publish it, with the cluster that it belongs to by now and its size. */
  sampleMessage(sample: Sample): SampleMessage {
    const clusterId = this.#parts.clusters.resolve(sample.clusterId);
    const clusterSize = this.#clusterCounts().sizes.get(clusterId) ?? 0;
    // Of a camera that is no longer configured, the name is what is left.
    const frameId = this.#parts.cameras.get(sample.camera)?.frameId ?? sample.camera;
    const facts = this.#parts.clusters.factsOf(clusterId) ?? { sightings: 1, uncertainty: 1 };
    const worth = worthOf({ novelty: sample.novelty, ...facts });
    return sampleMessageOf(sample, { clusterId, clusterSize, worth, frameId });
  }

  /** Counted once for as long as neither samples nor clusters change. */
  #clusterCounts(): ClusterCounts {
    const { memory, clusters } = this.#parts;
    const state = memory.revision === undefined ? null : `${memory.revision} ${clusters.merged}`;
    if (state !== null && state === this.#counts.state) return this.#counts;
    const sizes = new Map<string, number>();
    const asked = new Set<string>();
    for (const sample of memory.values()) {
      const clusterId = clusters.resolve(sample.clusterId);
      sizes.set(clusterId, (sizes.get(clusterId) ?? 0) + 1);
      if (isAsked(sample) && !isLabelled(sample)) asked.add(clusterId);
    }
    this.#counts = { state, sizes, asked };
    return this.#counts;
  }
}
