import type { Observer } from 'rxjs';
import type { FfmpegProcess } from './ffmpeg-process.ts';
import type { FrameNumbering } from './frame-numbering.ts';
import type { FrameFacts, FrameSlot } from './frame-pool.ts';
import type { Frame } from './frame.ts';
import { unpack, type PackedLayout } from './packed-picture.ts';
import type { SourceContext } from './source.ts';

export interface RawVideoFramesOptions {
  readonly context: SourceContext;
  readonly process: FfmpegProcess;
  readonly layout: PackedLayout;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  readonly numbering: FrameNumbering;
  readonly observer: Pick<Observer<Frame>, 'next' | 'error'>;
  readonly signal: AbortSignal;
  /** Called when no picture came for this long although one was wanted; null never calls. */
  readonly stall: { readonly afterMs: number; readonly onStall: () => void } | null;
}

/**
 * Cuts the bytes of one ffmpeg's stdout into frames.
 *
 * In live pace the pipe is read without a pause: where a picture begins while no slot is
 * free, its bytes are read and thrown away. In demand pace reading pauses until a slot is free.
 */
export class RawVideoFrames {
  readonly #options: RawVideoFramesOptions;
  #slot: FrameSlot | null = null;
  #facts: FrameFacts | null = null;
  /** Bytes of the current picture that were read. */
  #offset = 0;
  #framesRead = 0;
  #reading: Promise<void> = Promise.resolve();
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(options: RawVideoFramesOptions) {
    this.#options = options;
  }

  /** Pictures read to their end, delivered or dropped. */
  get framesRead(): number {
    return this.#framesRead;
  }

  /** Resolves when stdout is read to its end. An abort stops reading and gives the slot back. */
  run(): Promise<void> {
    const { process, signal } = this.#options;
    this.#watch();
    return new Promise((resolve) => {
      const finish = (): void => {
        signal.removeEventListener('abort', finish);
        process.stdout.off('data', read);
        clearTimeout(this.#stallTimer);
        this.#endPicture();
        resolve();
      };
      const read = (chunk: Uint8Array): void => this.#read(chunk, 0);
      signal.addEventListener('abort', finish, { once: true });
      process.stdout.on('data', read);
      // Data may still wait for a slot when the pipe has ended.
      process.stdout.once('end', () => void this.#reading.then(finish));
      process.stdout.once('error', () => void this.#reading.then(finish));
    });
  }

  #read(chunk: Uint8Array, start: number): void {
    const { layout, signal } = this.#options;
    let at = start;
    while (at < chunk.length && !signal.aborted) {
      if (this.#facts === null && !this.#beginPicture()) {
        this.#reading = this.#waitForSlot(chunk, at);
        return;
      }
      const to = Math.min(chunk.length, at + layout.bytes - this.#offset);
      if (this.#slot !== null) unpack(layout, chunk, at, to, this.#offset, this.#slot);
      this.#offset += to - at;
      at = to;
      if (this.#offset === layout.bytes) this.#deliver();
    }
  }

  /** False where the picture has to wait for a slot. */
  #beginPicture(): boolean {
    const { context, layout } = this.#options;
    const slot = context.pool.tryAcquire(layout.fullWidth, layout.fullHeight, layout.viewSize);
    if (slot === null && context.pace === 'demand') return false;
    this.#begin(slot);
    return true;
  }

  #begin(slot: FrameSlot | null): void {
    const { context, numbering, sourceWidth, sourceHeight } = this.#options;
    this.#slot = slot;
    this.#facts = { camera: context.camera, ...numbering.next(), sourceWidth, sourceHeight };
  }

  async #waitForSlot(chunk: Uint8Array, at: number): Promise<void> {
    const { context, layout, process, signal } = this.#options;
    process.stdout.pause();
    clearTimeout(this.#stallTimer);
    try {
      const { fullWidth, fullHeight, viewSize } = layout;
      const slot = await context.pool.acquire(fullWidth, fullHeight, viewSize, signal);
      if (signal.aborted) {
        slot.abandon();
        return;
      }
      this.#begin(slot);
    } catch {
      return; // Aborted: run() has ended already.
    }
    this.#watch();
    const waiting = this.#reading;
    this.#read(chunk, at);
    if (this.#reading === waiting) process.stdout.resume();
    else await this.#reading;
  }

  #deliver(): void {
    const { context, observer } = this.#options;
    this.#framesRead++;
    this.#stallTimer?.refresh();
    const slot = this.#slot;
    const facts = this.#facts;
    this.#slot = null;
    this.#facts = null;
    this.#offset = 0;
    if (slot === null || facts === null)
      context.onEvent({ type: 'dropped', reason: 'pool-full', count: 1 });
    else observer.next(slot.publish(facts));
  }

  /** A picture that broke off was captured, but nobody can use it. */
  #endPicture(): void {
    this.#slot?.abandon();
    if (this.#facts !== null && !this.#options.signal.aborted) {
      this.#options.context.onEvent({ type: 'dropped', reason: 'corrupt', count: 1 });
    }
    this.#slot = null;
    this.#facts = null;
  }

  #watch(): void {
    const { stall } = this.#options;
    clearTimeout(this.#stallTimer);
    if (stall !== null) this.#stallTimer = setTimeout(stall.onStall, stall.afterMs);
  }
}
