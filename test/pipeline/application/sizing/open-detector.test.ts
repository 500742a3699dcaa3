import { describe, expect, it } from 'vitest';
import {
  canvasOf,
  viewBytes,
  type ViewSize,
} from '../../../../operators/ingest/frames/view-size.ts';
import { openDetector } from '../../../../pipeline/application/sizing/open-detector.ts';

type Times = (threads: number, side: number) => number;

/** Detectors whose time per frame is as `times` says, without passing any. */
function machine(times: Times) {
  const log: string[] = [];
  /** Sides at which a detector has run. */
  const warm: string[] = [];
  const workersOf: unknown[] = [];
  const start = (threads: number, viewSize: number, workers: unknown) => {
    log.push(`start ${threads}×${viewSize}`);
    workersOf.push(workers);
    return Promise.resolve({
      threads,
      parallel: 1,
      detect: (frame: { readonly view: Uint8Array; readonly viewSize: ViewSize }) => {
        const { width: side, height } = canvasOf(frame.viewSize);
        expect(frame.view.length).toBe(viewBytes(frame.viewSize));
        warm.push(`${threads}×${side}${height === side ? '' : `×${height}`}`);
        const detectMs = times(threads, side);
        if (Number.isNaN(detectMs)) return Promise.reject(new Error('broken'));
        return Promise.resolve({ peaks: null as never, headVersion: 0, detectMs });
      },
      close: () => {
        log.push(`close ${threads}`);
        return Promise.resolve();
      },
      describe: null as never,
    });
  };
  return { start, log, warm, workersOf };
}

const perPixel =
  (ns: number): Times =>
  (threads, side) =>
    (ns * side ** 2) / 1e6 / threads ** 0.8;
const auto = { size: 'auto', threads: 'auto', workers: 'auto', shape: 'square' } as const;
const wanted = { perCamera: [10, 10] };

describe('openDetector', () => {
  it('measures nothing where the size is given, or nothing is to be measured', async () => {
    const { start, log, workersOf } = machine(() => NaN);
    const detect = { ...auto, size: 448, shape: 'own' } as const;
    const given = await openDetector(start, { detect, wanted, cores: 4 });
    expect(given).toMatchObject({ side: 448, threads: 3, choice: null });
    const fixed = await openDetector(start, { detect: auto, wanted: null, cores: 1 });
    expect(fixed).toMatchObject({ side: 320, threads: 1, choice: null });
    expect(log).toEqual(['start 3×448', 'start 1×320']);
    // All threads work on one frame, unless the workers are given.
    await openDetector(start, { detect: { ...auto, workers: 2 }, wanted: null, cores: 4 });
    expect(workersOf).toEqual([1, 1, 2]);
  });

  it('takes all cores where frames wait for the detector, and nothing is measured', async () => {
    const { start, log, workersOf } = machine(() => NaN);
    const options = { wanted: null, atFullSpeed: true, cores: 4 };
    expect(await openDetector(start, { detect: auto, ...options })).toMatchObject({ threads: 4 });
    await openDetector(start, { detect: { ...auto, threads: 2 }, ...options });
    expect(log).toEqual(['start 4×320', 'start 2×320']);
    expect(workersOf).toEqual(['auto', 'auto']);
  });

  it('measures at least one thread for each worker that is given', async () => {
    const { start, log } = machine(perPixel(160));
    await openDetector(start, { detect: { ...auto, workers: 3 }, wanted, cores: 8 });
    await openDetector(start, { detect: { ...auto, workers: 3, threads: 2 }, wanted, cores: 8 });
    expect(log.filter((line) => line.startsWith('start'))).toEqual(['start 3×320', 'start 3×320']);
  });

  it('stays with one thread that holds the rate at the largest size', async () => {
    const { start, log } = machine(perPixel(60));
    const opened = await openDetector(start, { detect: auto, wanted, cores: 8 });
    expect(opened).toMatchObject({ side: 512, threads: 1, detector: { threads: 1 } });
    expect(log).toEqual(['start 1×320']);
  });

  it('tries more threads while they allow a larger size, and leaves one detector open', async () => {
    const { start, log } = machine(perPixel(160));
    const opened = await openDetector(start, { detect: auto, wanted, cores: 8 });
    expect(opened).toMatchObject({ side: 512, threads: 2, detector: { threads: 2 } });
    expect(log).toEqual(['start 1×320', 'close 1', 'start 2×320']);
  });

  it('goes back to fewer threads where more gain nothing', async () => {
    const { start, log } = machine((_, side) => (200 * side ** 2) / 1e6);
    const opened = await openDetector(start, { detect: auto, wanted, cores: 8 });
    expect(opened).toMatchObject({ threads: 1, detector: { threads: 1 } });
    expect(log.at(-1)).toBe('start 1×320');
    expect(log.filter((line) => line.startsWith('start')).length).toBe(3);
  });

  it('measures with the threads that are given alone', async () => {
    const { start, log } = machine(perPixel(200));
    const detect = { ...auto, threads: 4 } as const;
    await openDetector(start, { detect, wanted, cores: 8 });
    expect(log).toEqual(['start 4×320']);
  });

  it('has run at the chosen size before the first frame', async () => {
    for (const ns of [60, 160, 250, 400]) {
      const { start, log, warm } = machine(perPixel(ns));
      const { side, threads } = await openDetector(start, { detect: auto, wanted, cores: 8 });
      // In the session that stays open.
      const starts = log.filter((line) => line.startsWith(`start ${threads}×`)).length;
      expect(warm.at(-1), `${ns} ns a pixel, started ${starts} times`).toBe(`${threads}×${side}`);
    }
  });

  it('has run in the shape of most cameras, too, where views have the pictures’ own', async () => {
    const { start, warm } = machine(perPixel(60));
    const detect = { ...auto, shape: 'own' } as const;
    await openDetector(start, { detect, wanted, cores: 8 });
    expect(warm.slice(-2)).toEqual(['1×512', '1×672×384']);
  });

  it('leaves no detector open where measuring fails', async () => {
    const { start, log } = machine(() => NaN);
    await expect(openDetector(start, { detect: auto, wanted, cores: 2 })).rejects.toThrow('broken');
    expect(log).toEqual(['start 1×320', 'close 1']);
  });

  it('ends after the run in progress where its signal is aborted, and leaves none open', async () => {
    for (const atRun of [1, 3]) {
      const controller = new AbortController();
      const { start, log, warm } = machine((threads, side) => {
        if (warm.length === atRun) controller.abort(new Error('interrupted'));
        return perPixel(60)(threads, side);
      });
      const { signal } = controller;
      const opening = openDetector(start, { detect: auto, wanted, cores: 8, signal });
      await expect(opening).rejects.toThrow('interrupted');
      expect(warm).toHaveLength(atRun);
      expect(log).toEqual(['start 1×320', 'close 1']);
    }
    const { start, log } = machine(perPixel(60));
    const signal = AbortSignal.abort(new Error('interrupted'));
    const opening = openDetector(start, { detect: auto, wanted, cores: 8, signal });
    await expect(opening).rejects.toThrow('interrupted');
    expect(log).toEqual([]);
  });

  it('measures what several frames at once gain over one alone', async () => {
    const opened = async (slowdown: number) => {
      let running = 0;
      const start = (threads: number) =>
        Promise.resolve({
          parallel: threads,
          detect: async ({ viewSize }: { readonly viewSize: ViewSize }) => {
            running++;
            await Promise.resolve();
            const isAlone = running === 1;
            await Promise.resolve();
            running--;
            const ms = (160 * canvasOf(viewSize).width ** 2) / 1e6;
            const detectMs = isAlone ? ms : slowdown * ms;
            return { peaks: null as never, headVersion: 0, detectMs };
          },
          close: () => Promise.resolve(),
          describe: null as never,
        });
      return openDetector(start, { detect: { ...auto, threads: 2 }, wanted, cores: 4 });
    };
    expect((await opened(1)).gain).toBeCloseTo(2);
    expect((await opened(1.6)).gain).toBeCloseTo(1.25);
    expect((await opened(3)).gain).toBe(1);
  });

  it('waits with measuring until the machine is quiet', async () => {
    const { start, log } = machine(perPixel(60));
    let calm = (): void => undefined;
    const quiet = new Promise<void>((resolve) => (calm = resolve));
    const opening = openDetector(start, { detect: auto, wanted, quiet, cores: 2 });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(log).toEqual(['start 1×320']);
    calm();
    expect((await opening).side).toBe(512);
  });
});
