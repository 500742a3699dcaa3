/** Share of a round's steps whose errors count: the last ones, at a low learning rate. */
const countedShare = 1 / 4;
/** A round has to lower the error by this share for another one. */
const leastGain = 0.02;

/** Tells whether another round of training steps is worth while, from the errors of the steps. */
export class FitRounds {
  readonly #steps: number;
  #errors: number[] = [];
  #last = Infinity;
  #rounds = 0;

  /** `steps`: of each round, at least 1. */
  constructor(steps: number) {
    this.#steps = steps;
  }

  /** Rounds that have ended. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Adds the error of one step, at least 0. */
  add(error: number): void {
    this.#errors.push(error);
  }

  /** Ends a round; true if its error is well below that of the round before. */
  endRound(): boolean {
    const counted = this.#errors.slice(-Math.max(1, Math.round(this.#steps * countedShare)));
    const error = counted.reduce((sum, value) => sum + value, 0) / Math.max(1, counted.length);
    const hasGained = error < (1 - leastGain) * this.#last;
    this.#errors = [];
    this.#last = error;
    this.#rounds++;
    return hasGained;
  }
}
