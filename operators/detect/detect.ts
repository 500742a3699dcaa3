import { Observable, type OperatorFunction } from 'rxjs';
import type { Frame } from '../ingest/frames/frame.ts';
import { freeBuffer } from '../foundation/threads/free-buffer.ts';
import type { DropReason } from '../ingest/source.ts';
import type { DetectedFrame } from './detected-frame.ts';
import type { Detector } from './detector.ts';
import type { Detection } from './detector-messages.ts';
import { EngineError } from './engines/engine-error.ts';
import type { Head } from './heads/head.ts';
import { observe, type ObserveOptions } from './observe.ts';

export interface DetectOptions extends ObserveOptions {
  /**
   * `live`: the latest frame wins; of the frames that the detector has no time for, only the
   * newest waits. `demand`: every frame is looked at; the frame pool holds the source back.
   */
  readonly mode: 'live' | 'demand';
  /** Frames of this stream that the detector has at once, 1 or 2. Default: 2. */
  readonly inFlight?: 1 | 2;
  /** The head of a version that was given to the detector. */
  readonly headOf: (version: number) => Head;
  /**
   * Hears of every frame that goes no further, which is already released then: `stale` where a
   * newer one came, `corrupt` where the engine failed on it, `shutdown` where the stream ended.
   */
  readonly onDrop: (reason: DropReason) => void;
}

/** A frame that the detector has; its place in the line is the place in the output. */
interface Pending {
  readonly frame: Frame;
  detection: Detection | 'failed' | undefined;
}

/**
 * Looks at frames with a detector that other streams may share, and emits each with what was seen.
 *
 * Takes over every frame: it is handed on in the emitted value, or released and told to `onDrop`.
 * Of a detection it takes over the latents: they are empty once they were seen.
 * Frames come out in the order in which they came in. A frame on which the engine fails is
 * dropped; a detector that has died or was closed, and a `headOf` that throws, error the stream.
 */
export function detect(
  detector: Pick<Detector, 'detect' | 'describe'>,
  options: DetectOptions,
): OperatorFunction<Frame, DetectedFrame> {
  return (frames) =>
    new Observable((subscriber) => {
      const line = new DetectLine(detector, options);
      line.emit = (detected) => subscriber.next(detected);
      line.fail = (error) => subscriber.error(error);
      line.finish = () => subscriber.complete();
      // Added first, so that frames are released whichever way the stream ends.
      subscriber.add(() => line.clear());
      subscriber.add(
        frames.subscribe({
          next: (frame) => line.push(frame),
          error: (error: unknown) => subscriber.error(error),
          complete: () => line.end(),
        }),
      );
    });
}

/** The frames that one subscription holds: those in the detector, and those that wait for it. */
class DetectLine {
  emit: (detected: DetectedFrame) => void = () => undefined;
  fail: (error: unknown) => void = () => undefined;
  finish: () => void = () => undefined;
  readonly #detector: Pick<Detector, 'detect' | 'describe'>;
  readonly #options: DetectOptions;
  readonly #inFlight: number;
  readonly #pending: Pending[] = [];
  readonly #waiting: Frame[] = [];
  #ended = false;
  #cleared = false;

  constructor(detector: Pick<Detector, 'detect' | 'describe'>, options: DetectOptions) {
    this.#detector = detector;
    this.#options = options;
    this.#inFlight = options.inFlight ?? 2;
  }

  push(frame: Frame): void {
    if (this.#cleared) {
      this.#drop(frame, 'shutdown');
      return;
    }
    // In `demand` the pool's slots bound this line; in `live` it is one frame long.
    if (this.#options.mode === 'live') {
      const stale = this.#waiting.pop();
      if (stale !== undefined) this.#drop(stale, 'stale');
    }
    this.#waiting.push(frame);
    this.#fill();
  }

  end(): void {
    this.#ended = true;
    this.#finishIfEmpty();
  }

  clear(): void {
    this.#cleared = true;
    for (const { frame } of this.#pending.splice(0)) this.#drop(frame, 'shutdown');
    for (const frame of this.#waiting.splice(0)) this.#drop(frame, 'shutdown');
  }

  #fill(): void {
    while (this.#pending.length < this.#inFlight) {
      const frame = this.#waiting.shift();
      if (frame === undefined) return;
      const pending: Pending = { frame, detection: undefined };
      this.#pending.push(pending);
      this.#detector.detect(frame).then(
        (detection) => this.#settle(pending, detection),
        (error: unknown) => this.#settleFailed(pending, error),
      );
    }
  }

  #settle(pending: Pending, detection: Detection | 'failed'): void {
    if (this.#cleared) return;
    pending.detection = detection;
    while (this.#pending[0]?.detection !== undefined) this.#emitFirst();
    this.#finishIfEmpty();
  }

  #settleFailed(pending: Pending, error: unknown): void {
    if (this.#cleared) return;
    const over = error instanceof EngineError && ['died', 'closed'].includes(error.code);
    if (over) this.fail(error);
    else this.#settle(pending, 'failed');
  }

  #emitFirst(): void {
    const first = this.#pending.shift();
    if (first?.detection === undefined) return;
    const { frame, detection } = first;
    // The detector is kept busy while downstream works on this frame.
    this.#fill();
    if (detection === 'failed') {
      this.#drop(frame, 'corrupt');
      return;
    }
    let detected: DetectedFrame;
    try {
      detected = {
        frame,
        observations: observe(
          detection.peaks,
          frame,
          this.#detector.describe.baseClasses,
          this.#options,
        ),
        head: this.#options.headOf(detection.headVersion),
        detectMs: detection.detectMs,
      };
    } catch (error) {
      this.#drop(frame, 'corrupt');
      this.fail(error);
      return;
    }
    // Observations have copies of theirs.
    freeBuffer(detection.peaks.latents);
    this.emit(detected);
  }

  #finishIfEmpty(): void {
    if (this.#ended && this.#pending.length === 0 && this.#waiting.length === 0) this.finish();
  }

  #drop(frame: Frame, reason: DropReason): void {
    frame.release();
    this.#options.onDrop(reason);
  }
}
