import type { Box } from '../../foundation/geometry/box.ts';
import { cropSize } from '../engines/engine.ts';

/** Side of the square as a multiple of the box's longer side: some context helps. */
const margin = 1.3;

export interface CropOptions {
  /** Mirrors left and right. */
  readonly mirror?: boolean;
  /** Quarter turns clockwise, after mirroring. Default 0. Log sizes are unaffected. */
  readonly turns?: 0 | 1 | 2 | 3;
  /**
   * Moves the square by shares of its side, and multiplies its side by `scale`. Log sizes are
   * unaffected.
   */
  readonly jitter?: { readonly right: number; readonly down: number; readonly scale: number };
}

/** One crop for `Engine.embedCrops`. */
export interface Crop {
  /** RGB, size × size × 3. */
  readonly pixels: Uint8Array;
  /** Log width and log height of the box, both relative to the picture's longer side. */
  readonly logSizes: readonly [width: number, height: number];
}

/**
 * Crops the square around a box from an RGB picture and resizes it to `size` × `size`.
 *
 * `box` is in pixels of `full`. The square is 1.3 times the box's longer side; edge pixels repeat
 * beyond the picture. Shrinking averages areas (sampling every second pixel from a factor of four,
 * every third from six, and so on), enlarging is bilinear.
 */
export function cutCrop(
  full: Uint8Array,
  width: number,
  height: number,
  box: Box,
  { mirror = false, turns = 0, jitter = { right: 0, down: 0, scale: 1 } }: CropOptions = {},
  size: number = cropSize,
): Crop {
  const boxWidth = Math.max(1, box[2] - box[0]);
  const boxHeight = Math.max(1, box[3] - box[1]);
  const side = margin * Math.max(boxWidth, boxHeight) * jitter.scale;
  const left = (box[0] + box[2]) / 2 + (jitter.right - 0.5) * side;
  const top = (box[1] + box[3]) / 2 + (jitter.down - 0.5) * side;
  const columns = sampleAxis(left, side, width, size);
  const rows = sampleAxis(top, side, height, size);
  const longer = Math.max(width, height);
  return {
    pixels: rotate(resample(full, width, columns, rows, mirror), size, turns),
    logSizes: [Math.log(boxWidth / longer), Math.log(boxHeight / longer)],
  };
}

/** The source pixels of each of `size` output pixels: `taps` each, weights of sum 1. */
interface AxisSamples {
  readonly size: number;
  readonly taps: number;
  /** size × taps, clamped to the picture. */
  readonly sources: Int32Array;
  readonly weights: Float32Array;
}

function sampleAxis(start: number, length: number, limit: number, size: number): AxisSamples {
  // From a factor of four only every second or third pixel is read: reading all pixels of a
  // full-HD picture takes many times longer without a visible difference.
  const every = Math.max(1, Math.floor(length / size / 2));
  const step = length / size / every;
  const taps = step <= 1 ? 2 : Math.ceil(step) + 1;
  const sources = new Int32Array(size * taps);
  const weights = new Float32Array(size * taps);
  for (let i = 0; i < size; i++) {
    const from = start / every + i * step;
    // Enlarging interpolates between pixel centres; shrinking weights pixels by covered area.
    const first = Math.floor(step <= 1 ? from + step / 2 - 0.5 : from);
    const fraction = from + step / 2 - 0.5 - first;
    for (let tap = 0; tap < taps; tap++) {
      const source = first + tap;
      const covered = Math.min(source + 1, from + step) - Math.max(source, from);
      const weight = step <= 1 ? (tap === 0 ? 1 - fraction : fraction) : covered / step;
      sources[i * taps + tap] = Math.min(limit - 1, Math.max(0, source * every + (every >> 1)));
      weights[i * taps + tap] = Math.max(0, weight);
    }
  }
  return { size, taps, sources, weights };
}

function resample(
  full: Uint8Array,
  width: number,
  columns: AxisSamples,
  rows: AxisSamples,
  mirror: boolean,
): Uint8Array {
  const { size } = columns;
  const pixels = new Uint8Array(size * size * 3);
  const first = columns.sources[0]!;
  const count = columns.sources[columns.sources.length - 1]! - first + 1;
  // One output row at a time: vertically first, along contiguous memory, then horizontally.
  const sums = new Float32Array(count * 3);
  for (let y = 0; y < size; y++) {
    sums.fill(0);
    for (let tap = 0; tap < rows.taps; tap++) {
      const weight = rows.weights[y * rows.taps + tap]!;
      if (weight === 0) continue;
      const start = (rows.sources[y * rows.taps + tap]! * width + first) * 3;
      addRow(sums, full, start, weight);
    }
    writeRow(pixels.subarray(y * size * 3), sums, columns, first, mirror);
  }
  return pixels;
}

/** Rotates a size × size picture clockwise by quarter turns. */
function rotate(pixels: Uint8Array, size: number, quarters: number): Uint8Array {
  if (quarters === 0) return pixels;
  const rotated = new Uint8Array(pixels.length);
  const last = size - 1;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      // The source of the pixel at (x, y).
      const [fromX, fromY] =
        quarters === 1 ? [y, last - x] : quarters === 2 ? [last - x, last - y] : [last - y, x];
      const from = (fromY * size + fromX) * 3;
      const to = (y * size + x) * 3;
      rotated[to] = pixels[from]!;
      rotated[to + 1] = pixels[from + 1]!;
      rotated[to + 2] = pixels[from + 2]!;
    }
  }
  return rotated;
}

function addRow(sums: Float32Array, full: Uint8Array, start: number, weight: number): void {
  const { length } = sums;
  for (let i = 0; i < length; i++) sums[i] = sums[i]! + weight * full[start + i]!;
}

function writeRow(
  out: Uint8Array,
  sums: Float32Array,
  { size, taps, sources, weights }: AxisSamples,
  first: number,
  mirror: boolean,
): void {
  for (let x = 0; x < size; x++) {
    // Starts at a half to round, because storing a byte truncates.
    let red = 0.5;
    let green = 0.5;
    let blue = 0.5;
    const end = (x + 1) * taps;
    for (let tap = x * taps; tap < end; tap++) {
      const weight = weights[tap]!;
      const source = (sources[tap]! - first) * 3;
      red += weight * sums[source]!;
      green += weight * sums[source + 1]!;
      blue += weight * sums[source + 2]!;
    }
    const at = (mirror ? size - 1 - x : x) * 3;
    out[at] = red;
    out[at + 1] = green;
    out[at + 2] = blue;
  }
}
