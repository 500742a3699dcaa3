import { describe, expect, it } from 'vitest';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import type { Evidence, Scene } from '../../../../operators/learn/examples/scene.ts';
import { recentFramesKept } from '../../../../pipeline/application/open-cameras.ts';
import { RecentFrames } from '../../../../pipeline/application/pictures/recent-frames.ts';
import { SampleMaker } from '../../../../pipeline/application/sampling/sample-maker.ts';
import { configDefaults } from '../../../../pipeline/configuration/config.ts';

const size = { width: 64, height: 48, viewSize: 32 };
const facts = { box: [8, 8, 24, 24], trackId: 1, clusterId: 'c1', novelty: 0 } as const;

/** A learner that answers when the test lets it. */
class SlowLearner {
  readonly scenes: Scene[] = [];
  readonly #waiting: (() => void)[] = [];

  examine(scene: Scene): Promise<Evidence> {
    this.scenes.push(scene);
    const example = {
      id: scene.id,
      label: null,
      embeddings: new Float32Array(0),
      dense: new Float32Array(0),
      denseTargets: new Float32Array(0),
    };
    const none = {
      negatives: [],
      negativePeaks: [],
      negativePlaces: [],
      background: new Float32Array(0),
    };
    const evidence = { ...none, examples: [example], backgroundWeight: 0 };
    return new Promise((resolve) => this.#waiting.push(() => resolve(evidence)));
  }

  answer(count: number): void {
    for (const answer of this.#waiting.splice(0, count)) answer();
  }
}

/** A camera that captures into the slots of its pool, as a live camera does. */
function camera() {
  const pool = new SharedFramePool(configDefaults.cameras['world']!.poolFrames + recentFramesKept);
  const recent = new RecentFrames(recentFramesKept);
  let index = 0;
  let poolFull = 0;
  const shoot = (): Frame | null => {
    const slot = pool.tryAcquire(size.width, size.height, size.viewSize);
    if (slot === null) {
      poolFull++;
      return null;
    }
    slot.full.fill(index);
    slot.view.fill(index);
    const { width: sourceWidth, height: sourceHeight } = size;
    const time = { timestampMs: index, timeBasis: 'media' } as const;
    const taken = { camera: 'door', ...time, sourceWidth, sourceHeight };
    const frame = slot.publish({ ...taken, index: index++ });
    recent.push(frame);
    frame.release();
    return frame;
  };
  return { pool, recent, shoot, poolFull: () => poolFull };
}

describe('SampleMaker', () => {
  it('takes no slot of the camera for the samples in the making, however many are labelled', async () => {
    const learner = new SlowLearner();
    const maker = new SampleMaker({ learner, thumbnailPixels: 0, firstNumber: 0 });
    const { pool, recent, shoot, poolFull } = camera();
    const made: Promise<unknown>[] = [];
    // 60 boxes at 15 a second, each in the newest frame, and a learner that does half as many.
    for (let i = 0; i < 60; i++) {
      shoot();
      made.push(maker.make(recent.find()!, facts, 'drawn'));
      if (i % 2 === 0) learner.answer(1);
      await Promise.resolve();
    }
    expect(poolFull()).toBe(0);
    for (let i = 0; i < 60; i++) {
      learner.answer(60);
      await Promise.resolve();
    }
    await Promise.all(made);
    recent.clear();
    expect(pool.inUse).toBe(0);
  });

  it('reads the pixels of the labelled frame, even after its slot was used again', async () => {
    const learner = new SlowLearner();
    const maker = new SampleMaker({ learner, thumbnailPixels: 0, firstNumber: 0 });
    const { recent, shoot } = camera();
    shoot();
    const first = maker.make(recent.find()!, facts);
    for (let i = 0; i < 40; i++) shoot();
    const [scene] = learner.scenes;
    expect([scene?.full[0], scene?.view[0], scene?.full.buffer]).toEqual([
      0,
      0,
      expect.any(SharedArrayBuffer),
    ]);
    learner.answer(1);
    expect(await first).toMatchObject({ id: 's1', timestampMs: 0 });
  });

  it('shares one copy between the samples of a frame', () => {
    const learner = new SlowLearner();
    const maker = new SampleMaker({ learner, thumbnailPixels: 0, firstNumber: 0 });
    const { recent, shoot } = camera();
    shoot();
    for (let i = 0; i < 3; i++) void maker.make(recent.find()!, facts);
    expect(new Set(learner.scenes.map(({ full }) => full.buffer)).size).toBe(1);
  });
});
