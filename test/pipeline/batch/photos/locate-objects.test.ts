import { describe, expect, it } from 'vitest';
import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import {
  cropEmbeddingLength,
  denseLatentLength,
} from '../../../../operators/detect/engines/engine.ts';
import { locateObjects } from '../../../../pipeline/batch/photos/locate-objects.ts';
import { useDatasetFolder } from '../../../operators/datasets/dataset-folder.ts';
import { builtInSight, cropSize } from '../../../../operators/detect/engines/engine.ts';
import { builtInLayout } from '../../../../operators/detect/engines/embedding-layout.ts';

const folder = useDatasetFolder();
const viewSize = 320;

/** Finds a small box in the corner and a larger one in views with any light; none in black ones. */
const detector: Parameters<typeof locateObjects>[1] = {
  describe: {
    name: 'onnx',
    provider: 'cpu',
    reason: '',
    baseClasses: ['thing'],
    viewSize: 320,
    sight: builtInSight,
    cropSize,
    embedding: builtInLayout,
  },
  detect: ({ view }) => {
    const count = view.some((value) => value > 0) ? 2 : 0;
    const peaks = {
      count,
      boxes: Float32Array.of(0, 0, 80, 80, 160, 160, 320, 320).subarray(0, 4 * count),
      objectness: Float32Array.of(0.5, 0.3).subarray(0, count),
      baseClass: new Int32Array(count),
      baseScore: Float32Array.of(0.5, 0.3).subarray(0, count),
      baseShare: new Float32Array(count).fill(1),
      latents: new Float32Array(count * denseLatentLength),
      cells: new Int32Array(count),
    };
    return Promise.resolve({ peaks, headVersion: 0, detectMs: 0 });
  },
  embedCrops: (crops, _, count) => {
    const rows = new Float32Array(count * cropEmbeddingLength);
    for (let i = 0; i < count; i++) {
      const first = crops[(i * crops.length) / count]!;
      rows[i * cropEmbeddingLength + (first % 100)] = 1;
    }
    return Promise.resolve(rows);
  },
};

async function photoOf(name: string, colour: { r: number; g: number; b: number }) {
  await folder.picture(name, 200, 100, (picture) =>
    picture.composite([
      {
        input: { create: { width: 200, height: 100, channels: 3, background: colour } },
        left: 0,
        top: 0,
      },
    ]),
  );
  return {
    id: name,
    path: folder.path(name),
    width: 200,
    height: 100,
    objects: [
      {
        class: 'cone',
        box: [0, 0, 200, 100],
        difficult: false,
        crowd: false,
        boxOrigin: 'picture',
      },
    ],
  } satisfies LabelledImage;
}

describe('locateObjects', () => {
  it('gives every photo a box in its pixels, and the whole picture where nothing stands out', async () => {
    const light = await photoOf('cone/1.png', { r: 200, g: 200, b: 200 });
    const black = await photoOf('cone/2.png', { r: 0, g: 0, b: 0 });
    const corrected = {
      ...light,
      id: 'cone/3.png',
      objects: [{ class: 'cone', box: [1, 2, 3, 4] as const, difficult: false, crowd: false }],
    };
    const set = { classes: ['cone'], images: [light, black, corrected] };
    const signal = new AbortController().signal;
    const { set: located, lines } = await locateObjects(set, detector, { viewSize, signal });
    expect(lines.map(({ photo, is }) => [photo, is])).toEqual([
      ['cone/1.png', 'object'],
      ['cone/2.png', 'whole picture'],
      ['cone/3.png', 'corrected'],
    ]);
    expect(lines[0]!.score).toBeGreaterThan(0.5);
    expect(lines.slice(1).map(({ score }) => score)).toEqual([null, null]);
    expect(located.images[0]!.objects).toMatchObject([
      { class: 'cone', boxOrigin: 'found', box: [100, 50, 200, 100] },
    ]);
    expect(located.images[1]!.objects).toMatchObject([
      { boxOrigin: 'picture', box: [0, 0, 200, 100] },
    ]);
    expect(located.images[2]).toBe(corrected);
  });

  it('ends with the reason of its signal', async () => {
    const set = {
      classes: ['cone'],
      images: [await photoOf('cone/1.png', { r: 9, g: 9, b: 9 })],
    };
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(locateObjects(set, detector, { viewSize, signal })).rejects.toThrow('enough');
  });
});
