import { Observable, type OperatorFunction } from 'rxjs';
import { freeBuffer } from '../foundation/threads/free-buffer.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import type { DropReason } from '../ingest/source.ts';
import type { DetectedFrame } from './detected-frame.ts';
import { DetectionTurns, type TurnTaker } from './detection-turns.ts';
import { DetectionClaim } from './detection-claim.ts';
import type { Detector } from './detector.ts';
import type { Detection } from './detector-messages.ts';
import { EngineError } from './engines/engine-error.ts';
import type { Head } from './heads/head.ts';
import { observe, type ObserveOptions } from './observe.ts';

export interface DetectOptions extends ObserveOptions {
  /**
   * `live`: of the frames that arrive while the detector is busy, only the newest waits, whether
   * its turn at the detector has been given or not.
   * `demand`: every frame is detected; the frame pool throttles the source.
   */
  readonly pace: 'live' | 'demand';
  /** Most frames of this stream in the detector at once, ≥ 1. Default: as many as it takes. */
  readonly inFlight?: number;
  /** Returns the head of a version that was set on the detector. */
  readonly headOf: (version: number) => Head;
  /**
   * Called for each dropped frame, already released: `stale` if a newer one replaced it,
   * `corrupt` if the engine failed on it, `shutdown` if the stream ended.
   */
  readonly onDrop: (reason: DropReason) => void;
  /** Clock by which frames are expected, in ms. Default: `performance.now`. */
  readonly nowMs?: () => number;
}

/** Codes of errors that every frame of the stream would have. */
const finalCodes: ReadonlySet<EngineError['code']> = new Set(['died', 'closed', 'bad-model']);

type FrameDetector = Pick<Detector, 'detect' | 'describe'> & { readonly parallel?: number };

/** A frame in the detector; output keeps the order of these entries. */
interface Pending {
  readonly frame: Frame;
  /** By which it can be withdrawn until its turn; null at pace `demand`. */
  readonly claim: DetectionClaim | null;
  /** Ends its turn. */
  readonly done: () => void;
  /** Whether it was withdrawn, and a newer frame has its turn. */
  isReplaced: boolean;
  detection: Detection | 'failed' | undefined;
}

/**
 * Runs frames through a detector, which other streams may share, and emits each with its
 * observations, in the order of arrival. Streams that share a detector take turns at it, one frame
 * each.
 *
 * Owns every frame: emits it, which passes ownership on, or releases it and calls `onDrop`. Frees
 * the latents of each detection, of which observations hold copies. A frame on which the engine
 * fails is dropped. The stream errors if the detector has died or is closed, if its model does not
 * take the stream's views (`bad-model`), or if `headOf` throws.
 *
 * @example
 * import { detect, Detector, emptyHead, type Frame } from 'lifelens';
 * import type { Observable } from 'rxjs';
 *
 * declare const frames: Observable<Frame>;
 * const detector = await Detector.start({ viewSize: 320 });
 * const head = emptyHead();
 * const options = { pace: 'live', headOf: () => head, onDrop: console.warn } as const;
 * frames.pipe(detect(detector, options)).subscribe(({ frame, observations }) => {
 *   console.log(frame.index, observations.length);
 *   frame.release();
 * });
 */
export function detect(
  detector: FrameDetector,
  options: DetectOptions,
): OperatorFunction<Frame, DetectedFrame> {
  return (frames) =>
    new Observable((subscriber) => {
      const queue = new DetectQueue(detector, options, {
        emit: (detected) => subscriber.next(detected),
        fail: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      // Added first, so that frames are released however the stream ends.
      subscriber.add(() => queue.clear());
      subscriber.add(
        frames.subscribe({
          next: (frame) => queue.push(frame),
          error: (error: unknown) => subscriber.error(error),
          complete: () => queue.end(),
        }),
      );
    });
}

interface Output {
  readonly emit: (detected: DetectedFrame) => void;
  readonly fail: (error: unknown) => void;
  readonly complete: () => void;
}

/** The frames of one subscription: those in the detector and those that wait for a turn at it. */
class DetectQueue implements TurnTaker {
  readonly #detector: FrameDetector;
  readonly #options: DetectOptions;
  readonly #output: Output;
  readonly #inFlight: number;
  readonly #turns: DetectionTurns;
  readonly #nowMs: () => number;
  readonly #pending: Pending[] = [];
  readonly #waiting: Frame[] = [];
  #ended = false;
  #cleared = false;

  constructor(detector: FrameDetector, options: DetectOptions, output: Output) {
    this.#detector = detector;
    this.#options = options;
    this.#output = output;
    this.#turns = DetectionTurns.of(detector);
    this.#inFlight = options.inFlight ?? this.#turns.inFlightMax;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#turns.join(this);
  }

  push(frame: Frame): void {
    if (this.#cleared) {
      this.#drop(frame, 'shutdown');
      return;
    }
    this.#turns.arrivals.note(this, this.#nowMs());
    // `demand` is bounded by the slots of the frame pool, `live` by one waiting frame.
    if (this.#options.pace === 'live') {
      const stale = this.#waiting.pop();
      if (stale !== undefined) this.#drop(stale, 'stale');
      if (this.#replaceInDetector(frame)) return;
    }
    this.#waiting.push(frame);
    this.#turns.fill();
  }

  isReady(): boolean {
    return this.#waiting.length > 0 && this.#pending.length < this.#inFlight;
  }

  take(done: () => void): void {
    const frame = this.#waiting.shift();
    if (frame === undefined) {
      done();
      return;
    }
    this.#begin(frame, done);
  }

  end(): void {
    this.#ended = true;
    this.#completeIfEmpty();
  }

  clear(): void {
    this.#cleared = true;
    this.#turns.leave(this);
    for (const { frame, claim } of this.#pending.splice(0)) {
      claim?.withdraw();
      this.#drop(frame, 'shutdown');
    }
    for (const frame of this.#waiting.splice(0)) this.#drop(frame, 'shutdown');
  }

  /** Passes the frame to the detector in the turn of an older one, which has not begun. */
  #replaceInDetector(frame: Frame): boolean {
    const newest = this.#pending.at(-1);
    const claim = newest?.claim ?? null;
    if (newest === undefined || claim === null || !this.#turns.withdraw(claim)) return false;
    newest.isReplaced = true;
    this.#pending.pop();
    this.#drop(newest.frame, 'stale');
    this.#begin(frame, newest.done);
    return true;
  }

  #begin(frame: Frame, done: () => void): void {
    const claim = this.#options.pace === 'live' ? new DetectionClaim() : null;
    const pending: Pending = { frame, claim, done, isReplaced: false, detection: undefined };
    this.#pending.push(pending);
    this.#detector.detect(frame, claim).then(
      (detection) => {
        if (this.#passedOver(pending)) return;
        // The detector gets its next frame before this one is processed further.
        done();
        this.#settle(pending, detection ?? 'failed');
      },
      (error: unknown) => {
        if (this.#passedOver(pending)) return;
        done();
        this.#settleFailed(pending, error);
      },
    );
  }

  /** Whether the answer is for a frame that was replaced, whose turn goes on. */
  #passedOver({ isReplaced }: Pending): boolean {
    if (isReplaced) this.#turns.passedOver();
    return isReplaced;
  }

  #settle(pending: Pending, detection: Detection | 'failed'): void {
    if (this.#cleared) return;
    pending.detection = detection;
    while (this.#pending[0]?.detection !== undefined) this.#emitFirst();
    this.#completeIfEmpty();
  }

  #settleFailed(pending: Pending, error: unknown): void {
    if (this.#cleared) return;
    const isOver = error instanceof EngineError && finalCodes.has(error.code);
    if (isOver) this.#output.fail(error);
    else this.#settle(pending, 'failed');
  }

  #emitFirst(): void {
    const first = this.#pending.shift();
    if (first?.detection === undefined) return;
    const { frame, detection } = first;
    // Keeps the detector busy while downstream processes this frame.
    this.#turns.fill();
    if (detection === 'failed') {
      this.#drop(frame, 'corrupt');
      return;
    }
    let detected: DetectedFrame;
    try {
      detected = this.#detectedFrame(frame, detection);
    } catch (error) {
      this.#drop(frame, 'corrupt');
      this.#output.fail(error);
      return;
    }
    freeBuffer(detection.peaks.latents);
    this.#output.emit(detected);
  }

  #detectedFrame(frame: Frame, { peaks, headVersion, detectMs }: Detection): DetectedFrame {
    const { baseClasses } = this.#detector.describe;
    return {
      frame,
      observations: observe(peaks, frame, baseClasses, this.#options),
      head: this.#options.headOf(headVersion),
      detectMs,
    };
  }

  #completeIfEmpty(): void {
    if (this.#ended && this.#pending.length === 0 && this.#waiting.length === 0) {
      this.#output.complete();
    }
  }

  #drop(frame: Frame, reason: DropReason): void {
    frame.release();
    this.#options.onDrop(reason);
  }
}
