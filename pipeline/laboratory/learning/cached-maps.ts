import {
  type DenseMaps,
  denseLatentLength,
  type ObjectnessHead,
  type Peaks,
} from '../../../operators/detect/engines/engine.ts';
import { boxesFromExtents, pickPeaks } from '../../../operators/detect/engines/peaks.ts';
import { float16Values, packFloat16 } from '../../../operators/foundation/numbers/float16.ts';

/** The trunk's maps over one view as they are kept: latents rounded to float16. */
export interface CachedMaps {
  readonly side: number;
  /** side × side × denseLatentLength, float16 bits. */
  readonly latents: Uint16Array;
  /** side × side. */
  readonly baseHeat: Float32Array;
  /** side × side. */
  readonly baseClass: Uint8Array;
  /** side × side. */
  readonly baseShare: Float32Array;
  /** side × side × 4. */
  readonly extents: Float32Array;
}

/** Rounds maps and lays them out in one buffer, widest numbers first so that each stands aligned. */
export function packMaps(maps: DenseMaps): Uint8Array {
  const { latents, baseHeat, baseShare, baseClass, extents } = maps;
  const parts = [extents, baseHeat, baseShare, packFloat16(latents), Uint8Array.from(baseClass)];
  return Buffer.concat(
    parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
}

/** Bytes that {@link packMaps} makes of maps with so many cells a side. */
export function mapsBytes(side: number): number {
  return side * side * (4 * 4 + 4 + 4 + 2 * denseLatentLength + 1);
}

/** The maps in what {@link packMaps} made: views into `buffer`, which must start aligned. */
export function unpackMaps(buffer: ArrayBuffer, side: number): CachedMaps {
  const cells = side * side;
  return {
    side,
    extents: new Float32Array(buffer, 0, cells * 4),
    baseHeat: new Float32Array(buffer, cells * 16, cells),
    baseShare: new Float32Array(buffer, cells * 20, cells),
    latents: new Uint16Array(buffer, cells * 24, cells * denseLatentLength),
    baseClass: new Uint8Array(buffer, cells * (24 + 2 * denseLatentLength), cells),
  };
}

/** The peaks that {@link Engine.detect} hands back under this objectness, up to the rounding of the latents. */
export function peaksOfMaps(
  { side, latents, baseHeat, baseShare, baseClass, extents }: CachedMaps,
  objectness: ObjectnessHead,
  maxPeaks: number,
): Peaks {
  const heat = hottest(latents, baseHeat, objectness);
  const cells = pickPeaks(heat, side, maxPeaks, baseHeat);
  const own = new Float32Array(cells.length * 4);
  const rows = new Float32Array(cells.length * denseLatentLength);
  cells.forEach((cell, i) => {
    own.set(extents.subarray(4 * cell, 4 * cell + 4), 4 * i);
    const start = cell * denseLatentLength;
    for (let k = 0; k < denseLatentLength; k++) {
      rows[i * denseLatentLength + k] = float16Values[latents[start + k]!]!;
    }
  });
  return {
    count: cells.length,
    boxes: boxesFromExtents(own, cells, side),
    objectness: Float32Array.from(cells, (cell) => heat[cell]!),
    baseClass: Int32Array.from(cells, (cell) => baseClass[cell]!),
    baseScore: Float32Array.from(cells, (cell) => baseHeat[cell]!),
    baseShare: Float32Array.from(cells, (cell) => baseShare[cell]!),
    latents: rows,
    cells,
  };
}

/** A cell: the larger of base heat and learned objectness. */
function hottest(
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
