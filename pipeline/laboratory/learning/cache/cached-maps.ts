import {
  type CellGrid,
  type DenseMaps,
  denseLatentLength,
  type ObjectnessHead,
  type Peaks,
} from '../../../../operators/detect/engines/engine.ts';
import { boxesFromExtents, pickPeaks } from '../../../../operators/detect/engines/peaks.ts';
import { float16Values, packFloat16 } from '../../../../operators/foundation/numbers/float16.ts';

/** The backbone's dense maps over one view, with latents rounded to float16. */
export interface CachedMaps extends CellGrid {
  /** rows × columns × denseLatentLength, float16 bits. */
  readonly latents: Uint16Array;
  /** rows × columns. */
  readonly baseHeat: Float32Array;
  /** rows × columns. */
  readonly baseClass: Uint8Array;
  /** rows × columns. */
  readonly baseShare: Float32Array;
  /** rows × columns × 4. */
  readonly extents: Float32Array;
}

/** Packs maps into one buffer, widest element types first so that every view is aligned. */
export function packMaps(maps: DenseMaps): Uint8Array {
  const { latents, baseHeat, baseShare, baseClass, extents } = maps;
  const parts = [extents, baseHeat, baseShare, packFloat16(latents), Uint8Array.from(baseClass)];
  return Buffer.concat(
    parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
}

/** Size of a {@link packMaps} buffer for maps of this grid. */
export function mapsBytes({ columns, rows }: CellGrid): number {
  return columns * rows * (4 * 4 + 4 + 4 + 2 * denseLatentLength + 1);
}

/** Unpacks a {@link packMaps} buffer into views of it; `buffer` must start aligned. */
export function unpackMaps(buffer: ArrayBuffer, { columns, rows }: CellGrid): CachedMaps {
  const cells = columns * rows;
  return {
    columns,
    rows,
    extents: new Float32Array(buffer, 0, cells * 4),
    baseHeat: new Float32Array(buffer, cells * 16, cells),
    baseShare: new Float32Array(buffer, cells * 20, cells),
    latents: new Uint16Array(buffer, cells * 24, cells * denseLatentLength),
    baseClass: new Uint8Array(buffer, cells * (24 + 2 * denseLatentLength), cells),
  };
}

/** Peaks that {@link Engine.detect} returns under this objectness, up to the latents' rounding. */
export function peaksOfMaps(maps: CachedMaps, objectness: ObjectnessHead, maxPeaks: number): Peaks {
  const { latents, baseHeat, baseShare, baseClass, extents } = maps;
  const heat = combinedHeat(latents, baseHeat, objectness);
  const cells = pickPeaks(heat, maps, maxPeaks, baseHeat);
  const peakExtents = new Float32Array(cells.length * 4);
  const rows = new Float32Array(cells.length * denseLatentLength);
  cells.forEach((cell, i) => {
    peakExtents.set(extents.subarray(4 * cell, 4 * cell + 4), 4 * i);
    const start = cell * denseLatentLength;
    for (let k = 0; k < denseLatentLength; k++) {
      rows[i * denseLatentLength + k] = float16Values[latents[start + k]!]!;
    }
  });
  return {
    count: cells.length,
    boxes: boxesFromExtents(peakExtents, cells, maps),
    objectness: Float32Array.from(cells, (cell) => heat[cell]!),
    baseClass: Int32Array.from(cells, (cell) => baseClass[cell]!),
    baseScore: Float32Array.from(cells, (cell) => baseHeat[cell]!),
    baseShare: Float32Array.from(cells, (cell) => baseShare[cell]!),
    latents: rows,
    cells,
  };
}

/** Per cell, the larger of base heat and learned objectness. */
function combinedHeat(
  latents: Uint16Array,
  baseHeat: Float32Array,
  { weights, bias }: ObjectnessHead,
): Float32Array {
  if (bias <= 0 && weights.every((weight) => weight === 0)) return baseHeat;
  const heat = new Float32Array(baseHeat.length);
  for (let cell = 0; cell < heat.length; cell++) {
    const start = cell * denseLatentLength;
    let sum = bias;
    for (let k = 0; k < denseLatentLength; k++) {
      sum += weights[k]! * float16Values[latents[start + k]!]!;
    }
    heat[cell] = Math.max(baseHeat[cell]!, Math.min(1, sum));
  }
  return heat;
}
