import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DetectedFrame } from '../../../operators/detect/detected-frame.ts';
import { detect, type DetectOptions } from '../../../operators/detect/detect.ts';
import { EngineError } from '../../../operators/detect/engines/engine-error.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { FakeDetector, makeFrame, type TestFrame } from './fake-detector.ts';

let detector: FakeDetector;
let frames: TestFrame[];
let source: Subject<Frame>;
let emitted: DetectedFrame[];
let dropped: string[];
let outcome: unknown;

function run(options: Partial<DetectOptions>) {
  return source
    .pipe(
      detect(detector, {
        pace: 'live',
        headOf: (version) => ({ ...emptyHead(), version }),
        onDrop: (reason) => dropped.push(reason),
        ...options,
      }),
    )
    .subscribe({
      next: (detected) => emitted.push(detected),
      error: (error: unknown) => (outcome = error),
      complete: () => (outcome = 'complete'),
    });
}

function push(...indices: number[]): void {
  for (const index of indices) source.next((frames[index] ??= makeFrame(index)));
}

const indices = () => emitted.map(({ frame }) => frame.index);
const released = () => frames.filter((frame) => frame.released > 0).map(({ index }) => index);

beforeEach(() => {
  detector = new FakeDetector();
  frames = [];
  source = new Subject();
  emitted = [];
  dropped = [];
  outcome = undefined;
});

describe('detect', () => {
  it('emits each frame with its observations, head and engine time', async () => {
    run({});
    push(0);
    await detector.answer(0, 12);
    expect(emitted).toHaveLength(1);
    expect(emitted[0]).toMatchObject({
      observations: [{ box: [20, 10, 40, 20], objectness: 0.5, baseClass: 'person' }],
      head: { version: 12 },
      detectMs: 3,
    });
    expect(emitted[0]?.frame).toBe(frames[0]);
    expect(released()).toEqual([]);
  });

  it('emits in frame order when the detector answers out of order', async () => {
    run({ pace: 'demand' });
    push(0, 1);
    await detector.answer(1);
    expect(indices()).toEqual([]);
    await detector.answer(0);
    expect(indices()).toEqual([0, 1]);
  });

  it.each([1, 2] as const)('keeps at most %i frames in the detector at once', async (inFlight) => {
    run({ pace: 'demand', inFlight });
    push(0, 1, 2);
    expect(detector.received).toHaveLength(inFlight);
    await detector.answer(0);
    expect(detector.received).toHaveLength(inFlight + 1);
  });

  it('live: keeps only the newest frame waiting, and releases and counts the replaced ones', async () => {
    run({ pace: 'live', inFlight: 1 });
    push(0, 1, 2, 3);
    expect(dropped).toEqual(['stale', 'stale']);
    expect(released()).toEqual([1, 2]);
    await detector.answer(0);
    await detector.answer(3);
    expect(indices()).toEqual([0, 3]);
    expect(released()).toEqual([1, 2]);
  });

  it('live: replaces a frame that waits in the detector by a newer one', async () => {
    run({ pace: 'live' });
    push(0, 1, 2, 3);
    expect(detector.received).toEqual([0, 1, 2, 3]);
    expect(dropped).toEqual(['stale', 'stale']);
    // Its pixels may be overwritten before the detector has passed over it.
    expect(released()).toEqual([1, 2]);
    await detector.answer(0);
    expect(indices()).toEqual([0]);
    push(4, 5);
    await detector.answer(3);
    expect(indices()).toEqual([0, 3]);
    await detector.answer(5);
    expect(indices()).toEqual([0, 3, 5]);
    expect(dropped).toEqual(['stale', 'stale', 'stale']);
    expect(frames.map((frame) => frame.released)).toEqual([0, 1, 1, 0, 1, 0]);
  });

  it('live: withdraws the frame that waits in the detector on unsubscribe', async () => {
    const subscription = run({ pace: 'live' });
    push(0, 1);
    subscription.unsubscribe();
    expect(released()).toEqual([0, 1]);
    await detector.answer(0);
    run({ pace: 'live' });
    push(2);
    await detector.answer(2);
    expect(indices()).toEqual([2]);
  });

  it('demand: drops nothing', async () => {
    run({ pace: 'demand', inFlight: 2 });
    push(0, 1, 2, 3, 4);
    for (let index = 0; index < 5; index++) await detector.answer(index);
    expect(indices()).toEqual([0, 1, 2, 3, 4]);
    expect(dropped).toEqual([]);
  });

  it('releases and counts a frame on which the engine fails, and continues', async () => {
    run({ pace: 'demand' });
    push(0, 1, 2);
    await detector.fail(0, new EngineError('failed', 'bad bytes'));
    await detector.answer(1);
    await detector.answer(2);
    expect(indices()).toEqual([1, 2]);
    expect(dropped).toEqual(['corrupt']);
    expect(released()).toEqual([0]);
    expect(outcome).toBeUndefined();
  });

  it.each(['died', 'closed', 'bad-model'] as const)(
    'errors and releases all frames once the detector can do nothing for them (%s)',
    async (code) => {
      run({ pace: 'demand' });
      push(0, 1, 2);
      const error = new EngineError(code, 'gone');
      await detector.fail(0, error);
      expect(outcome).toBe(error);
      expect(dropped).toEqual(['shutdown', 'shutdown', 'shutdown']);
      expect(released()).toEqual([0, 1, 2]);
    },
  );

  it('errors on an unknown head version', async () => {
    run({
      headOf: (version): Head => {
        throw new Error(`no head ${version}`);
      },
    });
    push(0, 1);
    await detector.answer(0, 9);
    expect(outcome).toMatchObject({ message: 'no head 9' });
    expect(released()).toEqual([0, 1]);
  });

  it('completes after the detector has answered the last frame', async () => {
    run({ pace: 'demand', inFlight: 1 });
    push(0, 1);
    source.complete();
    await detector.answer(0);
    expect(outcome).toBeUndefined();
    await detector.answer(1);
    expect(outcome).toBe('complete');
    expect(indices()).toEqual([0, 1]);
  });

  it('completes when the last frame fails', async () => {
    run({});
    push(0);
    source.complete();
    await detector.fail(0, new EngineError('failed', 'bad bytes'));
    expect(outcome).toBe('complete');
  });

  it('releases every frame it holds exactly once on unsubscribe', async () => {
    const subscription = run({ pace: 'demand', inFlight: 2 });
    push(0, 1, 2, 3);
    await detector.answer(1);
    subscription.unsubscribe();
    expect(released()).toEqual([0, 1, 2, 3]);
    expect(dropped).toEqual(['shutdown', 'shutdown', 'shutdown', 'shutdown']);
    await detector.answer(0);
    expect(emitted).toEqual([]);
    expect(frames.map((frame) => frame.released)).toEqual([1, 1, 1, 1]);
  });

  it('releases the frames it holds when downstream unsubscribes within a burst', async () => {
    const subscription = run({ pace: 'demand' });
    push(0, 1, 2);
    await detector.answer(1);
    emitted.push = (detected) => {
      subscription.unsubscribe();
      return Array.prototype.push.call(emitted, detected);
    };
    await detector.answer(0);
    expect(indices()).toEqual([0]);
    expect(released()).toEqual([1, 2]);
  });

  it('keeps captured = detected + dropped at every moment', async () => {
    const subscription = run({ pace: 'live' });
    push(0, 1, 2, 3, 4);
    await detector.answer(0);
    push(5, 6);
    await detector.fail(1, new Error('torn'));
    subscription.unsubscribe();
    expect(emitted.length + dropped.length).toBe(7);
  });
});
