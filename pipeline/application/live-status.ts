import type { Clusters } from '../../operators/discover/clusters.ts';
import { isLabelled, type Sample, type SampleMemory } from '../../operators/remember/sample.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import type { SampleMessage } from '../../sinks/events.ts';
import type { HealthReport } from '../../sinks/health.ts';
import type { HelloFacts } from '../../sinks/protocol.ts';
import type { Camera } from './camera.ts';
import { sampleMessageOf } from './frame-events.ts';
import { HealthRegistry } from './supervision/health-registry.ts';

export interface LiveStatusParts {
  readonly cameras: ReadonlyMap<string, Pick<Camera, 'name'>>;
  readonly memory: SampleMemory;
  readonly heads: HeadHistory;
  readonly clusters: Pick<Clusters, 'resolve'>;
  /** Facts that do not change while the program runs. */
  readonly fixed: Pick<HelloFacts, 'version' | 'engine' | 'strategy' | 'baseClasses'>;
}

/** Answers what sinks ask about the present state: a client that connects, a health check. */
export class LiveStatus {
  /** The parts that {@link health} tells of; whoever opens one adds it. */
  readonly healthParts = new HealthRegistry();
  readonly #parts: LiveStatusParts;

  constructor(parts: LiveStatusParts) {
    this.#parts = parts;
  }

  hello(): HelloFacts {
    const { cameras, heads, fixed } = this.#parts;
    const { version: headVersion, classes } = heads.active;
    return { ...fixed, cameras: [...cameras.keys()], headVersion, classes };
  }

  /** The samples without a label, oldest first. */
  unlabelledSamples(): readonly SampleMessage[] {
    return [...this.#parts.memory.values()]
      .filter((sample) => !isLabelled(sample))
      .map((sample) => this.sampleMessage(sample));
  }

  /** How the program and each of its parts do. */
  health(): HealthReport {
    return this.healthParts.report();
  }

  /** A sample as sinks publish it, with the cluster that it belongs to by now and its size. */
  sampleMessage(sample: Sample): SampleMessage {
    const { memory, clusters } = this.#parts;
    const clusterId = clusters.resolve(sample.clusterId);
    let size = 0;
    for (const other of memory.values()) {
      if (clusters.resolve(other.clusterId) === clusterId) size++;
    }
    return sampleMessageOf(sample, clusterId, size);
  }
}
