import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DetectionClaim } from '../../../operators/detect/detection-claim.ts';
import { Detector } from '../../../operators/detect/detector.ts';
import {
  denseLatentLength,
  cropEmbeddingLength,
  cropSize,
} from '../../../operators/detect/engines/engine.ts';
import { startDetectors } from '../../../operators/detect/start-detectors.ts';
import { spawnWorker } from '../../../operators/foundation/threads/spawn-worker.ts';
import { drawEmojiScene } from './emoji-scene.ts';

const viewSize = 160;
const flat = { weights: new Float32Array(denseLatentLength), bias: 0 };

let view: Uint8Array;
beforeAll(async () => {
  const scene = await drawEmojiScene(viewSize);
  view = new Uint8Array(new SharedArrayBuffer(scene.length));
  view.set(scene);
});

function start(): Promise<Detector> {
  return Detector.start({ engine: 'onnx', threads: 1, viewSize, maxPeaks: 10 });
}

it('is as good as one where several detect at once', async () => {
  const layout = [1, 1];
  const setup = { engine: 'onnx', viewSize, maxPeaks: 10 } as const;
  const pool = await startDetectors(setup, layout, { onNotice: () => undefined });
  const one = await start();
  try {
    expect(pool.parallel).toBe(2);
    await Promise.all([pool.setHead(4, flat), one.setHead(4, flat)]);
    const own = await one.detect({ view, viewSize });
    const all = await Promise.all([1, 2, 3, 4].map(() => pool.detect({ view, viewSize })));
    for (const { peaks, headVersion } of all) {
      expect(headVersion).toBe(4);
      expect(peaks).toEqual(own.peaks);
    }
  } finally {
    await Promise.all([pool.close(), one.close()]);
  }
});

describe('a detector', () => {
  let detector: Detector;
  beforeAll(async () => {
    detector = await start();
  });
  afterAll(() => detector.close());

  it('describes its engine', () => {
    expect(detector.describe).toMatchObject({ name: 'onnx' });
    expect(detector.describe.reason).toMatch(/^engine onnx \((cpu, 1 thread|cuda)\): onnxruntime/);
    expect(detector.describe.baseClasses).toHaveLength(80);
  });

  it('finds peaks in a shared view, which the caller keeps', async () => {
    const { peaks, detectMs } = await detector.detect({ view, viewSize });
    expect(peaks.count).toBe(10);
    expect(peaks.latents).toHaveLength(10 * denseLatentLength);
    expect(detectMs).toBeGreaterThan(0);
    expect(view).toHaveLength(viewSize * viewSize * 3);
  });

  it('answers in order, and installs a head between two frames', async () => {
    const versions: number[] = [];
    const frames = Array.from({ length: 6 }, async () => {
      const { headVersion, peaks } = await detector.detect({ view, viewSize });
      versions.push(headVersion);
      // Version 4 has an objectness of 1 everywhere, so a result mixes no two heads.
      expect(peaks.objectness[0] === 1).toBe(headVersion === 4);
    });
    const installed = detector.setHead(4, { ...flat, bias: 2 });
    await Promise.all(frames);
    await installed;
    // Two frames are in the worker already; the head overtakes the others.
    expect(versions).toEqual([0, 0, 4, 4, 4, 4]);
    await detector.setHead(5, flat);
    expect((await detector.detect({ view, viewSize })).headVersion).toBe(5);
  });

  it('passes over a frame that was withdrawn before its turn', async () => {
    const [first, second, third] = [0, 1, 2].map(() => new DetectionClaim());
    const running = detector.detect({ view, viewSize }, first!);
    const waiting = detector.detect({ view, viewSize }, second!);
    expect(second!.withdraw()).toBe(true);
    const newer = detector.detect({ view, viewSize }, third!);
    expect(await running).toMatchObject({ peaks: { count: 10 } });
    expect(await waiting).toBeNull();
    expect(await newer).toMatchObject({ peaks: { count: 10 } });
    expect([first, second, third].map((claim) => claim!.withdraw())).toEqual([false, false, false]);
  });

  it('keeps the old head when a new one is invalid', async () => {
    await detector.setHead(6, flat);
    const short = { weights: new Float32Array(3), bias: 0 };
    await expect(detector.setHead(7, short)).rejects.toMatchObject({ code: 'failed' });
    await expect(detector.setHead(8, { ...flat, bias: NaN })).rejects.toThrow('finite');
    expect((await detector.detect({ view, viewSize })).headVersion).toBe(6);
  });

  it('rejects only the frame that fails', async () => {
    const outcomes = await Promise.allSettled([
      detector.detect({ view, viewSize }),
      detector.detect({ view: view.subarray(1), viewSize }),
      detector.detect({ view, viewSize }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { name: 'EngineError', code: 'failed' } });
  });

  it('embeds crops and returns whole maps', async () => {
    const crops = new Uint8Array(2 * cropSize * cropSize * 3).fill(80);
    expect(await detector.embedCrops(crops, new Float32Array(4), 2)).toHaveLength(
      2 * cropEmbeddingLength,
    );
    const maps = await detector.dense(view, viewSize);
    expect(maps.latents).toHaveLength(40 * 40 * denseLatentLength);
  });

  it('measures the engine alone over given views', async () => {
    const { frames, fps } = await detector.bench([{ view, viewSize }], 0.1);
    expect(frames).toBeGreaterThan(0);
    expect(fps).toBeGreaterThan(0);
  });

  it('refuses calls beyond the limit of its queue', async () => {
    const calls = Array.from({ length: 260 }, () =>
      detector.embedCrops(new Uint8Array(0), new Float32Array(0), 0),
    );
    const outcomes = await Promise.allSettled(calls);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } });
  });
});

describe('closing a detector', () => {
  it('answers the calls in the worker, rejects those that wait, and refuses later ones', async () => {
    const detector = await start();
    const calls = Array.from({ length: 4 }, () => detector.detect({ view, viewSize }));
    const outcomes = Promise.allSettled(calls);
    await detector.close();
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    await expect(detector.detect({ view, viewSize })).rejects.toMatchObject({ code: 'closed' });
    await detector.close();
  });
});

it('a view size that is no multiple of 32 fails the start', async () => {
  await expect(Detector.start({ engine: 'onnx', threads: 1, viewSize: 100 })).rejects.toMatchObject(
    {
      name: 'EngineError',
      message: expect.stringContaining('multiple of 32'),
    },
  );
});

it('a detector whose worker dies rejects every call, made and later ones', async () => {
  let worker: Worker | undefined;
  const detector = await Detector.start(
    { engine: 'onnx', threads: 1, viewSize },
    (...args) => (worker = spawnWorker(...args)),
  );
  const calls = Array.from({ length: 5 }, () => detector.detect({ view, viewSize }));
  const outcomes = Promise.allSettled(calls);
  await worker?.terminate();
  const died = { status: 'rejected', reason: { name: 'EngineError', code: 'died' } };
  expect((await outcomes).slice(2)).toMatchObject([died, died, died]);
  await expect(detector.detect({ view, viewSize })).rejects.toMatchObject({ code: 'died' });
  await detector.close();
});
