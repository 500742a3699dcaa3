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

/** One newcomer and what became of it. */
export interface Remembered {
  readonly sample: Sample;
  /** False when the memory did not take it. */
  readonly taken: boolean;
  /** Ids of the samples that went for it; the newcomer's own is never among them. */
  readonly evicted: readonly string[];
}

/** Bounds of {@link remember}. */
export interface RememberOptions {
  /** Inputs whose samples are still being made; more are dropped. At least 1, default 4. */
  readonly pendingMax?: number;
  /** Told of every dropped input. */
  readonly onDropped?: (reason: 'busy') => void;
}

/**
 * Makes samples out of every input and puts them into the memory, in the order in which they are ready.
 *
 * `toSamples` reads pixels while it is called or retains the frame for as long as it needs. The
 * live path never waits: while `pendingMax` inputs are in work, further ones are dropped and
 * told to `onDropped`. An error of `toSamples` errors the stream. The memory outlives the subscription.
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
          const gone = memory.insert(sample);
          const evicted = gone.filter((id) => id !== sample.id);
          return { sample, taken: evicted.length === gone.length, evicted };
        }),
      );
    });
}
