import type { Observer } from 'rxjs';
import type { FfmpegProcess } from './ffmpeg-process.ts';
import type { FrameNumbering } from '../frames/frame-numbering.ts';
import type { FrameMetadata, FrameSlot } from '../frames/frame-pool.ts';
import type { Frame } from '../frames/frame.ts';
import { freeBuffer } from '../../foundation/threads/free-buffer.ts';
import { unpack, type PackedLayout } from './packed-picture.ts';
import type { SourceContext } from '../source.ts';

export interface RawVideoFramesOptions {
  readonly context: SourceContext;
  readonly process: FfmpegProcess;
  readonly layout: PackedLayout;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  readonly numbering: FrameNumbering;
  readonly observer: Pick<Observer<Frame>, 'next' | 'error'>;
  readonly signal: AbortSignal;
  /** Calls `onStall` when no picture arrives for `afterMs` although a slot is free. */
  readonly stall: { readonly afterMs: number; readonly onStall: () => void } | null;
}

/**
 * Splits the stdout of one ffmpeg into frames. Owns the chunks that it reads and frees them.
 *
 * At live pace the pipe is always read: the bytes of a picture that starts while no slot is free
 * are discarded. At demand pace reading pauses until a slot is free.
 */
export class RawVideoFrames {
  readonly #options: RawVideoFramesOptions;
  /** Unread chunks, queued while a picture waits for a slot; `#at` bytes of the first are read. */
  readonly #chunks: Uint8Array[] = [];
  #at = 0;
  #waiting = false;
  #stdoutEnded = false;
  #finish: () => void = () => undefined;
  #slot: FrameSlot | null = null;
  /** Metadata of the current picture; null between pictures. */
  #metadata: FrameMetadata | null = null;
  /** Bytes read of the current picture. */
  #offset = 0;
  #framesRead = 0;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(options: RawVideoFramesOptions) {
    this.#options = options;
  }

  /** Complete pictures, delivered or dropped. */
  get framesRead(): number {
    return this.#framesRead;
  }

  /** Resolves at the end of stdout. An abort stops reading and returns the slot to the pool. */
  run(): Promise<void> {
    const { process, signal } = this.#options;
    const { stdout } = process;
    this.#restartStallTimer();
    return new Promise((resolve) => {
      const read = (chunk: Uint8Array): void => {
        this.#chunks.push(chunk);
        // Node resumes the pipe of a process that has exited, for the bytes left in it.
        if (this.#waiting) stdout.pause();
        else this.#readChunks();
      };
      const end = (): void => {
        this.#stdoutEnded = true;
        if (!this.#waiting) this.#finish();
      };
      this.#finish = (): void => {
        signal.removeEventListener('abort', this.#finish);
        stdout.off('data', read);
        clearTimeout(this.#stallTimer);
        this.#abandonPicture();
        resolve();
      };
      signal.addEventListener('abort', this.#finish, { once: true });
      stdout.on('data', read);
      stdout.once('end', end);
      stdout.once('error', end);
    });
  }

  #readChunks(): void {
    const { signal } = this.#options;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      this.#readChunk(chunk);
      if (this.#waiting || signal.aborted) return;
      this.#chunks.shift();
      freeBuffer(chunk);
      this.#at = 0;
    }
  }

  /** Stops early when a picture has to wait for a slot. */
  #readChunk(chunk: Uint8Array): void {
    const { layout, signal } = this.#options;
    while (this.#at < chunk.length && !signal.aborted) {
      if (this.#metadata === null && !this.#beginPicture()) {
        void this.#waitForSlot();
        return;
      }
      const to = Math.min(chunk.length, this.#at + layout.bytes - this.#offset);
      if (this.#slot !== null) unpack(layout, chunk, this.#at, to, this.#offset, this.#slot);
      this.#offset += to - this.#at;
      this.#at = to;
      if (this.#offset === layout.bytes) this.#deliver();
    }
  }

  /** False when the picture has to wait for a slot. */
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
    this.#metadata = { camera: context.camera, ...numbering.next(), sourceWidth, sourceHeight };
  }

  async #waitForSlot(): Promise<void> {
    const { context, layout, process, signal } = this.#options;
    const { fullWidth, fullHeight, viewSize } = layout;
    this.#waiting = true;
    process.stdout.pause();
    clearTimeout(this.#stallTimer);
    let slot: FrameSlot;
    try {
      slot = await context.pool.acquire(fullWidth, fullHeight, viewSize, signal);
    } catch {
      return; // Aborted: run() has already resolved.
    }
    if (signal.aborted) {
      slot.abandon();
      return;
    }
    this.#waiting = false;
    this.#begin(slot);
    this.#restartStallTimer();
    this.#readChunks();
    // The queued chunks may hold another picture that has to wait.
    if (this.#isWaiting()) return;
    if (this.#stdoutEnded) this.#finish();
    else process.stdout.resume();
  }

  #isWaiting(): boolean {
    return this.#waiting;
  }

  #deliver(): void {
    const { context, observer } = this.#options;
    this.#framesRead++;
    this.#stallTimer?.refresh();
    const slot = this.#slot;
    const metadata = this.#metadata;
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

  #restartStallTimer(): void {
    const { stall } = this.#options;
    clearTimeout(this.#stallTimer);
    if (stall !== null) this.#stallTimer = setTimeout(stall.onStall, stall.afterMs);
  }
}
