import { exampleOf } from '../../../operators/learn/examples/example-of-sample.ts';
import type { Example } from '../../../operators/learn/strategy.ts';
import type { Sample, SampleMemory } from '../../../operators/remember/sample.ts';

/** Most samples that are held for the next update beyond the memory: some 25 kB each. */
export const pinnedMax = 2048;

/**
 * Samples whose label changed, until an update has learned the change: the memory may evict them
 * meanwhile. The oldest is released where there are too many.
 */
export class PinnedSamples {
  readonly #pinned: Map<string, Sample>;
  readonly #max: number;
  /** Samples that were released before an update learned them. */
  released = 0;

  constructor(samples: Iterable<readonly [string, Sample]> = [], max = pinnedMax) {
    this.#pinned = new Map(samples);
    this.#max = max;
  }

  pin(sample: Sample): void {
    this.#pinned.delete(sample.id);
    this.#pinned.set(sample.id, sample);
    for (const id of this.#pinned.keys()) {
      if (this.#pinned.size <= this.#max) break;
      this.#pinned.delete(id);
      this.released++;
    }
  }

  /** In the order in which they were pinned. */
  ids(): Iterable<string> {
    return this.#pinned.keys();
  }

  /** The present pins, for {@link release}; they stay pinned. */
  take(): ReadonlyMap<string, Sample> {
    return new Map(this.#pinned);
  }

  /** Releases pins of {@link take}, other than those that were pinned anew since. */
  release(pins: ReadonlyMap<string, Sample>): void {
    for (const [id, sample] of pins) {
      if (this.#pinned.get(id) === sample) this.#pinned.delete(id);
    }
  }

  /** A sample with its vectors, pinned or in memory; undefined where they are gone. */
  vectorsOf(id: string, memory: Pick<SampleMemory, 'get'>): Sample | undefined {
    return this.#pinned.get(id) ?? memory.get(id);
  }

  /** A sample as an example under a label; undefined where its vectors are gone. */
  exampleOf(
    id: string,
    label: string | null,
    memory: Pick<SampleMemory, 'get'>,
  ): Example | undefined {
    const sample = this.vectorsOf(id, memory);
    return sample === undefined ? undefined : exampleOf(sample, label);
  }
}
