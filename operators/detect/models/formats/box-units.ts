import type { BoxForm } from '../candidates/boxes.ts';
import type { Strided } from '../candidates/strided.ts';

/** Boxes that are shares of the view may reach a little beyond it. */
const shareMax = 2;

/**
 * Finds whether boxes are view pixels or shares of the view, from those with a score: a list may
 * be empty for a grey picture, and its padding tells nothing. Any larger value settles on pixels.
 */
export class BoxUnits {
  readonly #width: number;
  readonly #height: number;
  #largest = 0;

  /** @param view Size of the view. */
  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    this.#width = width;
    this.#height = height;
  }

  /** Looks at the boxes of a picture, of four columns from the first on, and their scores. */
  see(boxes: Strided, scores: Strided, count: number): this {
    for (let row = 0; row < count && this.#largest <= shareMax; row++) {
      if (!(scores.values[scores.offset + row * scores.row]! > 0)) continue;
      for (let k = 0; k < 4; k++) {
        const value = Math.abs(boxes.values[boxes.offset + row * boxes.row + k * boxes.column]!);
        if (Number.isFinite(value)) this.#largest = Math.max(this.#largest, value);
      }
    }
    return this;
  }

  /** The units as far as they are seen, in words. */
  get words(): string {
    if (this.#largest === 0) return 'pixels or shares';
    return this.#largest > shareMax ? 'view pixels' : 'shares';
  }

  /** How the boxes of two corners are read. */
  get form(): BoxForm {
    if (this.#largest > shareMax) return { corners: 'xyxy', across: 1, down: 1 };
    return { corners: 'xyxy', across: this.#width, down: this.#height };
  }
}
