import { messageOf } from '../../foundation/errors/message-of.ts';
import type { Clock } from '../../foundation/time/clock.ts';
import type { FrameNumbering, FramePlace } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { RateLimit } from '../frames/rate-limit.ts';
import { decodeImage, type DecodedImage } from '../pictures/decode-image.ts';
import { emitFrame } from '../sources/acquire-slot.ts';
import { captureBounds } from '../relay/rtp/sender-clock.ts';
import type { DropReason, SourceContext } from '../source.ts';

export interface PictureIntakeOptions {
  readonly context: SourceContext;
  readonly numbering: FrameNumbering;
  readonly clock: Pick<Clock, 'nowMs' | 'wallMs'>;
  /** Most pictures per second; null takes every one. */
  readonly fps: number | null;
  /** Longest side of `full`, in pixels. */
  readonly maxSide: number;
  /** Called with the first decoded picture. */
  readonly onOpened: (first: DecodedImage) => void;
  readonly emit: (frame: Frame) => void;
  readonly signal: AbortSignal;
}

interface Arrived {
  readonly place: FramePlace;
  readonly bytes: Buffer;
}

/** Pictures of one camera that are decoded at once. */
export const decodersMax = 2;
/** Pictures that break a rule, with none right before them, that show a camera's habit. */
const oddPicturesMax = 3;

/**
 * Takes the encoded pictures of one connection as they arrive and emits them as frames, in order.
 *
 * Thins them before they are decoded. At live pace the newest wins: a picture for which no buffer
 * is free is dropped as `pool-full`, and one that waits for a decoder when another comes as
 * `stale`. At demand pace `take` resolves when the picture was emitted. A picture that is broken
 * is dropped as `corrupt`.
 */
export class PictureIntake {
  /** Pictures in a row, up to the latest, that could not be decoded. */
  brokenInARow = 0;
  /** Why the latest of those could not be decoded. */
  problem = '';
  /** Whether a picture was decoded. */
  isOpened = false;
  readonly #options: PictureIntakeOptions;
  readonly #limit: RateLimit;
  #decoding = 0;
  #waiting: Arrived | null = null;
  /** Resolves when every picture before was emitted or dropped. */
  #emitted: Promise<void> = Promise.resolve();
  #strictlyRight = 0;
  #odd = 0;

  constructor(options: PictureIntakeOptions) {
    this.#options = options;
    this.#limit = new RateLimit(options.fps);
  }

  /** @param captureMs When the camera took it, in Unix ms; null where it does not say. */
  async take(bytes: Buffer, captureMs: number | null): Promise<void> {
    const { context, clock, numbering } = this.#options;
    if (!this.#limit.admits(clock.nowMs())) return;
    const place = numbering.next({ captureMs: this.#believed(captureMs) });
    const arrived = { place, bytes };
    if (context.pace === 'demand') await this.#start(arrived);
    else if (context.pool.inUse >= context.pool.slots) this.#drop('pool-full');
    else if (this.#decoding < decodersMax) void this.#start(arrived);
    else {
      if (this.#waiting !== null) this.#drop('stale');
      this.#waiting = arrived;
    }
  }

  /** The camera answers, with the picture that it has sent before. */
  unchanged(): void {
    this.#options.context.onEvent({ type: 'unchanged' });
  }

  /** A time of capture, unless it is ahead of the clock of this machine; else null. */
  #believed(captureMs: number | null): number | null {
    if (captureMs === null) return null;
    const aheadMs = captureMs - this.#options.clock.wallMs();
    return aheadMs <= captureBounds.laterMs ? captureMs : null;
  }

  /** Counts a picture that did not arrive whole. */
  lose(): void {
    const { clock, numbering } = this.#options;
    if (!this.#limit.admits(clock.nowMs())) return;
    numbering.skip();
    this.#drop('corrupt');
  }

  /** Resolves when all pictures that were taken are emitted or dropped. */
  async settled(): Promise<void> {
    while (this.#decoding > 0) await this.#emitted;
  }

  #start({ place, bytes }: Arrived): Promise<void> {
    this.#decoding++;
    const decoded = this.#decode(bytes);
    // In order, although a later picture may be decoded first.
    this.#emitted = this.#emitted.then(async () => {
      await this.#emit(place, await decoded);
      this.#decoding--;
      const next = this.#waiting;
      this.#waiting = null;
      if (next !== null && !this.#options.signal.aborted) void this.#start(next);
    });
    return this.#emitted;
  }

  /** Null for a broken picture. */
  async #decode(bytes: Buffer): Promise<DecodedImage | null> {
    const { maxSide, context } = this.#options;
    const isLenient = this.#strictlyRight === 0 && this.#odd >= oddPicturesMax;
    try {
      const image = await decodeImage(bytes, maxSide, context.viewSize, { lenient: isLenient });
      if (!isLenient) this.#strictlyRight++;
      this.brokenInARow = 0;
      return image;
    } catch (error) {
      // What one picture has is damage; what every picture has is how this camera writes them.
      this.#odd++;
      this.brokenInARow++;
      this.problem = messageOf(error).split('\n', 1)[0]!.slice(0, 200);
      return null;
    }
  }

  async #emit(place: FramePlace, image: DecodedImage | null): Promise<void> {
    const { context, signal, emit } = this.#options;
    if (signal.aborted) return;
    if (image === null) {
      this.#drop('corrupt');
      return;
    }
    if (!this.isOpened) this.#options.onOpened(image);
    this.isOpened = true;
    await emitFrame(context, image, { emit, signal }, ({ full, view }) => {
      full.set(image.full);
      view.set(image.view);
      const { sourceWidth, sourceHeight } = image;
      return { camera: context.camera, ...place, sourceWidth, sourceHeight };
    }).catch((error: unknown) => {
      // The wait for a slot ends with the subscription.
      if (!signal.aborted) throw error;
    });
  }

  #drop(reason: DropReason): void {
    this.#options.context.onEvent({ type: 'dropped', reason, count: 1 });
  }
}
