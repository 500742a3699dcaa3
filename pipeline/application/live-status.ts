import type { Clusters } from '../../operators/discover/clusters.ts';
import type { Sample, SampleMemory } from '../../operators/remember/sample.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import type { SampleMessage } from '../../sinks/events.ts';
import type { HelloFacts } from '../../sinks/protocol.ts';
import type { Camera } from './camera.ts';
import { sampleMessageOf } from './frame-events.ts';

export interface LiveStatusParts {
  readonly cameras: ReadonlyMap<string, Pick<Camera, 'name' | 'state'>>;
  readonly memory: SampleMemory;
  readonly heads: HeadHistory;
  readonly clusters: Pick<Clusters, 'resolve'>;
  /** Facts that do not change while the program runs. */
  readonly fixed: Pick<HelloFacts, 'version' | 'engine' | 'strategy' | 'baseClasses'>;
}

/** Answers what sinks ask about the present state: a client that connects, a health check. */
export class LiveStatus {
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
      .filter(({ label }) => label === null)
      .map((sample) => this.sampleMessage(sample));
  }

  /** Healthy: at least one camera delivers pictures, is paused, or has delivered all it had. */
  health(): { readonly ok: boolean; readonly cameras: Readonly<Record<string, string>> } {
    const states = [...this.#parts.cameras.values()].map(
      ({ name, state }) => [name, state] as const,
    );
    const ok = states.some(([, state]) => ['running', 'paused', 'ended'].includes(state));
    return { ok, cameras: Object.fromEntries(states) };
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
