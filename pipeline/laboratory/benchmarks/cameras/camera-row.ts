import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { merge, tap } from 'rxjs';
import type { DetectorFrame } from '../../../../operators/detect/detector.ts';
import { layoutOf, startDetectors } from '../../../../operators/detect/start-detectors.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import type { Source } from '../../../../operators/ingest/source.ts';
import type { MetricsMessage } from '../../../../sinks/events.ts';
import type { ConfigInput } from '../../../configuration/config.ts';
import { watch } from '../../../application/watch.ts';
import { median, quantile } from '../rig/benchmark.ts';

export interface CameraRowOptions {
  /** Makes the cameras anew, for each time that they are opened. */
  readonly cameras: () => Readonly<Record<string, Source>>;
  /** Views for the bare engine. */
  readonly views: readonly DetectorFrame[];
  readonly detect: NonNullable<ConfigInput['detect']> & { readonly size: number };
  /** Threads of the detector for each frame. */
  readonly threads: number;
  /** Frames that are detected at once. */
  readonly workers: number;
  readonly seconds: number;
  /** Seconds of the bare engine. */
  readonly engineSeconds: number;
  /** Seconds after the first frame whose frames do not count. */
  readonly warmUpSeconds: number;
}

/** What a number of cameras gets of one detector. */
export interface CameraRow {
  /** Frames per second of the bare engine while the same cameras are captured, and nothing else. */
  readonly capacityFps: number;
  /** Captured frames per second over all cameras. */
  readonly offeredFps: number;
  readonly detectedFps: number;
  /** detected ÷ min(offered, capacity). */
  readonly share: number;
  /** Time of one detection in ms: of the bare engine, and of the engine within the run. */
  readonly detectorMs: number;
  readonly detectorMsInRun: number;
  /** From capture to publication, in ms. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** p99 in detections, of the time that one takes within the run and of the bare engine's. */
  readonly p99Detections: number;
  readonly p99BareDetections: number;
  readonly perCameraFps: { readonly min: number; readonly max: number };
  /** Detections of the camera with the fewest ÷ those of the one with the most. */
  readonly fairness: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** Share of the time in which the main thread was busy. */
  readonly mainBusy: number;
}

/** What {@link runCameras} measures. */
export type CameraRun = Awaited<ReturnType<typeof runCameras>>;

/** A run beside the capacity of the bare engine before and after it. */
export function cameraRow(
  run: CameraRun,
  engineFps: readonly [number, number],
  workers: number,
): CameraRow {
  const capacityFps = (engineFps[0] + engineFps[1]) / 2;
  const detectorMs = (workers * 1000) / capacityFps;
  return {
    capacityFps,
    ...run,
    share: run.detectedFps / Math.min(run.offeredFps, capacityFps),
    detectorMs,
    p99Detections: run.latencyMs.p99 / run.detectorMsInRun,
    p99BareDetections: run.latencyMs.p99 / detectorMs,
  };
}

/** The engine alone, while the cameras are captured and their frames thrown away. */
export async function bareEngineFps(options: CameraRowOptions): Promise<number> {
  const { cameras, views, detect, threads, workers, engineSeconds } = options;
  const viewsOfSize = { viewSize: { shape: 'own', side: detect.size } } as const;
  const onNotice = (line: string): void => console.error(line);
  const detector = await startDetectors(viewsOfSize, layoutOf(threads * workers, workers), {
    onNotice,
  });
  const { viewSize } = detector.describe;
  const onEvent = (): void => undefined;
  const captured = Object.entries(cameras()).map(([camera, source]) =>
    source.open({ camera, pool: new SharedFramePool(2), viewSize, pace: 'live', onEvent }),
  );
  const capturing = merge(...captured).subscribe({
    next: (frame) => frame.release(),
    error: (error: unknown) => console.error(error),
  });
  try {
    await detector.bench(views, Math.min(1, engineSeconds));
    return (await detector.bench(views, engineSeconds)).fps;
  } finally {
    capturing.unsubscribe();
    await detector.close();
  }
}

/** Notes when each frame of a camera was captured. */
function timed(name: string, source: Source, capturedAt: Map<string, number>): Source {
  return {
    ...source,
    open: (context) =>
      source
        .open(context)
        .pipe(tap(({ index }) => capturedAt.set(`${name} ${index}`, performance.now()))),
  };
}

/** Runs cameras through the whole program. */
export async function runCameras({
  cameras,
  detect,
  threads,
  workers,
  seconds,
  warmUpSeconds,
}: CameraRowOptions) {
  const capturedAt = new Map<string, number>();
  const sources = Object.fromEntries(
    Object.entries(cameras()).map(([name, source]) => [name, timed(name, source, capturedAt)]),
  );
  const run = await watch(
    {
      cameras: Object.fromEntries(
        Object.keys(sources).map((name) => [name, { source: `custom:${name}` }]),
      ),
      detect: { ...detect, threads: threads * workers, workers },
      dashboard: { enabled: false },
      log: { level: 'error' },
    },
    { sources },
  );
  const latenciesMs: number[] = [];
  const metrics: MetricsMessage[] = [];
  let isWarm = false;
  run.events$.subscribe({
    next: (event) => {
      if (event.type === 'metrics') metrics.push(event);
      if (event.type !== 'detections' || !isWarm) return;
      const key = `${event.camera} ${event.frame}`;
      latenciesMs.push(performance.now() - capturedAt.get(key)!);
      capturedAt.delete(key);
    },
    error: (error: unknown) => console.error(error),
  });
  await delay(1000 * warmUpSeconds);
  isWarm = true;
  const [first, loop] = [metrics.length, performance.eventLoopUtilization()];
  await delay(1000 * seconds);
  const mainBusy = performance.eventLoopUtilization(loop).utilization;
  isWarm = false;
  const last = metrics.length - 1;
  await run.stop();
  return { ...between(metrics[first], metrics[last]), ...latency(latenciesMs), mainBusy };
}

/** The frames between two readings of the counters. */
function between(from: MetricsMessage | undefined, to: MetricsMessage | undefined) {
  if (from === undefined || to === undefined || from === to) throw new Error('no metrics came');
  const seconds = (to.uptimeMs - from.uptimeMs) / 1000;
  const cameras = to.cameras.map((after, i) => {
    const before = from.cameras[i]!;
    const detected = after.detected - before.detected;
    return {
      captured: after.captured - before.captured,
      detected,
      detectMs: after.durations.detect.sumMs - before.durations.detect.sumMs,
      dropped: Object.entries(after.dropped).map(
        ([reason, count]) => [reason, count - (before.dropped[reason] ?? 0)] as const,
      ),
    };
  });
  const sum = (of: (camera: (typeof cameras)[number]) => number): number =>
    cameras.reduce((total, camera) => total + of(camera), 0);
  const dropped: Record<string, number> = {};
  for (const [reason, count] of cameras.flatMap((camera) => camera.dropped)) {
    dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  const counts = cameras.map(({ detected }) => detected);
  const [min, max] = [Math.min(...counts), Math.max(...counts)];
  return {
    offeredFps: sum(({ captured }) => captured) / seconds,
    detectedFps: sum(({ detected }) => detected) / seconds,
    detectorMsInRun: sum(({ detectMs }) => detectMs) / sum(({ detected }) => detected),
    perCameraFps: { min: min / seconds, max: max / seconds },
    fairness: min / max,
    dropped,
  };
}

function latency(valuesMs: readonly number[]) {
  const [p95, p99] = [quantile(valuesMs, 0.95), quantile(valuesMs, 0.99)];
  return { latencyMs: { p50: median(valuesMs), p95, p99 } };
}
