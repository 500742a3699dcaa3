import {
  builtInSight,
  denseLatentLength,
  type Engine,
  cropEmbeddingLength,
  cropSize,
} from '../../../operators/detect/engines/engine.ts';
import { cellsOf } from '../../../operators/detect/engines/peaks.ts';
import { builtInLayout } from '../../../operators/detect/engines/embedding-layout.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';

/** A peak that a {@link fakeEngine} reports. */
export interface FakePeak {
  readonly column: number;
  readonly row: number;
  readonly heat: number;
  /** Half the side of the box, in view pixels. */
  readonly half: number;
}

/**
 * An engine that needs no model: a cell's first latent values are its column and row, a
 * look's are the mean of its pixels and its log sizes, and peaks are where they are put.
 */
export function fakeEngine(peaks: readonly FakePeak[] = []): Engine & { looks: number } {
  return {
    name: 'onnx',
    provider: 'fake',
    baseClasses: ['person'],
    viewSize: 320,
    sight: builtInSight,
    cropSize,
    embedding: builtInLayout,
    looks: 0,
    setObjectness: () => undefined,
    detect: () => Promise.reject(new Error('learning looks at whole maps')),
    async embedCrops(crops, logSizes, count) {
      this.looks += count;
      const looks = new Float32Array(count * cropEmbeddingLength);
      const bytes = cropSize * cropSize * 3;
      for (let i = 0; i < count; i++) {
        const crop = crops.subarray(i * bytes, (i + 1) * bytes);
        let sum = 0;
        for (let at = 0; at < bytes; at++) sum += crop[at]!;
        looks.set([sum / bytes, logSizes[2 * i]!, logSizes[2 * i + 1]!], i * cropEmbeddingLength);
      }
      return looks;
    },
    async dense(_view, viewSize) {
      const { columns, rows } = cellsOf(viewSize);
      const cells = columns * rows;
      const latents = new Float32Array(cells * denseLatentLength);
      for (let cell = 0; cell < cells; cell++) {
        latents.set([cell % columns, Math.floor(cell / columns)], cell * denseLatentLength);
      }
      const baseHeat = new Float32Array(cells);
      const extents = new Float32Array(cells * 4).fill(4);
      for (const { column, row, heat, half } of peaks) {
        baseHeat[row * columns + column] = heat;
        extents.fill(half, (row * columns + column) * 4, (row * columns + column) * 4 + 4);
      }
      const baseClass = new Int32Array(cells);
      const baseShare = new Float32Array(cells).fill(1);
      return { kind: 'grid', columns, rows, latents, baseHeat, baseClass, baseShare, extents };
    },
    close: () => Promise.resolve(),
  };
}

/** A candidate that a {@link fakeCandidateEngine} reports. */
export interface FakeCandidate {
  readonly heat: number;
  /** View pixels. */
  readonly box: Box;
}

/**
 * A {@link fakeEngine} whose detector has candidates instead of a grid, as external ones have: a
 * candidate's first latent values are its index, strongest first, and its heat.
 */
export function fakeCandidateEngine(
  candidates: readonly FakeCandidate[] = [],
): Engine & { looks: number } {
  const ranked = [...candidates].sort((a, b) => b.heat - a.heat);
  return {
    ...fakeEngine(),
    sight: { ...builtInSight, detector: 'candidates' },
    dense: () => {
      const count = ranked.length;
      const latents = new Float32Array(count * denseLatentLength);
      for (const [i, { heat }] of ranked.entries()) latents.set([i, heat], i * denseLatentLength);
      return Promise.resolve({
        kind: 'candidates',
        count,
        boxes: Float32Array.from(ranked.flatMap(({ box }) => box)),
        latents,
        baseHeat: Float32Array.from(ranked, ({ heat }) => heat),
        baseClass: new Int32Array(count),
        baseShare: new Float32Array(count).fill(1),
      });
    },
  };
}
