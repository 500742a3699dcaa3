import { describe, expect, it } from 'vitest';
import {
  cropEmbeddingLength,
  denseLatentLength,
  type Engine,
} from '../../../../operators/detect/engines/engine.ts';
import { scoreCrop, scorePeak } from '../../../../operators/detect/heads/score.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { checkExample, checkRows } from '../../../../operators/learn/examples/check-example.ts';
import { examineScene, type Scene } from '../../../../operators/learn/examples/scene.ts';
import { LearnerCore } from '../../../../operators/learn/learner-core.ts';
import { fakeCandidateEngine, fakeEngine } from '../fake-engine.ts';
import { makeScene } from '../make-scene.ts';
import { builtInLayout } from '../../../../operators/detect/engines/embedding-layout.ts';

// What learning takes from a scene, whatever the detector: the grid of the built-in one, or
// candidates of any other.

/** Two strong places, a weak one, and for candidates many faint ones all over the view. */
const places = [
  { x: 140, y: 120, heat: 0.9, half: 40 },
  { x: 240, y: 80, heat: 0.7, half: 20 },
  { x: 240, y: 240, heat: 0.2, half: 20 },
];
const faint = Array.from({ length: 400 }, (_, i) => {
  return { x: 8 + 16 * (i % 20), y: 8 + 16 * Math.floor(i / 20), heat: 0.001, half: 8 };
});
const engines: [string, () => Engine][] = [
  [
    'a grid',
    () =>
      fakeEngine(places.map(({ x, y, heat, half }) => ({ column: x / 4, row: y / 4, heat, half }))),
  ],
  [
    'candidates',
    () =>
      fakeCandidateEngine(
        [...places, ...faint].map(({ x, y, heat, half }) => {
          return { heat, box: [x - half, y - half, x + half, y + half] };
        }),
      ),
  ],
];
/** The first place, in source pixels. */
const drawn = [{ box: [200, 120, 360, 240] as const, label: 'cone' }];

describe.each(engines)('a scene examined by a detector with %s', (_, createEngine) => {
  const examine = (overrides: Partial<Scene>) =>
    examineScene(createEngine(), makeScene({ boxes: drawn, ...overrides }), {
      random: seededRandom(1),
    });

  it('gives usable examples, negatives and background', async () => {
    for (const exhaustive of [true, false]) {
      const { examples, negatives, negativePeaks, background } = await examine({ exhaustive });
      expect(examples).toHaveLength(1);
      expect(Math.max(...examples[0]!.denseTargets)).toBe(1);
      expect(negatives.length).toBeGreaterThan(0);
      for (const example of [...examples, ...negatives])
        checkExample(example, builtInLayout.length);
      expect(negativePeaks).toHaveLength(negatives.length);
      for (const peak of negativePeaks) expect(peak).toHaveLength(denseLatentLength);
      checkRows(background, denseLatentLength, 'background');
      expect(background.length).toBeGreaterThan(0);
    }
  });

  it('takes the strongest other place as the first negative, and not the object', async () => {
    const { negatives, negativePlaces } = await examine({});
    expect(negatives[0]!.id).toBe('scene/not0');
    expect(negativePlaces.map(({ box }) => box)).toEqual([
      [440, 90, 520, 150],
      [440, 330, 520, 390],
    ]);
  });

  it('embeds the box that the detector proposes for a drawn one', async () => {
    const [example] = (await examine({})).examples;
    expect(example!.embeddings).toHaveLength(5 * cropEmbeddingLength);
    expect(example!.offsets).toHaveLength(1);
  });

  it('gives no background where the whole picture is ignored', async () => {
    const { background } = await examine({ ignore: [[0, 0, 640, 480]] });
    expect(background).toHaveLength(0);
  });

  it('is learned into a head that scores the object’s crop', async () => {
    const core = new LearnerCore(createEngine(), 'tally', 1);
    const evidence = await core.examine(makeScene({ boxes: drawn }));
    const { examples, negatives, background, backgroundWeight } = evidence;
    const added = [...examples, ...negatives];
    const change = { added, removed: [], moved: [], background, backgroundWeight, replay: [] };
    const { draft } = await core.update(change);
    const head = { ...draft, version: 1, strategy: 'tally', thresholds: Float32Array.of(0.3) };
    const own = examples[0]!;
    const crop = scoreCrop(head, own.embeddings.subarray(0, cropEmbeddingLength));
    expect(crop![0]).toBeGreaterThan(0);
    expect(scorePeak(head, own.dense.subarray(0, denseLatentLength))).toHaveLength(1);
    await core.close();
  });
});
