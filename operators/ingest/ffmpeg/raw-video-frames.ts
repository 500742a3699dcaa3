import type { Observer } from 'rxjs';
import type { FfmpegProcess } from './ffmpeg-process.ts';
import type { FrameNumbering } from '../frames/frame-numbering.ts';
import type { FrameMetadata, FrameSlot } from '../frames/frame-pool.ts';
import type { Frame } from '../frames/frame.ts';
import { freeBuffer } from '../../foundation/threads/free-buffer.ts';
import { sizeInArea, unpack, uprightSize, type PackedLayout } from './packed-picture.ts';
import type { PictureInfo, PictureLog } from './picture-log.ts';
import { StallTimer } from './stall-timer.ts';
import type { StallLimit } from './stall-limit.ts';
import type { SourceContext } from '../source.ts';

export interface RawVideoFramesOptions {
  readonly context: SourceContext;
  readonly process: FfmpegProcess;
  readonly layout: PackedLayout;
  /** Describes the pictures, in their order. */
  readonly log: Pick<PictureLog, 'take'>;
  readonly numbering: FrameNumbering;
  /** When the camera took the picture of a presentation time, in ms from the first picture. */
  readonly captureMsOf: (mediaMs: number) => number | null;
  readonly observer: Pick<Observer<Frame>, 'next' | 'error'>;
  readonly signal: AbortSignal;
  /** The silence after which `onStall` is called, although a slot is free; null: for ever. */
  readonly stall: StallLimit | null;
  readonly onStall: (silentMs: number) => void;
  /** Called when the bytes of a picture have come, but no description for `undescribedMs`. */
  readonly onUndescribed: () => void;
}

/** ffmpeg writes the description before the bytes, but to another pipe. */
const undescribedMs = 10_000;

/** Where a picture waits: its bytes are there, but not what else it needs. */
type Waiting = 'slot' | 'description' | null;

/**
 * Splits the stdout of one ffmpeg into frames. Owns the chunks that it reads and frees them.
 *
 * At live pace the pipe is always read: the bytes of a picture that starts while no slot is free
 * are discarded. At demand pace reading pauses until a slot is free. A picture whose description
 * has not come waits for it.
 */
export class RawVideoFrames {
  readonly #options: RawVideoFramesOptions;
  readonly #stall: StallTimer;
  /** Unread chunks, queued while a picture waits; `#at` bytes of the first are read. */
  readonly #chunks: Uint8Array[] = [];
  #at = 0;
  #waiting: Waiting = null;
  #undescribedTimer: NodeJS.Timeout | undefined;
  #stdoutEnded = false;
  #finish: () => void = () => undefined;
  /** The description of the picture that begins or has begun. */
  #picture: PictureInfo | null = null;
  #width = 0;
  #slot: FrameSlot | null = null;
  /** Metadata of the current picture; null between pictures. */
  #metadata: FrameMetadata | null = null;
  /** Presentation time of the first picture. */
  #firstMs: number | null = null;
  /** Bytes read of the current picture. */
  #offset = 0;
  #framesRead = 0;

  constructor(options: RawVideoFramesOptions) {
    this.#options = options;
    this.#stall = new StallTimer(options.stall, options.onStall);
  }

  /** Complete pictures, delivered or dropped. */
  get framesRead(): number {
    return this.#framesRead;
  }

  /** Resolves at the end of stdout. An abort stops reading and returns the slot to the pool. */
  run(): Promise<void> {
    const { process, signal } = this.#options;
    const { stdout } = process;
    this.#stall.start();
    return new Promise((resolve) => {
      const read = (chunk: Uint8Array): void => {
        this.#chunks.push(chunk);
        // Node resumes the pipe of a process that has exited, for the bytes left in it.
        if (this.#waiting !== null) stdout.pause();
        else this.#readChunks();
      };
      const end = (): void => {
        this.#stdoutEnded = true;
        if (this.#waiting === null) this.#finish();
      };
      this.#finish = (): void => {
        signal.removeEventListener('abort', this.#finish);
        stdout.off('data', read);
        this.#stall.stop();
        clearTimeout(this.#undescribedTimer);
        this.#abandonPicture();
        resolve();
      };
      signal.addEventListener('abort', this.#finish, { once: true });
      stdout.on('data', read);
      stdout.once('end', end);
      stdout.once('error', end);
    });
  }

  /** Continues where a picture waited for its description: more of the log was read. */
  described(): void {
    if (this.#waiting !== 'description' || this.#options.signal.aborted) return;
    clearTimeout(this.#undescribedTimer);
    this.#continue();
  }

  #readChunks(): void {
    const { signal } = this.#options;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      this.#readChunk(chunk);
      if (this.#waiting !== null || signal.aborted) return;
      this.#chunks.shift();
      freeBuffer(chunk);
      this.#at = 0;
    }
  }

  /** Stops early when a picture has to wait. */
  #readChunk(chunk: Uint8Array): void {
    const { layout, signal } = this.#options;
    while (this.#at < chunk.length && !signal.aborted) {
      if (this.#metadata === null && !this.#beginPicture()) return;
      const to = Math.min(chunk.length, this.#at + layout.bytes - this.#offset);
      if (this.#slot !== null) {
        unpack(layout, this.#width, chunk, this.#at, to, this.#offset, this.#slot);
      }
      this.#offset += to - this.#at;
      this.#at = to;
      if (this.#offset === layout.bytes) this.#deliver();
    }
  }

  /** False when the picture has to wait. */
  #beginPicture(): boolean {
    const { context, layout, log } = this.#options;
    const picture = (this.#picture ??= log.take());
    if (picture === null) {
      this.#waitForDescription();
      return false;
    }
    const { width, height } = sizeInArea(picture, layout);
    const slot = context.pool.tryAcquire(width, height, layout.viewSize);
    if (slot === null && context.pace === 'demand') {
      void this.#waitForSlot(picture);
      return false;
    }
    this.#begin(picture, slot);
    return true;
  }

  #begin(picture: PictureInfo, slot: FrameSlot | null): void {
    const { context, numbering, captureMsOf, layout } = this.#options;
    const { mediaMs } = picture;
    const { width, height } = uprightSize(picture);
    const isStart = this.#framesRead === 0;
    this.#firstMs ??= mediaMs;
    const captureMs = mediaMs === null ? null : captureMsOf(mediaMs - (this.#firstMs ?? mediaMs));
    this.#slot = slot;
    this.#width = sizeInArea(picture, layout).width;
    this.#metadata = {
      camera: context.camera,
      ...numbering.next({ mediaMs, captureMs, isStart }),
      sourceWidth: width,
      sourceHeight: height,
    };
  }

  #waitForDescription(): void {
    const { process, onUndescribed } = this.#options;
    this.#waiting = 'description';
    process.stdout.pause();
    this.#undescribedTimer = setTimeout(onUndescribed, undescribedMs);
  }

  async #waitForSlot(picture: PictureInfo): Promise<void> {
    const { context, layout, process, signal } = this.#options;
    const { width, height } = sizeInArea(picture, layout);
    this.#waiting = 'slot';
    process.stdout.pause();
    this.#stall.stop();
    let slot: FrameSlot;
    try {
      slot = await context.pool.acquire(width, height, layout.viewSize, signal);
    } catch {
      return; // Aborted: run() has already resolved.
    }
    if (signal.aborted) {
      slot.abandon();
      return;
    }
    this.#begin(picture, slot);
    this.#stall.start();
    this.#continue();
  }

  #continue(): void {
    const { process } = this.#options;
    this.#waiting = null;
    this.#readChunks();
    // The queued chunks may hold another picture that has to wait.
    if (this.#isWaiting()) return;
    if (this.#stdoutEnded) this.#finish();
    else process.stdout.resume();
  }

  #isWaiting(): boolean {
    return this.#waiting !== null;
  }

  #deliver(): void {
    const { context, observer } = this.#options;
    this.#framesRead++;
    this.#stall.delivered();
    const slot = this.#slot;
    const metadata = this.#metadata;
    this.#picture = null;
    this.#slot = null;
    this.#metadata = null;
    this.#offset = 0;
    if (slot === null || metadata === null)
      context.onEvent({ type: 'dropped', reason: 'pool-full', count: 1 });
    else observer.next(slot.publish(metadata));
  }

  /** Drops an incomplete picture; it counts as captured and corrupt. */
  #abandonPicture(): void {
    this.#slot?.abandon();
    if (this.#metadata !== null && !this.#options.signal.aborted) {
      this.#options.context.onEvent({ type: 'dropped', reason: 'corrupt', count: 1 });
    }
    this.#slot = null;
    this.#metadata = null;
  }
}
