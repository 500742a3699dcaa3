import { exampleOf } from '../../../operators/learn/examples/example-of-sample.ts';
import type { Example } from '../../../operators/learn/strategy.ts';
import type { Sample, SampleMemory } from '../../../operators/remember/sample.ts';

/** Most samples that are held for the next update beyond the memory: some 25 kB each. */
export const pinnedMax = 2048;

/** Each pin is an object of its own, also where the sample is pinned already. */
interface Pin {
  readonly sample: Sample;
}

/**
 * Samples whose label changed, until an update has learned the change: the memory may evict them
 * meanwhile. The oldest is released where there are too many.
 */
export class PinnedSamples {
  readonly #pinned = new Map<string, Pin>();
  readonly #erasing: ReadonlyMap<string, Sample>;
  readonly #max: number;
  /** Samples that were released before an update learned them. */
  released = 0;

  /** `erasing`: samples that have left the memory, and that the learner has yet to forget. */
  constructor(erasing: ReadonlyMap<string, Sample> = new Map(), max = pinnedMax) {
    this.#erasing = erasing;
    this.#max = max;
  }

  pin(sample: Sample): void {
    this.#pinned.delete(sample.id);
    this.#pinned.set(sample.id, { sample });
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
  take(): ReadonlyMap<string, Pin> {
    return new Map(this.#pinned);
  }

  /** Releases pins of {@link take}, other than those that were pinned anew since. */
  release(pins: ReadonlyMap<string, Pin>): void {
    for (const [id, pin] of pins) {
      if (this.#pinned.get(id) === pin) this.#pinned.delete(id);
    }
  }

  /** A sample with its vectors, wherever they are kept; undefined where they are gone. */
  vectorsOf(id: string, memory: Pick<SampleMemory, 'get'>): Sample | undefined {
    return this.#pinned.get(id)?.sample ?? memory.get(id) ?? this.#erasing.get(id);
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
