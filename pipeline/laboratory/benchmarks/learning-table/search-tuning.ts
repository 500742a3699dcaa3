import type { Tuning } from '../../../../operators/learn/strategies/gradient/gradient-options.ts';

/** Settings and their result. */
export interface Trial extends Tuning {
  /** Never NaN. */
  readonly map50: number;
}

const usualDecay = 1e-3;
/** The points of the search. */
export const tuningPoints = {
  /** At the usual weight decay. */
  rates: [0.003, 0.001, 0.01, 0.0003],
  /** Tried in order while the outermost rate is the best. */
  furtherRates: [
    [1e-4, 3e-5],
    [0.03, 0.1],
  ],
  /** At the best rate. */
  otherDecays: [1e-4],
  /** At the best rate and decay, for methods with a regularisation weight. */
  holds: [0.1, 10],
};

/**
 * Searches one setting at a time, each at the best values of the earlier ones; the first of equal
 * results wins. Resolves with all trials.
 */
export async function searchTuning<T extends Trial>(
  attempt: (tuning: Tuning) => Promise<T>,
  { rates, furtherRates, otherDecays, holds } = tuningPoints,
): Promise<readonly T[]> {
  const trials: T[] = [];
  const attemptAnother = async ({ learningRate, weightDecay, hold }: Tuning) => {
    trials.push(await attempt({ learningRate, weightDecay, hold }));
  };
  const first = { weightDecay: usualDecay, hold: 1 };
  for (const learningRate of rates) await attemptAnother({ ...first, learningRate });
  for (const further of furtherRates) {
    for (const learningRate of further) {
      const best = bestOf(trials);
      if (trials.some((trial) => liesBetween(trial, best, learningRate))) break;
      await attemptAnother({ ...first, learningRate });
    }
  }
  for (const weightDecay of otherDecays) await attemptAnother({ ...bestOf(trials), weightDecay });
  const best = bestOf(trials);
  for (const hold of holds) await attemptAnother({ ...best, hold });
  return trials;
}

export function bestOf<T extends Trial>(trials: readonly T[]): T {
  return trials.reduce((a, b) => (b.map50 > a.map50 ? b : a));
}

/** Whether a trial's rate lies between another trial's and a further rate. */
function liesBetween({ learningRate }: Trial, other: Trial, further: number): boolean {
  const [low, high] = [other.learningRate, further].toSorted((a, b) => a - b);
  return low! < learningRate && learningRate < high!;
}
