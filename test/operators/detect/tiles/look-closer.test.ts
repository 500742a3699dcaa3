import { Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DetectedFrame } from '../../../../operators/detect/detected-frame.ts';
import { type DetectionClaim, takeClaim } from '../../../../operators/detect/detection-claim.ts';
import { DetectionTurns } from '../../../../operators/detect/detection-turns.ts';
import type { Detection } from '../../../../operators/detect/detector-messages.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { lookCloser, type TileOutcome } from '../../../../operators/detect/tiles/look-closer.ts';
import { FakeDetector, makeFrame, type TestFrame } from '../fake-detector.ts';
import { makePeaks } from '../make-peaks.ts';

/** A detector whose calls end when the test says so. */
class TileDetector {
  readonly parallel = 1;
  readonly describe = new FakeDetector().describe;
  readonly calls: {
    claim: DetectionClaim;
    resolve: (d: Detection | null) => void;
    reject: (e: unknown) => void;
  }[] = [];
  detect(frame: object): Promise<Detection>;
  detect(frame: object, claim: DetectionClaim | null): Promise<Detection | null>;
  detect(_: object, claim: DetectionClaim | null = null): Promise<Detection | null> {
    return new Promise((resolve, reject) => this.calls.push({ claim: claim!, resolve, reject }));
  }
  /** Takes the oldest call, as the worker does, and answers it. */
  async answer(box: readonly [number, number, number, number] = [20, 30, 60, 70]): Promise<void> {
    const { claim, resolve } = this.calls.shift()!;
    const peaks = makePeaks([{ box, objectness: 0.8, baseScore: 0.8 }]);
    resolve(takeClaim(claim.cell) ? { peaks, headVersion: 0, detectMs: 10 } : null);
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('closer looks', () => {
  let detector: TileDetector;
  let nowMs: number;
  let isBusy: boolean;
  let outcomes: TileOutcome[];
  let frames: Subject<DetectedFrame>;
  let emitted: DetectedFrame[];

  beforeEach(() => {
    detector = new TileDetector();
    [nowMs, isBusy, outcomes, emitted, frames] = [0, false, [], [], new Subject()];
  });

  const operator = () =>
    lookCloser(detector, {
      isBusy: () => isBusy,
      nowMs: () => nowMs,
      onTile: (outcome) => outcomes.push(outcome),
    });
  /** A frame whose picture is half as large as its source, and twice as large as its view. */
  const large = (index: number, side = 200): DetectedFrame & { frame: TestFrame } => {
    const pixels = { full: new Uint8Array(side * side * 3), view: new Uint8Array(100 * 100 * 3) };
    const size = { sourceWidth: 400, sourceHeight: 400, width: side, height: side };
    const facts = { viewSize: 100, timestampMs: index * 1000 };
    const frame = Object.assign(makeFrame(index), { ...pixels, ...size, ...facts });
    let owners = 1;
    frame.retain = () => {
      owners++;
    };
    frame.release = () => {
      owners--;
      frame.released = owners === 0 ? 1 : 0;
    };
    return { frame, observations: [], head: emptyHead(), detectMs: 10 };
  };
  const stream = {};
  /** Notes a frame at the detector, detects it, and passes it on, as `detect` does. */
  const send = (frame: DetectedFrame, afterMs = 1000): DetectedFrame => {
    nowMs += afterMs;
    DetectionTurns.of(detector).arrivals.note(stream, nowMs);
    frames.next(frame);
    return frame;
  };
  const start = () => {
    const subscription = frames.pipe(operator()).subscribe((detected) => {
      emitted.push(detected);
      detected.frame.release();
    });
    // Some frames show how often they come.
    for (let index = 0; index < 8; index++) send(large(index, 100));
    emitted = [];
    return subscription;
  };

  it('begin once a frame has passed, and are known with the next one, in source pixels', async () => {
    start();
    const first = send(large(10));
    expect(emitted).toEqual([first]);
    expect(detector.calls).toHaveLength(1);
    await detector.answer();
    send(large(11));
    // The first tile is at the top left.
    const [look] = emitted[1]!.looks!;
    expect(look!.timestampMs).toBe(10_000);
    expect(look!.added.map(({ box, seenBy }) => [box, seenBy])).toEqual([
      [[40, 60, 120, 140], 'tile'],
    ]);
    expect(outcomes).toEqual([{ result: 'looked', found: 1 }]);
  });

  it('are one at a time, each tile of a frame once, as long as there is time', async () => {
    start();
    send(large(10));
    let looks = 0;
    for (; detector.calls.length > 0; looks++) {
      expect(detector.calls).toHaveLength(1);
      nowMs += 10;
      await detector.answer();
    }
    // Tiles of 100 pixels in a picture of 200, overlapping by a quarter.
    expect(looks).toBe(9);
  });

  it('stop where the next frame would come before they are done', async () => {
    start();
    send(large(10));
    nowMs += 600;
    await detector.answer();
    expect(detector.calls).toHaveLength(0);
  });

  it('are left out where frames come too fast, and where the processor is wanted', () => {
    start();
    isBusy = true;
    send(large(10));
    isBusy = false;
    for (let index = 11; index < 60; index++) send(large(index, 100), 15);
    for (let index = 60; index < 90; index++) send(large(index), 15);
    expect(detector.calls).toHaveLength(0);
  });

  it('are left out of pictures that the whole view shows as well', () => {
    start();
    send(large(10, 120));
    expect(detector.calls).toHaveLength(0);
  });

  it('are withdrawn for a frame that comes before they have begun', async () => {
    start();
    send(large(10));
    const turns = DetectionTurns.of(detector);
    const taken: string[] = [];
    turns.join({
      isReady: () => taken.length === 0,
      take: (done) => {
        taken.push('frame');
        done();
      },
    });
    turns.fill();
    expect(taken).toEqual(['frame']);
    await detector.answer();
    expect(outcomes).toEqual([{ result: 'withdrawn', found: 0 }]);
    // The next look is at the same tile, the first one.
    await detector.answer();
    expect(outcomes[1]!.result).toBe('looked');
    send(large(11));
    expect(emitted[1]!.looks![0]!.area.slice(0, 2)).toEqual([0, 0]);
  });

  it('are left out and counted where a frame was done before them', async () => {
    start();
    send(large(10));
    send(large(11), 15);
    await detector.answer();
    expect(outcomes[0]).toEqual({ result: 'withdrawn', found: 0 });
    send(large(12));
    expect(emitted[1]!.looks).toBeUndefined();
  });

  it('are taken again, of the newer frame, where a frame was done before them', async () => {
    start();
    send(large(10));
    send(large(11), 15);
    await detector.answer();
    await detector.answer();
    expect(outcomes.map(({ result }) => result)).toEqual(['withdrawn', 'looked']);
    send(large(12));
    const [look] = emitted[2]!.looks!;
    expect([look!.timestampMs, ...look!.area.slice(0, 2)]).toEqual([11_000, 0, 0]);
  });

  it('that fail are counted, and the frames go on', async () => {
    start();
    send(large(10));
    detector.calls.shift()!.reject(new Error('no'));
    await settled();
    expect(outcomes).toEqual([{ result: 'failed', found: 0 }]);
    send(large(11));
    expect(emitted).toHaveLength(2);
  });

  it('hold one frame of a stream at most, and none once it is left', async () => {
    const subscription = start();
    const [first, second] = [large(10), large(11)];
    send(first);
    await detector.answer();
    expect(first.frame.released).toBe(0);
    send(second);
    expect([first.frame.released, second.frame.released]).toEqual([1, 0]);
    subscription.unsubscribe();
    expect(second.frame.released).toBe(1);
    expect(DetectionTurns.of(detector).isIdle).toBe(false);
    await detector.answer();
    expect(DetectionTurns.of(detector).isIdle).toBe(true);
    expect(detector.calls).toHaveLength(0);
  });

  it('in marbles: frames pass at once, errors and completion too', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable, expectSubscriptions }) => {
        const [a, b] = [large(0, 100), large(1, 100)];
        const input = cold<DetectedFrame>('a-b-#', { a, b });
        expectObservable(input.pipe(operator())).toBe('a-b-#', { a, b });
        expectSubscriptions(input.subscriptions).toBe('^---!');
        const left = cold<DetectedFrame>('a-b-', { a, b });
        expectObservable(left.pipe(operator()), '-!').toBe('a-', { a });
        expectSubscriptions(left.subscriptions).toBe('^!');
        for (const marbles of ['-', '|', '--|', '#', '--#']) {
          expectObservable(cold<DetectedFrame>(marbles).pipe(operator())).toBe(marbles);
        }
      },
    );
  });
});
