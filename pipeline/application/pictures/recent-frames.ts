import type { Frame } from '../../../operators/ingest/frames/frame.ts';

/**
 * Retains the newest frames of a camera, so that a label of a box in a recent frame finds its
 * pixels.
 */
export class RecentFrames {
  readonly #max: number;
  readonly #frames: Frame[] = [];

  /** `max`: frames retained at once; the camera's pool needs as many slots in addition. */
  constructor(max: number) {
    this.#max = max;
  }

  push(frame: Frame): void {
    if (this.#max === 0) return;
    frame.retain();
    this.#frames.push(frame);
    if (this.#frames.length > this.#max) this.#frames.shift()?.release();
  }

  /** The frame of this index, or the newest one; null where it is not retained. */
  find(index?: number): Frame | null {
    if (index === undefined) return this.#frames.at(-1) ?? null;
    return this.#frames.find((frame) => frame.index === index) ?? null;
  }

  /** First and last index retained; null where there is none. */
  get range(): readonly [number, number] | null {
    const first = this.#frames[0];
    const last = this.#frames.at(-1);
    return first === undefined || last === undefined ? null : [first.index, last.index];
  }

  clear(): void {
    for (const frame of this.#frames.splice(0)) frame.release();
  }
}
