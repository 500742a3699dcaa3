import type { Frame } from '../../operators/ingest/frames/frame.ts';

/**
 * The last few frames of a camera, retained so that a label that names a frame a
 * moment ago still finds its pixels.
 */
export class RecentFrames {
  readonly #max: number;
  readonly #frames: Frame[] = [];

  /** `max`: frames held at once; the camera's pool needs as many slots besides its own. */
  constructor(max: number) {
    this.#max = max;
  }

  push(frame: Frame): void {
    if (this.#max === 0) return;
    frame.retain();
    this.#frames.push(frame);
    if (this.#frames.length > this.#max) this.#frames.shift()?.release();
  }

  /** The frame of this index, or the newest one; null where it is not held (any more). */
  find(index?: number): Frame | null {
    if (index === undefined) return this.#frames.at(-1) ?? null;
    return this.#frames.find((frame) => frame.index === index) ?? null;
  }

  /** First and last index held; null where there is none. */
  get range(): readonly [number, number] | null {
    const first = this.#frames[0];
    const last = this.#frames.at(-1);
    return first === undefined || last === undefined ? null : [first.index, last.index];
  }

  clear(): void {
    for (const frame of this.#frames.splice(0)) frame.release();
  }
}
