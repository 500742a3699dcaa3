import { describe, expect, it } from 'vitest';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import type { DiscoveredFrame } from '../../../../operators/discover/unknown.ts';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import type { Evidence, Scene } from '../../../../operators/learn/examples/scene.ts';
import type { Track } from '../../../../operators/track/track.ts';
import { BackgroundCollector } from '../../../../pipeline/application/sampling/background-collector.ts';
import { makeExample } from '../../../operators/learn/make-example.ts';
import { createPool, settle, takeFrame } from '../scripted-camera.ts';

/**
 * Answers when a test calls `answer`; each scene has one negative and four background values. The
 * negative of every fifth scene lies in the strip that is held out.
 */
class ScriptedLearner {
  readonly scenes: Scene[] = [];
  readonly #calls: { resolve: (evidence: Evidence) => void; reject: (error: Error) => void }[] = [];
  auto = false;

  examine(scene: Scene): Promise<Evidence> {
    this.scenes.push(scene);
    return new Promise((resolve, reject) => {
      this.#calls.push({ resolve, reject });
      if (this.auto) this.answer();
    });
  }

  answer(): void {
    const number = this.scenes.length;
    const [left, top, right, bottom] = this.scenes.at(-1)!.untrained![0]!;
    const beside = left > 0 ? left : -right;
    const box: Box =
      number % 5 === 0 ? [left, top, right, bottom] : [left - beside, top, right - beside, bottom];
    this.#calls.shift()?.resolve({
      examples: [],
      negatives: [makeExample(`n${number}`, null)],
      negativePeaks: [new Float32Array(128)],
      negativePlaces: [{ box, isObject: false }],
      background: new Float32Array(4).fill(number),
      backgroundWeight: 4,
    });
  }

  fail(): void {
    this.#calls.shift()?.reject(new Error('busy'));
  }
}

function seen(
  frame: Frame,
  names: readonly (Track['recognition'] | 'gone')[] = [],
): DiscoveredFrame {
  const tracks = names.map((name, i) => ({ recognition: name, box: [i, i, i + 1, i + 1] }));
  return { frame, tracks } as unknown as DiscoveredFrame;
}

describe('the background collector', () => {
  it('examines a scene per camera and interval, and retains the frame meanwhile', async () => {
    const learner = new ScriptedLearner();
    const pool = createPool(1);
    const collector = new BackgroundCollector({ learner, everyMs: 2000, now: null });
    const frame = takeFrame(pool, 0, { timestampMs: 100 });
    const observing = collector.observe(seen(frame));
    frame.release();
    expect(pool.inUse).toBe(1);
    learner.answer();
    await observing;
    expect(pool.inUse).toBe(0);
    learner.auto = true;
    const at = async (timestampMs: number): Promise<number> => {
      const next = takeFrame(pool, 0, { timestampMs });
      await collector.observe(seen(next));
      next.release();
      return learner.scenes.length;
    };
    expect([await at(2099), await at(2100), await at(2200)]).toEqual([1, 2, 2]);
    // A looped recording starts over.
    expect(await at(0)).toBe(3);
  });

  it('reports growth once as many negatives wait as were ever learned', async () => {
    const learner = new ScriptedLearner();
    learner.auto = true;
    const pool = createPool(1);
    const collector = new BackgroundCollector({ learner, everyMs: 1000, now: null });
    let grown = 0;
    collector.grown$.subscribe(() => grown++);
    /** Observes scenes of one negative each. Returns how often growth is reported meanwhile. */
    const observeScenes = async (scenes: number): Promise<number> => {
      grown = 0;
      // Every fifth negative is held out.
      for (const until = learner.scenes.length + scenes * 1.25; learner.scenes.length < until;) {
        const next = takeFrame(pool, 0, { timestampMs: learner.scenes.length * 1000 });
        await collector.observe(seen(next));
        next.release();
      }
      return grown;
    };
    expect(await observeScenes(12)).toBe(0);
    expect(await observeScenes(4)).toBe(1);
    collector.take();
    expect(await observeScenes(12)).toBe(0);
    expect(await observeScenes(4)).toBe(1);
    collector.take();
    // 32 are learned by now, so that growth takes another 32.
    expect(await observeScenes(28)).toBe(0);
    expect(await observeScenes(8)).toBeGreaterThan(0);
  });

  it('does not examine a recording that is read faster than real time more often', async () => {
    const learner = new ScriptedLearner();
    learner.auto = true;
    let realMs = 0;
    const collector = new BackgroundCollector({ learner, everyMs: 2000, now: () => realMs });
    const pool = createPool(1);
    for (let i = 0; i < 100; i++) {
      realMs = i * 50;
      const frame = takeFrame(pool, i, { timestampMs: i * 1000 });
      await collector.observe(seen(frame));
      frame.release();
    }
    expect(learner.scenes).toHaveLength(3);
  });

  it('leaves out places that may still be labelled', async () => {
    const learner = new ScriptedLearner();
    learner.auto = true;
    const collector = new BackgroundCollector({ learner, everyMs: 0, now: null });
    const base = { class: 'person', score: 1, by: 'base' } as const;
    const learned = { class: 'cone', score: 1, by: 'learned' } as const;
    await collector.observe(seen(takeFrame(createPool()), [base, null, learned]));
    expect(learner.scenes[0]).toMatchObject({
      ...{ boxes: [], exhaustive: false },
      ignore: [
        [1, 1, 2, 2],
        [2, 2, 3, 3],
      ],
    });
  });

  it('includes parts of objects of base classes, which are never sampled', async () => {
    const learner = new ScriptedLearner();
    learner.auto = true;
    const collector = new BackgroundCollector({ learner, everyMs: 0, now: null });
    const person = { recognition: { class: 'person', score: 1, by: 'base' }, baseShare: 1 };
    const table = { recognition: { class: 'dining table', score: 1, by: 'base' }, baseShare: 1 };
    const tracks = [
      { ...person, confirmed: true, box: [0, 0, 10, 40] },
      { recognition: null, confirmed: true, box: [2, 0, 8, 6] },
      { recognition: null, confirmed: true, box: [6, 20, 16, 30] },
      { ...table, confirmed: true, box: [40, 0, 60, 20] },
      { recognition: null, confirmed: true, box: [45, 5, 50, 10] },
      { ...person, confirmed: false, box: [70, 0, 80, 40] },
      { recognition: null, confirmed: true, box: [72, 0, 78, 6] },
    ];
    const frame = takeFrame(createPool());
    const picture = { sourceWidth: 640, sourceHeight: 480 };
    Object.assign(frame, picture);
    await collector.observe({ frame, tracks } as unknown as DiscoveredFrame);
    // A head within a person is no place of its own; objects that stick out, lie on a table or lie
    // within an uncertain box are.
    expect(learner.scenes[0]?.ignore).toEqual([
      [6, 20, 16, 30],
      [45, 5, 50, 10],
      [72, 0, 78, 6],
    ]);
  });

  it('returns its evidence once, and holds out what lies in the strip', async () => {
    const learner = new ScriptedLearner();
    learner.auto = true;
    const collector = new BackgroundCollector({ learner, everyMs: 1, now: null });
    const pool = createPool(1);
    for (let i = 0; i < 10; i++) {
      const frame = takeFrame(pool, i);
      await collector.observe(seen(frame));
      frame.release();
    }
    expect(collector.heldOut).toHaveLength(2);
    expect(collector.heldOut.every(({ label }) => label === null)).toBe(true);
    const { negatives, background, backgroundWeight } = collector.take();
    expect(negatives.map(({ id }) => id)).toEqual(
      [1, 2, 3, 4, 6, 7, 8, 9].map((number) => `n${number}`),
    );
    expect(background).toHaveLength(8 * 4);
    expect([background[0], background.at(-1), backgroundWeight]).toEqual([3, 10, 4]);
    expect(collector.take()).toMatchObject({ negatives: [], background: new Float32Array(0) });
    expect(collector.heldOut).toHaveLength(2);
  });

  it('keeps held-out background of every camera', async () => {
    const learner = new ScriptedLearner();
    learner.auto = true;
    const collector = new BackgroundCollector({ learner, everyMs: 1, now: null });
    const pool = createPool(1);
    for (let i = 0; i < 1200; i++) {
      const frame = takeFrame(pool, i);
      // The quiet camera's scenes come first, among them one that is held out.
      await collector.observe(seen(Object.assign(frame, { camera: i < 5 ? 'quiet' : 'busy' })));
      frame.release();
    }
    const sources = collector.heldOut.map(({ source }) => source);
    expect(sources).toHaveLength(200);
    expect(sources.filter((source) => source === 'quiet')).toHaveLength(1);
  });

  it('keeps a bounded number, the newest', async () => {
    const learner = new ScriptedLearner();
    learner.auto = true;
    const collector = new BackgroundCollector({ learner, everyMs: 1, now: null });
    const pool = createPool(1);
    for (let i = 0; i < 1200; i++) {
      const frame = takeFrame(pool, i);
      await collector.observe(seen(frame));
      frame.release();
    }
    expect(collector.heldOut).toHaveLength(200);
    const { negatives, background } = collector.take();
    expect(negatives).toHaveLength(100);
    expect(negatives.at(-1)?.id).toBe('n1199');
    expect(background).toHaveLength(8 * 4);
  });

  it('skips and counts scenes while two are in flight or where the learner fails', async () => {
    const learner = new ScriptedLearner();
    const collector = new BackgroundCollector({ learner, everyMs: 1, now: null });
    const pool = createPool(3);
    const frames = [0, 1, 2].map((index) => takeFrame(pool, index));
    const observations = frames.map((frame) => collector.observe(seen(frame)));
    for (const frame of frames) frame.release();
    expect(learner.scenes).toHaveLength(2);
    expect(collector.skipped).toBe(1);
    expect(pool.inUse).toBe(2);
    learner.fail();
    learner.answer();
    await Promise.all(observations);
    await settle();
    expect(collector.skipped).toBe(2);
    expect(pool.inUse).toBe(0);
    expect(collector.take().negatives).toHaveLength(1);
  });
});
