import { interval, map, Subject, take, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { detect } from '../../../operators/detect/detect.ts';
import { DetectorPool, type PooledDetector } from '../../../operators/detect/detector-pool.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { FakeDetector, makeFrame } from './fake-detector.ts';
import { RandomCameras } from './random-cameras.ts';
import { SerialDetector } from './serial-detector.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const options = { headOf: () => emptyHead(), onDrop: () => undefined } as const;

/** A pool of workers that take the same time, or one of them. */
function detectorOf(workers: number, detectMs: number): SerialDetector | DetectorPool {
  if (workers === 1) return new SerialDetector(detectMs);
  const worker = (): PooledDetector => {
    const facts = { parallel: 1, state: 'running', detail: '' };
    return Object.assign(new SerialDetector(detectMs), facts) as unknown as PooledDetector;
  };
  return new DetectorPool(Array.from({ length: workers }, worker));
}

/** Runs cameras for `ms`; the latencies of their frames in ms, and drops by reason. */
async function runCameras(
  count: number,
  { everyMs, detectMs, workers }: Record<string, number>,
  ms = 20_000,
) {
  const detector = detectorOf(workers!, detectMs!);
  const latencies = Array.from({ length: count }, (): number[] => []);
  const dropped: Record<string, number> = {};
  const cameras = latencies.map((own, camera) => {
    const frames: Observable<Frame> = interval(everyMs).pipe(
      map((index) => ({ ...makeFrame(index), timestampMs: performance.now() })),
    );
    const pace = 'live';
    const onDrop = (reason: string) => (dropped[reason] = (dropped[reason] ?? 0) + 1);
    const started = vi.advanceTimersByTimeAsync(camera === 0 ? 0 : (everyMs! * 0.37) % 29);
    const run = frames.pipe(detect(detector, { ...options, pace, onDrop }));
    const subscription = run.subscribe(({ frame }) => {
      own.push(performance.now() - frame.timestampMs);
      frame.release();
    });
    return { started, subscription };
  });
  for (const { started } of cameras) await started;
  await vi.advanceTimersByTimeAsync(ms);
  for (const { subscription } of cameras) subscription.unsubscribe();
  return { latencies, dropped };
}

describe('cameras that share a detector', () => {
  it.each([
    { count: 4, everyMs: 60, detectMs: 22 },
    { count: 10, everyMs: 200, detectMs: 22 },
    { count: 10, everyMs: 100, detectMs: 22 },
    { count: 10, everyMs: 40, detectMs: 22 },
    { count: 10, everyMs: 60, detectMs: 22, workers: 2 },
    { count: 10, everyMs: 40, detectMs: 22, workers: 4 },
    { count: 1, everyMs: 30, detectMs: 100, workers: 2 },
    { count: 1, everyMs: 7, detectMs: 100, workers: 3 },
  ])(
    'see frames that are at most (cameras + 1) detections old under overload: $count every $everyMs ms',
    async ({ count, everyMs, detectMs, workers = 1 }) => {
      const rates = { everyMs, detectMs, workers };
      const { latencies, dropped } = await runCameras(count, rates);
      // No worker pauses.
      const capacity = (workers * 20_000) / detectMs;
      expect(latencies.flat().length).toBeGreaterThan(0.95 * capacity);
      // Fake timers are whole milliseconds.
      expect(Math.max(...latencies.flat())).toBeLessThanOrEqual((count + 1) * detectMs + 1);
      const counts = latencies.map((own) => own.length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
      // What a busy detector does not see is counted as stale; the rest was under way at the end.
      expect(Object.keys(dropped).toSorted()).toEqual(['shutdown', 'stale']);
      expect(dropped['shutdown']).toBeLessThanOrEqual(count + 1 + workers);
    },
  );

  it('take turns: a camera of many frames does not delay one of few', async () => {
    const detector = new FakeDetector();
    const [busy, calm] = [new Subject<Frame>(), new Subject<Frame>()];
    for (const source of [busy, calm]) {
      source
        .pipe(detect(detector, { ...options, pace: 'demand' }))
        .subscribe(({ frame }) => frame.release());
    }
    const frames = Array.from({ length: 6 }, (_, i) => makeFrame(i));
    frames.forEach((frame) => busy.next(frame));
    calm.next(makeFrame(100));
    expect(detector.received).toEqual([0, 1]);
    vi.useRealTimers();
    await detector.answer(0);
    expect(detector.received).toEqual([0, 1, 100]);
    await detector.answer(1);
    expect(detector.received).toEqual([0, 1, 100, 2]);
  });

  it('leave their turn to the others when they end or have no frame', async () => {
    const detector = new FakeDetector();
    const sources = Array.from({ length: 3 }, () => new Subject<Frame>());
    const runs = sources.map((source) =>
      source
        .pipe(detect(detector, { ...options, pace: 'live' }), take(10))
        .subscribe(({ frame }) => frame.release()),
    );
    vi.useRealTimers();
    sources.forEach((source, i) => source.next(makeFrame(10 * i)));
    expect(detector.received).toEqual([0, 10]);
    sources[0]!.next(makeFrame(1));
    runs[2]!.unsubscribe();
    await detector.answer(0);
    expect(detector.received).toEqual([0, 10, 1]);
    await detector.answer(10);
    sources[1]!.next(makeFrame(11));
    expect(detector.received).toEqual([0, 10, 1, 11]);
  });
});

describe('cameras that take pictures at any times', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);

  it.each(seeds)('have their newest one detected, in turns and in time: seed %i', async (seed) => {
    const cameras = new RandomCameras(seed);
    await cameras.run(300 * cameras.detectMs);
    const { begun, count, detectMs, latenciesMs } = cameras;
    expect(begun.length).toBeGreaterThan(10);
    for (const { index, newest } of begun) expect(index).toBe(newest);
    expect(Math.max(...latenciesMs)).toBeLessThanOrEqual((count + 1) * detectMs + 1);
    // No camera that waits sees more than one detection for each camera before its own.
    const turns = begun.map(({ camera }) => camera);
    for (const [at, { waiting }] of begun.entries()) {
      for (const camera of waiting) {
        const turn = turns.indexOf(camera, at);
        const before = turns.slice(at, turn < 0 ? undefined : turn);
        expect(before.length).toBeLessThanOrEqual(count);
      }
    }
  });
});
