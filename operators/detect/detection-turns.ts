/** A stream of frames that takes turns at a detector. */
export interface TurnTaker {
  /** Whether a frame waits for a turn, and the stream may have another one in the detector. */
  isReady(): boolean;
  /** Begins the detection of one frame. `done` is called once, as soon as it is settled. */
  take(done: () => void): void;
}

/** Detections at once over all streams: one that runs and one that follows without a pause. */
const inFlightMax = 2;

/**
 * Shares a detector fairly between streams: they take turns in a circle, one frame each, and a
 * stream without a waiting frame is passed over.
 *
 * Frames wait with their streams, not with the detector, so a stream can replace the one that waits
 * by a newer one until its turn comes. A stream with a frame waits for at most one turn of each of
 * the others.
 */
export class DetectionTurns {
  /** In the order of their turns: whoever took one goes to the end. */
  readonly #takers = new Set<TurnTaker>();
  #inFlight = 0;

  static readonly #of = new WeakMap<object, DetectionTurns>();

  /** The turns of a detector, the same for every stream that uses it. */
  static of(detector: object): DetectionTurns {
    let turns = DetectionTurns.#of.get(detector);
    if (turns === undefined) {
      turns = new DetectionTurns();
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
  }

  /** Gives turns while the detector has room; to be called when a stream becomes ready. */
  fill(): void {
    while (this.#inFlight < inFlightMax) {
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

  #next(): TurnTaker | null {
    for (const taker of this.#takers) if (taker.isReady()) return taker;
    return null;
  }
}
