import { concatMap, firstValueFrom, from, Subject, take, toArray } from 'rxjs';
import { Detector } from '../../../../operators/detect/detector.ts';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { leaveOutStill } from '../../../../operators/detect/motion/leave-out-still.ts';
import { observe } from '../../../../operators/detect/observe.ts';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { createSource } from '../../../../operators/ingest/sources/create-source.ts';
import { benchmarkFlags, finish, median, numberOf, videoIn } from '../rig/benchmark.ts';
import { compareTracks } from './compare-tracks.ts';

// What the detection of frames without motion is worth: every frame of each recording is detected,
// and tracked with and without those that `detect.motion: on` leaves out.
//   node --import tsx pipeline/laboratory/benchmarks/cameras/motion.bench.ts [--data DIR] [--fps 5]
//     [--min-fps 1] [--size 320] [--seconds 60] [--report FILE]
// Without --data: the simulated world, in which something moves all the time.
const flags = benchmarkFlags({
  fps: { type: 'string', default: '5' },
  'min-fps': { type: 'string', default: '1' },
  size: { type: 'string', default: '320' },
  seconds: { type: 'string', default: '60' },
});
const fps = numberOf(flags.fps);
const minFps = numberOf(flags['min-fps']);
const viewSize = numberOf(flags.size);
const framesMax = flags.smoke ? 6 : Math.round(fps * numberOf(flags.seconds));
const recordings = ['vtest.avi', 'box.mp4', 'cup.mp4', 'bottle-detection.mp4', 'car-detection.mp4'];
const { data } = flags;

/** A frame of a recording with what is in it. */
interface SeenFrame {
  readonly timestampMs: number;
  readonly observations: readonly Observation[];
  /** Whether the motion gate passes it. */
  readonly passes: boolean;
}

/** The motion gate, one frame at a time. */
class Gate {
  readonly timesMs: number[] = [];
  readonly #frames = new Subject<Frame>();
  #passes = false;

  constructor() {
    this.#frames.pipe(leaveOutStill({ minFps, onDrop: () => undefined })).subscribe({
      next: (frame) => {
        this.#passes = true;
        frame.release();
      },
      error: (error: unknown) => console.error(error),
    });
  }

  passes(frame: Frame): boolean {
    this.#passes = false;
    frame.retain();
    const startedMs = performance.now();
    this.#frames.next(frame);
    this.timesMs.push(performance.now() - startedMs);
    return this.#passes;
  }
}

async function measure(detector: Detector, name: string) {
  const gate = new Gate();
  const source = createSource(videoIn(data, name) ?? 'world', { fps });
  const context = { camera: name, pool: new SharedFramePool(2), viewSize, pace: 'demand' } as const;
  const seen = await firstValueFrom(
    source.open({ ...context, onEvent: () => undefined }).pipe(
      take(framesMax),
      concatMap((frame) => {
        const passes = gate.passes(frame);
        return from(seeFrame(detector, frame, passes));
      }),
      toArray(),
    ),
  );
  const passed = seen.filter(({ passes }) => passes).length;
  return {
    recording: name,
    frames: seen.length,
    leftOut: (seen.length - passed) / seen.length,
    gateMs: median(gate.timesMs),
    ...compareTracks(seen, emptyHead()),
  };
}

async function seeFrame(detector: Detector, frame: Frame, passes: boolean): Promise<SeenFrame> {
  const { peaks } = await detector.detect(frame);
  const observations = observe(peaks, frame, detector.describe.baseClasses);
  const { timestampMs } = frame;
  frame.release();
  return { timestampMs, observations, passes };
}

const detector = await Detector.start({ viewSize });
const rows = [];
for (const name of data === undefined ? ['world'] : recordings) {
  rows.push(await measure(detector, name));
}
await detector.close();
finish(
  flags,
  { benchmark: 'motion', fps, minFps, size: viewSize, rows },
  rows.map(({ recording, gateMs }) => ({
    what: `${recording}: ms per frame of the motion gate`,
    value: gateMs,
    atMost: 0.2,
  })),
);
