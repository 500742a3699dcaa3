import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../foundation/errors/message-of.ts';
import { systemClock } from '../../foundation/time/clock.ts';
import { captureTime, mediaTime, type FrameNumbering } from '../frames/frame-numbering.ts';
import { unixTimeFromMs, type Frame, type TruthBox } from '../frames/frame.ts';
import type { TimeBasis } from '../../foundation/time/time-basis.ts';
import { viewOf } from '../frames/view-plan.ts';
import { ViewMaker } from '../pictures/view-maker.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';
import { fromTask } from './from-task.ts';
import { emitFrame, waitUntil } from './acquire-slot.ts';

/** A picture from a program's own source, for {@link pictureSource}. */
export interface Picture {
  /** Pixels, 1 to 16384. */
  readonly width: number;
  readonly height: number;
  /** RGB, row-major, `width × height × 3` bytes; copied before the next picture is requested. */
  readonly rgb: Uint8Array;
  /** Time in ms, not decreasing. Default: by the options of {@link pictureSource}. */
  readonly timestampMs?: number;
  /**
   * What `timestampMs` is the time of. Default: `capture` for times of the Unix epoch (from 10^11),
   * else `media`.
   */
  readonly timeBasis?: TimeBasis;
  /** Ground truth, for simulations. */
  readonly truth?: readonly TruthBox[];
}

/** Settings of {@link pictureSource}. */
export interface PictureSourceOptions {
  /**
   * Pictures per second. Sets the timestamps of pictures that have none, from 0, and the speed at
   * live pace. Default: pictures are taken as they come, at wall clock time.
   */
  readonly fps?: number;
  /** Whether the pictures never end. Default false. */
  readonly endless?: boolean;
  /** The source in words, for the log and for errors. Default `pictures`. */
  readonly description?: string;
}

const sideMax = 16_384;

/**
 * Pictures that the program makes itself as a source.
 *
 * `pictures` is called once per subscription; unsubscribing calls `return` of its iterator.
 * Pictures may differ in size. At live pace a picture for which no buffer is free is dropped as
 * `pool-full`. Errors with a SourceError `bad-source` for a picture of the wrong size, and when the
 * iterator throws.
 *
 * @example
 * import { watch } from 'lifelens';
 * import { pictureSource } from 'lifelens/sources';
 *
 * async function* greyPictures() {
 *   const rgb = new Uint8Array(320 * 240 * 3).fill(128);
 *   for (let i = 0; i < 30; i++) yield { width: 320, height: 240, rgb };
 * }
 * await watch({}, { sources: { grey: pictureSource(greyPictures, { fps: 10 }) } });
 */
export function pictureSource(
  pictures: () => AsyncIterable<Picture>,
  options: PictureSourceOptions = {},
): Source {
  const { endless = false } = options;
  return {
    kind: 'custom',
    endless,
    open: (context) =>
      fromTask(async (emit, signal) => {
        const playing = new PicturePlayer(options, context, emit, signal);
        for await (const picture of untilAborted(pictures, labelOf(options), signal)) {
          await playing.play(picture);
        }
      }),
  };
}

/** One subscription of a {@link pictureSource}. */
class PicturePlayer {
  readonly #options: PictureSourceOptions;
  readonly #context: SourceContext;
  readonly #emit: (frame: Frame) => void;
  readonly #signal: AbortSignal;
  readonly #numbering: FrameNumbering;
  readonly #startMs = performance.now();
  #opened = false;
  /** For pictures of `width` × `height`. */
  readonly #views = new ViewMaker();

  constructor(
    options: PictureSourceOptions,
    context: SourceContext,
    emit: (frame: Frame) => void,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#context = context;
    this.#emit = emit;
    this.#signal = signal;
    this.#numbering = options.fps === undefined ? captureTime(systemClock) : mediaTime(options.fps);
  }

  /** Emits the picture as a frame, or drops it. */
  async play(picture: Picture): Promise<void> {
    const time = this.#numbering.next();
    checkPicture(picture, time.index, labelOf(this.#options));
    if (!this.#opened) this.#reportOpened(picture);
    const { pace, camera } = this.#context;
    if (pace === 'live' && this.#options.fps !== undefined) {
      await waitUntil(this.#startMs + time.timestampMs, this.#signal);
    }
    // Lets timers and sockets run even when the consumer is faster than the source.
    await nextTurn();
    this.#signal.throwIfAborted();
    const { width, height, rgb, truth } = picture;
    const out = { emit: this.#emit, signal: this.#signal };
    const viewSize = viewOf(this.#context.viewSize, width, height);
    await emitFrame(this.#context, { width, height, viewSize }, out, ({ full, view }) => {
      full.set(rgb);
      this.#views.run(rgb, width, height, viewSize, view);
      const size = { sourceWidth: width, sourceHeight: height };
      const facts = { camera, ...time, ...statedTime(picture), ...size };
      return truth === undefined ? facts : { ...facts, truth };
    });
  }

  #reportOpened({ width, height }: Picture): void {
    this.#opened = true;
    const { fps = null } = this.#options;
    const detail = labelOf(this.#options);
    this.#context.onEvent({ type: 'opened', detail, width, height, fps });
  }
}

/** The time that a picture comes with; nothing where it has none. */
function statedTime({ timestampMs, timeBasis }: Picture) {
  if (timestampMs === undefined) return {};
  return { timestampMs, timeBasis: timeBasis ?? basisOf(timestampMs) };
}

function basisOf(timestampMs: number): TimeBasis {
  return timestampMs >= unixTimeFromMs ? 'capture' : 'media';
}

/** The pictures of a new iterator, which is closed as soon as `signal` aborts. */
async function* untilAborted(
  pictures: () => AsyncIterable<Picture>,
  label: string,
  signal: AbortSignal,
): AsyncGenerator<Picture, void> {
  const iterator = pictures()[Symbol.asyncIterator]();
  const close = async (): Promise<void> => {
    await iterator.return?.();
  };
  // A picture may be a long time coming; nobody is left to tell of an error in the cleaning up.
  const abort = (): void => void close().catch(() => undefined);
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      const next = await iterator.next().catch((cause: unknown) => {
        const message = `${label} ended with an error: ${messageOf(cause)}`;
        throw cause instanceof SourceError
          ? cause
          : new SourceError('bad-source', label, message, { cause });
      });
      if (next.done === true || signal.aborted) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    if (!signal.aborted) await close();
  }
}

function labelOf({ description = 'pictures' }: PictureSourceOptions): string {
  return description;
}

function checkPicture({ width, height, rgb }: Picture, index: number, label: string): void {
  const isSide = (value: number): boolean =>
    Number.isInteger(value) && value >= 1 && value <= sideMax;
  const fail = (problem: string): never => {
    throw new SourceError('bad-source', label, `picture ${index} of ${label}: ${problem}`);
  };
  if (!isSide(width) || !isSide(height)) {
    fail(`expected sides of 1 to ${sideMax} whole pixels, got ${width} × ${height}`);
  }
  const bytes = width * height * 3;
  if (rgb.length !== bytes) {
    fail(`expected ${width} × ${height} × 3 = ${bytes} bytes of RGB, got ${rgb.length}`);
  }
}
