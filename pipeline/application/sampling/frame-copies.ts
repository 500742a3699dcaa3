import type { Frame } from '../../../operators/ingest/frames/frame.ts';

/** Copies that exist at once, over all cameras; beyond them the frame itself is held. */
export const frameCopiesMax = 32;
/** Buffers kept for further copies. */
const spareMax = 4;
const alignment = 64;

/** A frame that may be read until it is released, once. */
export interface HeldFrame {
  readonly frame: Frame;
  release(): void;
}

interface Copy {
  readonly frame: Frame;
  readonly buffer: SharedArrayBuffer;
  users: number;
}

/**
 * Copies of frames whose samples are in the making, so that a burst of labels does not take the
 * slots that a camera captures into. Samples of one frame share one copy, in shared memory.
 */
export class FrameCopies {
  readonly #copies = new Map<Frame, Copy>();
  readonly #spare: SharedArrayBuffer[] = [];

  /** Copies in use. */
  get inUse(): number {
    return this.#copies.size;
  }

  /** Copies the pixels before it returns, unless too many copies are in use. */
  hold(frame: Frame): HeldFrame {
    const known = this.#copies.get(frame);
    if (known === undefined && this.#copies.size >= frameCopiesMax) {
      frame.retain();
      return { frame, release: () => frame.release() };
    }
    const copy = known ?? this.#copy(frame);
    copy.users++;
    return { frame: copy.frame, release: () => this.#release(frame, copy) };
  }

  #copy(frame: Frame): Copy {
    const viewAt = Math.ceil(frame.full.length / alignment) * alignment;
    const buffer = this.#buffer(viewAt + frame.view.length);
    const full = new Uint8Array(buffer, 0, frame.full.length);
    const view = new Uint8Array(buffer, viewAt, frame.view.length);
    full.set(frame.full);
    view.set(frame.view);
    const copy = { frame: { ...frame, full, view }, buffer, users: 0 };
    this.#copies.set(frame, copy);
    return copy;
  }

  #buffer(bytes: number): SharedArrayBuffer {
    const at = this.#spare.findIndex(({ byteLength }) => byteLength === bytes);
    return this.#spare.splice(at, at < 0 ? 0 : 1)[0] ?? new SharedArrayBuffer(bytes);
  }

  #release(frame: Frame, copy: Copy): void {
    copy.users--;
    if (copy.users > 0) return;
    this.#copies.delete(frame);
    if (this.#spare.length === spareMax) this.#spare.shift();
    this.#spare.push(copy.buffer);
  }
}
