import type { Box } from '../../foundation/geometry/box.ts';
import { cropSize } from '../engines/engine.ts';

/** Side of a look's square, in multiples of the box's longer side: some surroundings help. */
const margin = 1.3;

export interface CropOptions {
  /** Swaps left and right. */
  readonly mirror?: boolean;
  /** Quarter turns clockwise, after mirroring. Default 0. What the log sizes say of the box does not change. */
  readonly turns?: 0 | 1 | 2 | 3;
  /**
   * Moves the square by shares of its side, and multiplies its side by `scale`.
   * What the log sizes say of the box does not change.
   */
  readonly jitter?: { readonly right: number; readonly down: number; readonly scale: number };
}

/** One crop for {@link Engine.look}. */
export interface Crop {
  /** RGB, lookSize × lookSize × 3. */
  readonly pixels: Uint8Array;
  /** Natural logarithms of the box's width and height, each divided by the picture's longer side. */
  readonly logSizes: readonly [width: number, height: number];
}

/**
 * Cuts the square round a box out of an RGB picture and scales it to `lookSize`.
 *
 * `box` is in pixels of `full`. The square is 1.3 times the box's longer side; beyond the
 * picture's edge the edge's pixels repeat. Shrinking averages areas (every second pixel's from
 * fourfold on, every third's from sixfold on, and so forth), enlarging is bilinear.
 */
export function cutCrop(
  full: Uint8Array,
  width: number,
  height: number,
  box: Box,
  { mirror = false, turns = 0, jitter = { right: 0, down: 0, scale: 1 } }: CropOptions = {},
): Crop {
  const boxWidth = Math.max(1, box[2] - box[0]);
  const boxHeight = Math.max(1, box[3] - box[1]);
  const side = margin * Math.max(boxWidth, boxHeight) * jitter.scale;
  const left = (box[0] + box[2]) / 2 + (jitter.right - 0.5) * side;
  const top = (box[1] + box[3]) / 2 + (jitter.down - 0.5) * side;
  const columns = sampleAxis(left, side, width);
  const rows = sampleAxis(top, side, height);
  const longer = Math.max(width, height);
  return {
    pixels: turn(resample(full, width, columns, rows, mirror), turns),
    logSizes: [Math.log(boxWidth / longer), Math.log(boxHeight / longer)],
  };
}

/** Which source pixels each of `lookSize` output pixels is made of: `taps` each, weights adding to 1. */
interface AxisSamples {
  readonly taps: number;
  /** lookSize × taps, clamped to the picture. */
  readonly sources: Int32Array;
  readonly weights: Float32Array;
}

function sampleAxis(start: number, length: number, limit: number): AxisSamples {
  // From fourfold shrinking on, two or three pixels of those that fall together are averaged:
  // all of a full-HD picture would take many times longer and look the same.
  const every = Math.max(1, Math.floor(length / cropSize / 2));
  const step = length / cropSize / every;
  const taps = step <= 1 ? 2 : Math.ceil(step) + 1;
  const sources = new Int32Array(cropSize * taps);
  const weights = new Float32Array(cropSize * taps);
  for (let i = 0; i < cropSize; i++) {
    const from = start / every + i * step;
    // Enlarging interpolates between pixel centres; shrinking weighs pixels by their covered share.
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
  return { taps, sources, weights };
}

function resample(
  full: Uint8Array,
  width: number,
  columns: AxisSamples,
  rows: AxisSamples,
  mirror: boolean,
): Uint8Array {
  const pixels = new Uint8Array(cropSize * cropSize * 3);
  const first = columns.sources[0]!;
  const count = columns.sources[columns.sources.length - 1]! - first + 1;
  // One output row at a time: down first, along contiguous memory, then across.
  const line = new Float32Array(count * 3);
  for (let y = 0; y < cropSize; y++) {
    line.fill(0);
    for (let tap = 0; tap < rows.taps; tap++) {
      const weight = rows.weights[y * rows.taps + tap]!;
      if (weight === 0) continue;
      const start = (rows.sources[y * rows.taps + tap]! * width + first) * 3;
      addRow(line, full, start, weight);
    }
    writeLine(pixels.subarray(y * cropSize * 3), line, columns, first, mirror);
  }
  return pixels;
}

/** A lookSize × lookSize picture turned clockwise by so many quarters. */
function turn(pixels: Uint8Array, quarters: number): Uint8Array {
  if (quarters === 0) return pixels;
  const turned = new Uint8Array(pixels.length);
  const last = cropSize - 1;
  for (let y = 0; y < cropSize; y++) {
    for (let x = 0; x < cropSize; x++) {
      // Where the pixel that comes to lie at (x, y) was.
      const [fromX, fromY] =
        quarters === 1 ? [y, last - x] : quarters === 2 ? [last - x, last - y] : [last - y, x];
      const from = (fromY * cropSize + fromX) * 3;
      const to = (y * cropSize + x) * 3;
      turned[to] = pixels[from]!;
      turned[to + 1] = pixels[from + 1]!;
      turned[to + 2] = pixels[from + 2]!;
    }
  }
  return turned;
}

function addRow(line: Float32Array, full: Uint8Array, start: number, weight: number): void {
  const { length } = line;
  for (let i = 0; i < length; i++) line[i] = line[i]! + weight * full[start + i]!;
}

function writeLine(
  out: Uint8Array,
  line: Float32Array,
  { taps, sources, weights }: AxisSamples,
  first: number,
  mirror: boolean,
): void {
  for (let x = 0; x < cropSize; x++) {
    // The half that they begin with rounds them: storing a byte cuts off.
    let red = 0.5;
    let green = 0.5;
    let blue = 0.5;
    const end = (x + 1) * taps;
    for (let tap = x * taps; tap < end; tap++) {
      const weight = weights[tap]!;
      const source = (sources[tap]! - first) * 3;
      red += weight * line[source]!;
      green += weight * line[source + 1]!;
      blue += weight * line[source + 2]!;
    }
    const at = (mirror ? cropSize - 1 - x : x) * 3;
    out[at] = red;
    out[at + 1] = green;
    out[at + 2] = blue;
  }
}
