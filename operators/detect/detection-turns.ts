import type { DetectionClaim } from './detection-claim.ts';
import { Arrivals } from './tiles/arrivals.ts';

/** A stream of frames that takes turns at a detector. */
export interface TurnTaker {
  /** Whether a frame waits for a turn, and the stream may have another one in the detector. */
  isReady(): boolean;
  /** Begins the detection of one frame. `done` is called once, as soon as it is settled. */
  take(done: () => void): void;
}

/** Bounds over all streams. */
export const turnLimits = {
  /** Frames in the workers beside those that run: one that follows without a pause. */
  followingMax: 1,
  /** Withdrawn frames that the worker has not passed over yet; no more are withdrawn then. */
  withdrawnMax: 64,
} as const;

/**
 * Shares a detector fairly between streams: they take turns in a circle, one frame each, and a
 * stream without a waiting frame is passed over.
 *
 * Frames wait with their streams, so a stream can replace the one that waits by a newer one until
 * its turn comes; the one whose turn is next waits in the worker, and can be replaced there
 * ({@link withdraw}). A stream with a frame waits for at most one turn of each of the others.
 *
 * So a frame that no newer one of its stream replaces has its result after at most (streams + 1)
 * times the time of a detection: the one that its stream has just begun, one of each other stream,
 * and its own. A detector that runs several frames at once takes no longer while all its workers
 * run. Spare work ({@link DetectionTurns.spare}) begins only where no stream has a frame, and so
 * stands in the place of the one that its stream has just begun.
 */
export class DetectionTurns {
  /** When the streams' next frames are to be expected. */
  readonly arrivals = new Arrivals();
  /** In the order of their turns: whoever took one goes to the end. */
  readonly #takers = new Set<TurnTaker>();
  #inFlight = 0;
  #withdrawn = 0;
  /** Spare work in the detector. */
  #spare: Pick<DetectionClaim, 'withdraw'> | null = null;

  static readonly #of = new WeakMap<object, DetectionTurns>();

  /** Frames in the detector at once. */
  readonly inFlightMax: number;

  /** @param parallel Frames that the detector runs at once. */
  constructor(parallel = 1) {
    this.inFlightMax = parallel + turnLimits.followingMax;
  }

  /** The turns of a detector, the same for every stream that uses it. */
  static of(detector: { readonly parallel?: number }): DetectionTurns {
    let turns = DetectionTurns.#of.get(detector);
    if (turns === undefined) {
      turns = new DetectionTurns(detector.parallel);
      DetectionTurns.#of.set(detector, turns);
    }
    return turns;
  }

  /** Adds a stream, which gets its first turn after the others. */
  join(taker: TurnTaker): void {
    this.#takers.add(taker);
  }

  /** Removes a stream. Its frames in the detector count until they are settled. */
  leave(taker: TurnTaker): void {
    this.#takers.delete(taker);
    this.arrivals.leave(taker);
  }

  /** Whether nothing is in the detector, and no stream has a frame for it. */
  get isIdle(): boolean {
    return this.#inFlight === 0 && this.#next() === null;
  }

  /**
   * Counts work that no stream waits for, to be begun where the detector {@link isIdle}. As soon as
   * a stream has a frame it is withdrawn, where it has not begun. `done`, which is returned, is to
   * be called once it is settled.
   */
  spare(claim: Pick<DetectionClaim, 'withdraw'>): () => void {
    this.#spare = claim;
    this.#inFlight++;
    return () => {
      if (this.#spare === claim) this.#endSpare();
      this.fill();
    };
  }

  /** Gives turns while the detector has room; to be called when a stream becomes ready. */
  fill(): void {
    if (this.#spare !== null && this.#next() !== null && this.#spare.withdraw()) this.#endSpare();
    while (this.#inFlight < this.inFlightMax) {
      const next = this.#next();
      if (next === null) return;
      this.#takers.delete(next);
      this.#takers.add(next);
      this.#inFlight++;
      next.take(() => {
        this.#inFlight--;
        this.fill();
      });
    }
  }

  /**
   * Withdraws the frame of a turn that has been given but not begun, for the caller to pass a newer
   * one to the detector in the same turn. False where it has begun. `passedOver` is to be called
   * once the detector has answered for the withdrawn frame.
   */
  withdraw(claim: Pick<DetectionClaim, 'withdraw'>): boolean {
    if (this.#withdrawn >= turnLimits.withdrawnMax || !claim.withdraw()) return false;
    this.#withdrawn++;
    return true;
  }

  /** Counts the answer for a withdrawn frame. */
  passedOver(): void {
    this.#withdrawn--;
  }

  #endSpare(): void {
    this.#spare = null;
    this.#inFlight--;
  }

  #next(): TurnTaker | null {
    for (const taker of this.#takers) if (taker.isReady()) return taker;
    return null;
  }
}
