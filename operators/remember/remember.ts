import {
  defer,
  finalize,
  from,
  map,
  mergeMap,
  type ObservableInput,
  type OperatorFunction,
} from 'rxjs';
import type { Sample, SampleMemory } from './sample.ts';

/** A new sample and the outcome of its insertion. */
export interface Remembered {
  readonly sample: Sample;
  /** False if the memory refused it. */
  readonly stored: boolean;
  /** Ids of the samples evicted for it, never its own. */
  readonly evicted: readonly string[];
}

/** Bounds of {@link remember}. */
export interface RememberOptions {
  /** Maximum number of pending inputs; further ones are dropped. At least 1, default 4. */
  readonly pendingMax?: number;
  /** Called for every dropped input. */
  readonly onDropped?: (reason: 'busy') => void;
}

/**
 * Makes samples of every input and inserts them into the memory in the order of completion.
 *
 * `toSamples` must read the pixels synchronously or retain the frame. The live path never waits:
 * while `pendingMax` inputs are pending, further ones are dropped and reported to `onDropped`. An
 * error of `toSamples` errors the stream. The memory outlives the subscription.
 *
 * @example
 * import { createMemory, remember, type Sample } from 'lifelens';
 * import { seededRandom } from 'lifelens/testing';
 * import type { Observable } from 'rxjs';
 *
 * declare const samples: Observable<Sample>;
 * const memory = createMemory('balanced', 16 * 1024 ** 2, seededRandom(1));
 * samples.pipe(remember(memory, (sample) => [[sample]])).subscribe(({ stored, evicted }) => {
 *   console.log(stored ? 'stored' : 'refused', evicted);
 * });
 */
export function remember<T>(
  memory: SampleMemory,
  toSamples: (input: T) => ObservableInput<readonly Sample[]>,
  { pendingMax = 4, onDropped }: RememberOptions = {},
): OperatorFunction<T, Remembered> {
  return (inputs) =>
    defer(() => {
      let pending = 0;
      return inputs.pipe(
        mergeMap((input) => {
          if (pending >= pendingMax) {
            onDropped?.('busy');
            return [];
          }
          pending++;
          return defer(() => toSamples(input)).pipe(
            mergeMap((samples) => from(samples)),
            finalize(() => pending--),
          );
        }),
        map((sample): Remembered => {
          const removed = memory.insert(sample);
          const evicted = removed.filter((id) => id !== sample.id);
          return { sample, stored: evicted.length === removed.length, evicted };
        }),
      );
    });
}
