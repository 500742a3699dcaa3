import { describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
  cropSize,
} from '../../../../operators/detect/engines/engine.ts';
import { viewOf } from '../../../../operators/ingest/frames/view-plan.ts';
import { viewBytes } from '../../../../operators/ingest/frames/view-size.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { examineScene, type Scene } from '../../../../operators/learn/examples/scene.ts';
import { fakeEngine, type FakePeak } from '../fake-engine.ts';
import { makeScene } from '../make-scene.ts';

const examine = (scene: Scene, peaks: readonly FakePeak[] = [], seed = 1) =>
  examineScene(fakeEngine(peaks), scene, { random: seededRandom(seed) });

/** Matches a number of pixels. */
const near = (value: number): unknown => expect.closeTo(value, 6);

/** Column and row of each cell, as the fake engine writes them into the latents. */
function places(dense: Float32Array): [number, number][] {
  return Array.from({ length: dense.length / denseLatentLength }, (_, i) => [
    dense[i * denseLatentLength]!,
    dense[i * denseLatentLength + 1]!,
  ]);
}

/** The brightest quarter of a crop. */
function brightCorner(crops: Uint8Array, crop: number): string {
  const half = cropSize / 2;
  const sums = new Map<string, number>();
  for (let y = 0; y < cropSize; y++) {
    for (let x = 0; x < cropSize; x++) {
      const corner = `${y < half ? 'top' : 'bottom'} ${x < half ? 'left' : 'right'}`;
      const value = crops[((crop * cropSize + y) * cropSize + x) * 3]!;
      sums.set(corner, (sums.get(corner) ?? 0) + value);
    }
  }
  return [...sums].reduce((best, corner) => (corner[1] > best[1] ? corner : best))[0];
}

describe('examineScene', () => {
  it('makes an example of every box: cells around its centre and four embeddings', async () => {
    // In the view: 100..180 by 80..160, so its centre is cell (35, 30).
    const { examples } = await examine(
      makeScene({ boxes: [{ box: [200, 120, 360, 240], label: 'cone' }] }),
    );
    const [example] = examples;
    expect(example).toMatchObject({ id: 'scene/0', label: 'cone' });
    expect(places(example!.dense)[0]).toEqual([35, 30]);
    expect(example!.denseTargets[0]).toBe(1);
    expect(example!.denseTargets.length).toBeGreaterThan(4);
    expect(example!.embeddings).toHaveLength(4 * cropEmbeddingLength);
    expect(example!.embeddings[0]).toBeCloseTo(100, 3);
    // Log sizes: 160 of 640 and 120 of 640 source pixels.
    expect(example!.embeddings[1]).toBeCloseTo(Math.log(0.25), 5);
    expect(example!.embeddings[2]).toBeCloseTo(Math.log(0.1875), 5);
  });

  it('finds the cells of a box in a view of the picture’s own shape', async () => {
    const viewSize = viewOf({ shape: 'own', side: 320 }, 640, 480);
    expect(viewSize).toMatchObject({ width: 352, height: 288 });
    const view = new Uint8Array(viewBytes(viewSize)).fill(100);
    // In the view: 110..198 by 72..144, so its centre is cell (38, 27).
    const box = [200, 120, 360, 240] as const;
    const peak = { column: 38, row: 27, heat: 0.9, half: 40 };
    const boxes = [{ box, label: 'cone' }];
    const { examples, negatives } = await examine(makeScene({ view, viewSize, boxes }), [peak]);
    expect(places(examples[0]!.dense)[0]).toEqual([38, 27]);
    expect(negatives).toEqual([]);
    const unlabelled = await examine(makeScene({ view, viewSize }), [peak]);
    const [place] = unlabelled.negativePlaces;
    // 112..192 by 68..148 in the view, of which each pixel is 640/352 and 480/288 of the source's.
    const [x0, y0, x1, y1] = place!.box;
    expect([x0, x1].map((x) => (x * 352) / 640)).toEqual([112, 192].map(near));
    expect([y0, y1].map((y) => (y * 288) / 480)).toEqual([68, 148].map(near));
  });

  it('embeds one plain crop, one mirrored and two jittered', async () => {
    const full = new Uint8Array(320 * 240 * 3);
    for (let i = 0; i < full.length; i++) full[i] = Math.floor(i / 3) % 320 < 150 ? 0 : 200;
    const scene = makeScene({ full, boxes: [{ box: [200, 120, 360, 240], label: 'cone' }] });
    const { embeddings } = (await examine(scene)).examples[0]!;
    const means = [0, 1, 2, 3].map((crop) => embeddings[crop * cropEmbeddingLength]!);
    expect(means[1]).toBeCloseTo(means[0]!, 3);
    expect(means[2]).not.toBeCloseTo(means[0]!, 1);
    expect(means[3]).not.toBeCloseTo(means[2]!, 1);
  });

  it('turns the two jittered crops by one to three quarter turns, and keeps the first two upright', async () => {
    // Bright at the top left of the object, dark elsewhere; the object fills the middle of the
    // picture.
    const full = new Uint8Array(320 * 240 * 3);
    for (let y = 60; y < 120; y++) full.fill(200, (y * 320 + 100) * 3, (y * 320 + 160) * 3);
    const scene = makeScene({ full, boxes: [{ box: [200, 120, 440, 360], label: 'cone' }] });
    const corners = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const crops: Uint8Array[] = [];
      const engine = fakeEngine();
      const watched: typeof engine = {
        ...engine,
        embedCrops: (pixels, logSizes, count) => {
          crops.push(pixels.slice());
          return engine.embedCrops(pixels, logSizes, count);
        },
      };
      await examineScene(watched, scene, { random: seededRandom(seed) });
      const [plain, mirrored, ...moved] = [0, 1, 2, 3].map((crop) => brightCorner(crops[0]!, crop));
      expect([plain, mirrored]).toEqual(['top left', 'top right']);
      for (const corner of moved) corners.add(corner);
    }
    // Upright or mirrored alone, it would never be at the bottom.
    expect(corners).toEqual(new Set(['top left', 'top right', 'bottom right', 'bottom left']));
  });

  it('turns and jitters a crop without changing its log sizes', async () => {
    const { examples } = await examine(
      makeScene({ boxes: [{ box: [200, 120, 360, 240], label: 'cone' }] }),
    );
    const { embeddings } = examples[0]!;
    for (let crop = 1; crop < 4; crop++) {
      const at = crop * cropEmbeddingLength;
      expect(embeddings.slice(at + 1, at + 3)).toEqual(embeddings.slice(1, 3));
    }
  });

  it('keeps the order of boxes and their labels, null among them', async () => {
    const { examples } = await examine(
      makeScene({
        boxes: [
          { box: [0, 0, 100, 100], label: 'a' },
          { box: [300, 300, 400, 400], label: null },
          { box: [0, 300, 100, 400], label: 'b' },
        ],
      }),
    );
    expect(examples.map(({ label }) => label)).toEqual(['a', null, 'b']);
  });

  it('embeds crops, but takes no cells, of a box whose centre is outside the picture', async () => {
    const { examples } = await examine(
      makeScene({ boxes: [{ box: [620, 100, 700, 200], label: 'a' }] }),
    );
    expect(examples[0]!.dense).toHaveLength(0);
    expect(examples[0]!.denseTargets).toHaveLength(0);
    expect(examples[0]!.embeddings).toHaveLength(4 * cropEmbeddingLength);
  });

  it('embeds the proposals for a drawn box too, and gives the offsets of the object from them', async () => {
    // The peak's box is (60..100, 60..100) of the view, in source pixels (120..200, 90..150).
    const peaks = [{ column: 20, row: 20, heat: 0.5, half: 20 }];
    const box = [112, 90, 200, 165] as const;
    for (const exhaustive of [true, false]) {
      const scene = makeScene({ boxes: [{ box, label: 'a' }], exhaustive });
      const [example] = (await examine(scene, peaks)).examples;
      expect(example!.embeddings).toHaveLength(5 * cropEmbeddingLength);
      expect(example!.embeddings[4 * cropEmbeddingLength + 1]).toBeCloseTo(Math.log(80 / 640), 5);
      const [offsets, ...more] = example!.offsets!;
      expect(more).toEqual([]);
      [-0.1, 0, 0, 0.25].forEach((value, edge) => expect(offsets![edge]).toBeCloseTo(value, 5));
      // The offsets of a detection from itself carry no information.
      const [proposed] = (await examine({ ...scene, proposed: true }, peaks)).examples;
      expect(proposed!.embeddings).toHaveLength(4 * cropEmbeddingLength);
      expect(proposed!.offsets).toBeUndefined();
    }
  });

  it('embeds the box that the base head reads at the centre of an object without a peak', async () => {
    // Extents are 4 everywhere, and the centre cell is (35, 30): (136..144, 116..124) of the view.
    const [example] = (
      await examine(makeScene({ boxes: [{ box: [272, 174, 292, 186], label: 'a' }] }))
    ).examples;
    expect(example!.embeddings).toHaveLength(5 * cropEmbeddingLength);
    const [left, top, right, bottom] = example!.offsets![0]!;
    expect([left, top, bottom]).toEqual([0, 0, 0]);
    expect(right).toBeCloseTo(0.25, 5);
    // The box read there does not overlap the object.
    const far = await examine(makeScene({ boxes: [{ box: [200, 120, 360, 240], label: 'a' }] }));
    expect(far.examples[0]!.offsets).toBeUndefined();
  });

  it('draws about one in 32 of the cells outside boxes and ignored regions as background', async () => {
    const { background, backgroundWeight } = await examine(
      makeScene({ boxes: [{ box: [0, 0, 320, 480], label: 'a' }], ignore: [[320, 0, 640, 240]] }),
    );
    const cells = places(background);
    expect(backgroundWeight).toBe(32);
    // Of 1,600 cells.
    expect(cells.length).toBeGreaterThan(30);
    expect(cells.length).toBeLessThan(75);
    for (const [column, row] of cells) {
      expect(column).toBeGreaterThanOrEqual(40);
      expect(row).toBeGreaterThanOrEqual(40);
    }
  });

  it('uses peaks without a box as negatives in an exhaustive scene', async () => {
    const peaks = [
      { column: 20, row: 20, heat: 0.9, half: 20 },
      { column: 60, row: 20, heat: 0.5, half: 20 },
      { column: 20, row: 60, heat: 0.2, half: 20 },
      { column: 60, row: 60, heat: 0.3, half: 20 },
      { column: 40, row: 40, heat: 0.01, half: 20 },
    ];
    const { negatives } = await examine(
      makeScene({
        // The first peak's own box is (60..100, 60..100) of the view.
        boxes: [{ box: [120, 90, 200, 150], label: 'a' }],
        ignore: [[440, 90, 520, 150]],
      }),
      peaks,
    );
    expect(negatives.map(({ id }) => id)).toEqual(['scene/not0', 'scene/not1']);
    for (const negative of negatives) {
      expect(negative.label).toBeNull();
      expect(negative.embeddings.length % cropEmbeddingLength).toBe(0);
      expect(negative.embeddings.length).toBeGreaterThan(0);
    }
    expect(negatives[0]!.embeddings[0]).toBeCloseTo(100, 3);
  });

  it('uses only confident base detections as negatives in a live scene', async () => {
    const peaks = [
      { column: 20, row: 20, heat: 0.9, half: 20 },
      { column: 60, row: 20, heat: 0.4, half: 20 },
    ];
    const { negatives, background } = await examine(makeScene({ exhaustive: false }), peaks);
    expect(negatives.filter(({ id }) => id.startsWith('scene/not'))).toHaveLength(1);
    expect(places(negatives[0]!.dense)[0]).toEqual([20, 20]);
    // The uncertain one may be an object without a label, so it is not background either.
    for (const [column, row] of places(background)) {
      expect(Math.abs(column - 60) <= 5 && Math.abs(row - 20) <= 5).toBe(false);
    }
  });

  it('samples places away from all peaks and parts of confident base detections in a live scene', async () => {
    const peaks = [
      { column: 20, row: 20, heat: 0.9, half: 20 },
      { column: 60, row: 20, heat: 0.06, half: 20 },
    ];
    const cells: [number, number][] = [];
    const boxes = [{ box: [200, 300, 240, 340] as const, label: 'cone' }];
    for (let seed = 0; seed < 20; seed++) {
      const { negatives, negativePeaks } = await examine(
        makeScene({ exhaustive: false, boxes, ignore: [[440, 300, 520, 380]] }),
        peaks,
        seed,
      );
      expect(negatives.map(({ id }) => id)).toEqual([
        'scene/not0',
        ...Array.from({ length: 9 }, (_, i) => `scene/place${i}`),
      ]);
      for (const { label, dense, embeddings } of negatives.slice(1)) {
        expect(label).toBeNull();
        expect(embeddings).toHaveLength(cropEmbeddingLength);
        // The background includes their cells already.
        expect(dense).toHaveLength(0);
      }
      cells.push(...negativePeaks.slice(1).flatMap(places));
      const [part] = places(negativePeaks.at(-1)!);
      // The box of the confident one spans cells 15 to 25 in both directions.
      expect(Math.max(Math.abs(part![0] - 20), Math.abs(part![1] - 20))).toBeLessThanOrEqual(5);
    }
    const within = (x0: number, y0: number, x1: number, y1: number) =>
      cells.filter(([x, y]) => x > x0 && x < x1 && y > y0 && y < y1).length;
    expect(within(14, 14, 26, 26)).toBe(20);
    expect(within(55, 15, 65, 25)).toBe(0);
    expect(within(25, 50, 30, 56)).toBe(0);
    expect(within(55, 50, 65, 63)).toBe(0);
    expect(within(0, 0, 80, 80)).toBeGreaterThan(170);
  });

  it('samples no places if all objects are labelled, nor for `boxesOnly`', async () => {
    const box = { boxes: [{ box: [200, 120, 360, 240] as const, label: 'cone' }] };
    expect((await examine(makeScene(box))).negatives).toEqual([]);
    const boxesOnly = { ...box, exhaustive: false, boxesOnly: true };
    expect((await examine(makeScene(boxesOnly))).negatives).toEqual([]);
  });

  it('makes the same training data for the same seed', async () => {
    const scene = makeScene({ boxes: [{ box: [200, 120, 360, 240], label: 'cone' }] });
    expect(await examine(scene)).toEqual(await examine(scene));
    expect((await examine(scene, [], 2)).background).not.toEqual((await examine(scene)).background);
  });
});
