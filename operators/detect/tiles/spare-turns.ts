import { DetectionClaim } from '../detection-claim.ts';
import { DetectionTurns } from '../detection-turns.ts';
import { Forecast } from './forecast.ts';

/** Pieces of work at once, over all streams of a detector. */
export const tilesInFlightMax = 1;

/** Work for a detector that would be idle. */
export interface SpareWork {
  /**
   * Does it, by calls of the detector under the claim. Resolves to the time that the detector took
   * in ms, or to null where the claim was withdrawn. Never rejects.
   */
  readonly run: (claim: DetectionClaim) => Promise<number | null>;
}

/** A stream with such work. */
export interface SpareTaker {
  /** The most useful work, or null. Its pixels may be written to `pixels`. */
  next(pixels: (bytes: number) => Uint8Array): SpareWork | null;
}

/**
 * Gives a detector's idle time to streams, in turns: one piece of work at a time, and only where
 * no frame is in the detector, waits for it, or is expected before the work will be done.
 *
 * A frame that comes earlier than expected withdraws work that has not begun, and waits for the
 * rest of work that has. Work takes the place of the frame before in the bound of
 * {@link DetectionTurns}, since it begins only where no frame waits: so the bound holds where work
 * takes no longer than a frame.
 *
 * Bounded: the pixels of one piece of work, the largest so far.
 */
export class SpareTurns {
  readonly #turns: DetectionTurns;
  readonly #workMs = new Forecast();
  readonly #takers = new Set<SpareTaker>();
  #pixels = new Uint8Array(new SharedArrayBuffer(0));
  #working = 0;

  static readonly #of = new WeakMap<object, SpareTurns>();

  /** The idle time of a detector, the same for every stream that uses it. */
  static of(detector: object): SpareTurns {
    let spare = SpareTurns.#of.get(detector);
    if (spare === undefined) {
      spare = new SpareTurns(DetectionTurns.of(detector));
      SpareTurns.#of.set(detector, spare);
    }
    return spare;
  }

  private constructor(turns: DetectionTurns) {
    this.#turns = turns;
  }

  join(taker: SpareTaker): void {
    this.#takers.add(taker);
  }

  leave(taker: SpareTaker): void {
    this.#takers.delete(taker);
  }

  /** Starts work if there is time for it. `frameMs`: time of a whole view, while none is known. */
  fill(nowMs: () => number, frameMs: number): void {
    if (this.#working >= tilesInFlightMax || !this.#turns.isIdle) return;
    const workMs = this.#workMs.count === 0 ? 2 * frameMs : this.#workMs.longest;
    const atMs = nowMs();
    if (atMs + workMs > this.#turns.arrivals.quietUntilMs(atMs)) return;
    for (const taker of [...this.#takers]) {
      const work = taker.next((bytes) => this.#pixelsOf(bytes));
      if (work === null) continue;
      this.#takers.delete(taker);
      this.#takers.add(taker);
      void this.#run(work, nowMs, frameMs);
      return;
    }
  }

  async #run(work: SpareWork, nowMs: () => number, frameMs: number): Promise<void> {
    const claim = new DetectionClaim();
    const startedMs = nowMs();
    this.#working++;
    const done = this.#turns.spare(claim);
    const tookMs = await work.run(claim);
    if (tookMs !== null) this.#workMs.add(Math.max(tookMs, nowMs() - startedMs));
    this.#working--;
    done();
    this.fill(nowMs, frameMs);
  }

  /** Shared memory, so that the detector's thread reads it in place. */
  #pixelsOf(bytes: number): Uint8Array {
    if (this.#pixels.length < bytes) this.#pixels = new Uint8Array(new SharedArrayBuffer(bytes));
    return this.#pixels.subarray(0, bytes);
  }
}
