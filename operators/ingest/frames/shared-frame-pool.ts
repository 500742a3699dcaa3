import type { Frame } from './frame.ts';
import type { FrameMetadata, FramePool, FrameSlot } from './frame-pool.ts';
import { canvasOf, viewBytes, type ViewSize } from './view-size.ts';

/** One shared buffer; replaced by a larger one for a larger picture. */
interface Memory {
  buffer: SharedArrayBuffer;
}

interface PixelSize {
  readonly width: number;
  readonly height: number;
  readonly viewSize: ViewSize;
}

interface Waiter extends PixelSize {
  readonly resolve: (slot: FrameSlot) => void;
  readonly stopListening: () => void;
}

/** Keeps the two pictures of a frame on different cache lines. */
const alignment = 64;

/**
 * A `FramePool` over `slots` SharedArrayBuffers.
 *
 * Buffers are allocated on first use and only replaced by larger ones, so a constant picture size
 * needs no further allocation. Waiting callers are served in order.
 *
 * @throws RangeError when `slots` is not a positive integer.
 */
export class SharedFramePool implements FramePool {
  readonly slots: number;
  readonly #free: Memory[] = [];
  readonly #waiters: Waiter[] = [];
  #allocated = 0;
  #inUse = 0;
  #bytes = 0;

  constructor(slots: number) {
    if (!Number.isInteger(slots) || slots < 1) {
      throw new RangeError(`a frame pool needs at least 1 slot, got ${String(slots)}`);
    }
    this.slots = slots;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Throws a `TypeError` for what is no view, such as a plan of views. */
  tryAcquire(width: number, height: number, viewSize: ViewSize): FrameSlot | null {
    checkView(viewSize);
    const memory = this.#takeMemory();
    return memory === null ? null : this.#slot(memory, { width, height, viewSize });
  }

  async acquire(
    width: number,
    height: number,
    viewSize: ViewSize,
    signal: AbortSignal,
  ): Promise<FrameSlot> {
    if (signal.aborted) throw asError(signal.reason);
    const slot = this.tryAcquire(width, height, viewSize);
    if (slot !== null) return slot;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(asError(signal.reason));
      };
      const waiter: Waiter = {
        width,
        height,
        viewSize,
        resolve,
        stopListening: () => signal.removeEventListener('abort', abort),
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** Takes the most recently freed buffer: the likeliest to be cached and large enough. */
  #takeMemory(): Memory | null {
    const memory = this.#free.pop();
    if (memory === undefined && this.#allocated === this.slots) return null;
    if (memory === undefined) this.#allocated++;
    this.#inUse++;
    return memory ?? { buffer: new SharedArrayBuffer(0) };
  }

  /** Passes the buffer directly to the next waiter, so that later callers cannot overtake it. */
  #return(memory: Memory): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#inUse--;
      this.#free.push(memory);
      return;
    }
    waiter.stopListening();
    waiter.resolve(this.#slot(memory, waiter));
  }

  #slot(memory: Memory, size: PixelSize): FrameSlot {
    const fullBytes = size.width * size.height * 3;
    const viewOffset = Math.ceil(fullBytes / alignment) * alignment;
    const bytes = viewOffset + viewBytes(size.viewSize);
    if (memory.buffer.byteLength < bytes) {
      this.#bytes += bytes - memory.buffer.byteLength;
      memory.buffer = new SharedArrayBuffer(bytes);
    }
    const full = new Uint8Array(memory.buffer, 0, fullBytes);
    const view = new Uint8Array(memory.buffer, viewOffset, viewBytes(size.viewSize));
    let open = true;
    const close = (verb: string): void => {
      if (!open)
        throw new Error(`cannot ${verb} a frame slot that was already published or abandoned`);
      open = false;
    };
    return {
      full,
      view,
      publish: (facts) => {
        close('publish');
        return countedFrame({ ...facts, ...size, full, view }, () => this.#return(memory));
      },
      abandon: () => {
        close('abandon');
        this.#return(memory);
      },
    };
  }
}

/** Before memory is taken, which a source in JavaScript would lose with each call. */
function checkView(viewSize: ViewSize): void {
  const { width, height } = canvasOf(viewSize);
  if (![width, height].every((side) => Number.isSafeInteger(side) && side > 0))
    throw new TypeError('expected a view: use viewOf(viewSize, width, height)');
}

type Picture = FrameMetadata & PixelSize & { readonly full: Uint8Array; readonly view: Uint8Array };

/** A frame with one owner; the last release calls `onFree`. */
function countedFrame(picture: Picture, onFree: () => void): Frame {
  let owners = 1;
  const assertHeld = (verb: string): void => {
    if (owners === 0) {
      throw new Error(
        `frame ${String(picture.index)} of ${picture.camera}: ${verb} after its last release`,
      );
    }
  };
  return {
    ...picture,
    retain: () => {
      assertHeld('retain');
      owners++;
    },
    release: () => {
      assertHeld('release');
      owners--;
      if (owners === 0) onFree();
    },
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error
    ? reason
    : new Error('waiting for a frame slot was aborted', { cause: reason });
}
