import { Observable, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DetectedFrame } from '../../../operators/detect/detected-frame.ts';
import { detect, type DetectOptions } from '../../../operators/detect/detect.ts';
import type { Detection } from '../../../operators/detect/detector-messages.ts';
import { EngineError } from '../../../operators/detect/engines/engine-error.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { makePeaks } from './make-peaks.ts';

interface TestFrame extends Frame {
  released: number;
}

function makeFrame(index: number): TestFrame {
  const frame: TestFrame = {
    camera: 'door',
    index,
    timestampMs: index * 40,
    sourceWidth: 200,
    sourceHeight: 100,
    full: new Uint8Array(0),
    width: 0,
    height: 0,
    view: new Uint8Array(0),
    viewSize: 100,
    released: 0,
    retain: () => undefined,
    release: () => {
      frame.released++;
    },
  };
  return frame;
}

/** A detector whose answers the test gives, in any order. */
class FakeDetector {
  readonly describe = {
    name: 'onnx' as const,
    provider: 'cpu',
    reason: '',
    baseClasses: ['person'],
  };
  readonly asked: number[] = [];
  readonly #calls = new Map<
    number,
    { resolve: (d: Detection) => void; reject: (e: unknown) => void }
  >();

  detect(frame: Pick<Frame, 'view' | 'viewSize'>): Promise<Detection> {
    const { index } = frame as Frame;
    this.asked.push(index);
    return new Promise((resolve, reject) => this.#calls.set(index, { resolve, reject }));
  }

  async answer(index: number, headVersion = 0): Promise<void> {
    const peaks = makePeaks([{ box: [10, 10, 20, 20], objectness: 0.5, baseScore: 0.5 }]);
    this.#calls.get(index)?.resolve({ peaks, headVersion, detectMs: 3 });
    await settled();
  }

  async fail(index: number, error: unknown): Promise<void> {
    this.#calls.get(index)?.reject(error);
    await settled();
  }
}

/** Lets promise callbacks run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

let detector: FakeDetector;
let frames: TestFrame[];
let source: Subject<Frame>;
let seen: DetectedFrame[];
let dropped: string[];
let outcome: unknown;

function run(options: Partial<DetectOptions>) {
  return source
    .pipe(
      detect(detector, {
        mode: 'live',
        headOf: (version) => ({ ...emptyHead(), version }),
        onDrop: (reason) => dropped.push(reason),
        ...options,
      }),
    )
    .subscribe({
      next: (detected) => seen.push(detected),
      error: (error: unknown) => (outcome = error),
      complete: () => (outcome = 'complete'),
    });
}

function push(...indices: number[]): void {
  for (const index of indices) source.next((frames[index] ??= makeFrame(index)));
}

const indices = () => seen.map(({ frame }) => frame.index);
const released = () => frames.filter((frame) => frame.released > 0).map(({ index }) => index);

beforeEach(() => {
  detector = new FakeDetector();
  frames = [];
  source = new Subject();
  seen = [];
  dropped = [];
  outcome = undefined;
});

describe('detect', () => {
  it('hands each frame on with its observations, its head and its time', async () => {
    run({});
    push(0);
    await detector.answer(0, 12);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      observations: [{ box: [20, 10, 40, 20], objectness: 0.5, baseClass: 'person' }],
      head: { version: 12 },
      detectMs: 3,
    });
    expect(seen[0]?.frame).toBe(frames[0]);
    expect(released()).toEqual([]);
  });

  it('emits in frame order although answers come out of order', async () => {
    run({ mode: 'demand' });
    push(0, 1);
    await detector.answer(1);
    expect(indices()).toEqual([]);
    await detector.answer(0);
    expect(indices()).toEqual([0, 1]);
  });

  it.each([1, 2] as const)(
    'has no more than %i frames in the detector at once',
    async (inFlight) => {
      run({ mode: 'demand', inFlight });
      push(0, 1, 2);
      expect(detector.asked).toHaveLength(inFlight);
      await detector.answer(0);
      expect(detector.asked).toHaveLength(inFlight + 1);
    },
  );

  it('live: lets only the newest frame wait, and releases and counts the ones it replaces', async () => {
    run({ mode: 'live', inFlight: 1 });
    push(0, 1, 2, 3);
    expect(dropped).toEqual(['stale', 'stale']);
    expect(released()).toEqual([1, 2]);
    await detector.answer(0);
    await detector.answer(3);
    expect(indices()).toEqual([0, 3]);
    expect(released()).toEqual([1, 2]);
  });

  it('demand: drops nothing', async () => {
    run({ mode: 'demand', inFlight: 2 });
    push(0, 1, 2, 3, 4);
    for (let index = 0; index < 5; index++) await detector.answer(index);
    expect(indices()).toEqual([0, 1, 2, 3, 4]);
    expect(dropped).toEqual([]);
  });

  it('releases and counts a frame on which the engine fails, and goes on', async () => {
    run({ mode: 'demand' });
    push(0, 1, 2);
    await detector.fail(0, new EngineError('failed', 'bad bytes'));
    await detector.answer(1);
    await detector.answer(2);
    expect(indices()).toEqual([1, 2]);
    expect(dropped).toEqual(['corrupt']);
    expect(released()).toEqual([0]);
    expect(outcome).toBeUndefined();
  });

  it.each(['died', 'closed'] as const)(
    'errors and lets go of all frames once the detector has %s',
    async (code) => {
      run({ mode: 'demand' });
      push(0, 1, 2);
      const error = new EngineError(code, 'gone');
      await detector.fail(0, error);
      expect(outcome).toBe(error);
      expect(dropped).toEqual(['shutdown', 'shutdown', 'shutdown']);
      expect(released()).toEqual([0, 1, 2]);
    },
  );

  it('errors on a head that nobody knows', async () => {
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

  it('completes after the last frame came out of the detector', async () => {
    run({ mode: 'demand', inFlight: 1 });
    push(0, 1);
    source.complete();
    await detector.answer(0);
    expect(outcome).toBeUndefined();
    await detector.answer(1);
    expect(outcome).toBe('complete');
    expect(indices()).toEqual([0, 1]);
  });

  it('completes although the last frame fails', async () => {
    run({});
    push(0);
    source.complete();
    await detector.fail(0, new EngineError('failed', 'bad bytes'));
    expect(outcome).toBe('complete');
  });

  it('releases every frame that it holds when it is unsubscribed from, once each', async () => {
    const subscription = run({ mode: 'demand', inFlight: 2 });
    push(0, 1, 2, 3);
    await detector.answer(1);
    subscription.unsubscribe();
    expect(released()).toEqual([0, 1, 2, 3]);
    expect(dropped).toEqual(['shutdown', 'shutdown', 'shutdown', 'shutdown']);
    await detector.answer(0);
    expect(seen).toEqual([]);
    expect(frames.map((frame) => frame.released)).toEqual([1, 1, 1, 1]);
  });

  it('releases what it holds when downstream stops in the middle of a burst', async () => {
    const subscription = run({ mode: 'demand' });
    push(0, 1, 2);
    await detector.answer(1);
    seen.push = (detected) => {
      subscription.unsubscribe();
      return Array.prototype.push.call(seen, detected);
    };
    await detector.answer(0);
    expect(indices()).toEqual([0]);
    expect(released()).toEqual([1, 2]);
  });

  it('keeps captured = detected + dropped at every moment', async () => {
    const subscription = run({ mode: 'live' });
    push(0, 1, 2, 3, 4);
    await detector.answer(0);
    push(5, 6);
    await detector.fail(1, new Error('torn'));
    subscription.unsubscribe();
    expect(seen.length + dropped.length).toBe(7);
  });
});

describe('detect, in marbles', () => {
  const marbles = () =>
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });
  const operator = () =>
    detect(detector, {
      mode: 'live',
      headOf: () => emptyHead(),
      onDrop: (why) => dropped.push(why),
    });

  it.each([
    ['never', '-', '-'],
    ['empty', '|', '|'],
    ['late and empty', '---|', '---|'],
    ['error', '#', '#'],
    ['late error', '--#', '--#'],
  ])('%s', (_, input, output) => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold<Frame>(input).pipe(operator())).toBe(output);
    });
  });

  it('passes an error on at once and lets go of the frames in the detector', () => {
    marbles().run(({ cold, expectObservable, flush }) => {
      const [a, b] = [makeFrame(0), makeFrame(1)];
      expectObservable(cold<Frame>('ab-#', { a, b }).pipe(operator())).toBe('---#');
      flush();
      expect([a.released, b.released]).toEqual([1, 1]);
      expect(dropped).toEqual(['shutdown', 'shutdown']);
    });
  });

  it('unsubscribes from its source when it is unsubscribed from', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const input = hot<Frame>('-----');
      expectObservable(input.pipe(operator()), '--!').toBe('---');
      expectSubscriptions(input.subscriptions).toBe('^-!');
    });
  });

  it('starts afresh for every subscription', async () => {
    const shared = new Observable<Frame>((subscriber) => subscriber.next(makeFrame(0))).pipe(
      operator(),
    );
    const first = shared.subscribe((detected) => seen.push(detected));
    const second = shared.subscribe((detected) => seen.push(detected));
    first.unsubscribe();
    await detector.answer(0);
    expect(seen).toHaveLength(1);
    second.unsubscribe();
  });
});
