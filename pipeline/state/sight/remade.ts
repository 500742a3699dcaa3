import type { RecordChange } from '../../../operators/foundation/store/record-store.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import { remove } from '../record-kinds.ts';

/** The stored samples that have vectors of other models than their own beside them. */
export class Remade {
  readonly #ids: Set<string>;
  #samples: ReadonlyMap<string, Sample>;

  constructor(samples: ReadonlyMap<string, Sample>) {
    this.#samples = samples;
    this.#ids = new Set(samples.keys());
  }

  /** The sample with these vectors, until {@link forget}. */
  get(id: string): Sample | undefined {
    return this.#samples.get(id);
  }

  /** Notes that vectors of a sample were stored. */
  note(id: string): void {
    this.#ids.add(id);
  }

  /** Frees the samples; what is stored stays. */
  forget(): void {
    this.#samples = new Map();
  }

  /** Removes the vectors of a sample that is removed; the removal may be tried again. */
  removal(id: string): RecordChange[] {
    return this.#ids.has(id) ? [remove('remade', id)] : [];
  }
}
