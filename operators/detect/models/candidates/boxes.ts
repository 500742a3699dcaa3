import type { Strided } from './strided.ts';

/** Writes the box of a row as left, top, right, bottom in view pixels. */
export type BoxReader = (row: number, into: Float32Array, at: number) => void;

/** Centre, width and height, or two corners, times a factor. */
export interface BoxForm {
  readonly corners: 'centre' | 'xyxy' | 'yxyx';
  /** View pixels per unit, across and down. */
  readonly across: number;
  readonly down: number;
}

export function boxReader(
  { values, offset, row: step, column }: Strided,
  form: BoxForm,
): BoxReader {
  const { corners, across, down } = form;
  const [x, y] = corners === 'yxyx' ? [1, 0] : [0, 1];
  return (row, into, at) => {
    const start = offset + row * step;
    const a = values[start + x * column]! * across;
    const b = values[start + y * column]! * down;
    const c = values[start + (2 + x) * column]! * across;
    const d = values[start + (2 + y) * column]! * down;
    if (corners === 'centre') setCentred(into, at, a, b, c, d);
    else {
      into[at] = a;
      into[at + 1] = b;
      into[at + 2] = c;
      into[at + 3] = d;
    }
  };
}

/** One level of a detector's grid. */
export interface GridLevel {
  readonly stride: number;
  readonly columns: number;
  /** Its first row. */
  readonly first: number;
}

/**
 * Boxes of YOLOX before decoding: the centre relative to the row's cell and the logarithm of the
 * size, both in strides. "YOLOX: Exceeding YOLO Series in 2021", Ge et al.
 */
export function gridBoxReader(
  { values, offset, row: step, column }: Strided,
  levels: readonly GridLevel[],
): BoxReader {
  return (row, into, at) => {
    let level = levels[0]!;
    for (const next of levels) if (row >= next.first) level = next;
    const cell = row - level.first;
    const start = offset + row * step;
    const { stride, columns } = level;
    setCentred(
      into,
      at,
      (values[start]! + (cell % columns)) * stride,
      (values[start + column]! + Math.floor(cell / columns)) * stride,
      Math.exp(values[start + 2 * column]!) * stride,
      Math.exp(values[start + 3 * column]!) * stride,
    );
  };
}

function setCentred(
  into: Float32Array,
  at: number,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  into[at] = x - width / 2;
  into[at + 1] = y - height / 2;
  into[at + 2] = x + width / 2;
  into[at + 3] = y + height / 2;
}
