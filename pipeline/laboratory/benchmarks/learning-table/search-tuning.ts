import type { Tuning } from '../../../../operators/learn/strategies/gradient/gradient-options.ts';

/** Settings, and how well a method did with them. */
export interface Trial extends Tuning {
  /** The higher, the better; no NaN. */
  readonly map50: number;
}

const usualDecay = 1e-3;
/** What is tried. */
export const tuningPoints = {
  /** At the usual decay. */
  rates: [0.003, 0.001, 0.01, 0.0003],
  /** One after the other, while the rate at that end is the best one. */
  furtherRates: [
    [1e-4, 3e-5],
    [0.03, 0.1],
  ],
  /** At the best rate. */
  otherDecays: [1e-4],
  /** At the best rate and decay, for methods that hold on to something. */
  holds: [0.1, 10],
};

/** One setting after the other, each at the best of those before; the first of equals is the best. Gives all trials. */
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
  const held = bestOf(trials);
  for (const hold of holds) await attemptAnother({ ...held, hold });
  return trials;
}

export function bestOf<T extends Trial>(trials: readonly T[]): T {
  return trials.reduce((a, b) => (b.map50 > a.map50 ? b : a));
}

/** Whether a trial's rate lies between that of another one and a further rate. */
function liesBetween({ learningRate }: Trial, other: Trial, further: number): boolean {
  const [low, high] = [other.learningRate, further].toSorted((a, b) => a - b);
  return low! < learningRate && learningRate < high!;
}
