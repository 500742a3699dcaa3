import type { Detector, DetectorFrame } from '../../../operators/detect/detector.ts';
import type { Questions } from '../../../operators/discover/questions.ts';
import type { DiscoveredFrame } from '../../../operators/discover/unknown.ts';
import { squareOf } from '../../../operators/ingest/frames/view-plan.ts';
import { canvasOf } from '../../../operators/ingest/frames/view-size.ts';
import type { FrameMetrics } from '../../../operators/measure/frame-meter.ts';
import type { CappedMemory } from '../../../operators/remember/capped-memory.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import { headHash } from '../../../operators/swap/store/head-hash.ts';
import type { CameraMetrics, MetricsMessage } from '../../../sinks/events.ts';
import type { Camera } from '../camera.ts';
import type { LiveSize } from '../sizing/live-size.ts';
import type { ModelMeter } from './model-meter.ts';
import { ProcessMeter } from './process-meter.ts';
import type { RunReport } from './run-report.ts';

export interface RunMeterParts {
  readonly memory: CappedMemory;
  readonly clusters: { readonly questions: Pick<Questions, 'asked' | 'withdrawn'> };
  readonly heads: HeadHistory;
  readonly modelMeter: Pick<ModelMeter, 'swaps' | 'refused' | 'verdicts' | 'labelToLiveMs'>;
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly detector: Pick<Detector, 'describe'>;
  readonly size: Pick<LiveSize, 'viewSize'>;
  readonly strategy: string;
}

/** Views kept for the engine comparison: enough for a few seconds. */
const viewsKept = 100;

/** Counts what a run does, for its metrics messages and its report. */
export class RunMeter {
  readonly views: DetectorFrame[] = [];
  memoryPeak = 0;
  evicted = 0;
  /** Labels, dismissals, undos and changes of classes that were carried out. */
  labelCommands = 0;
  readonly #parts: RunMeterParts;
  readonly #startedMs = performance.now();
  readonly #process = new ProcessMeter(performance.now());
  readonly #detections = new Map<string, number>();
  /** Number of distinct tracks per class. */
  readonly #tracks = new Map<string, number>();
  /** Classes that each live track has had, by camera and track id; removed when a track ends. */
  readonly #names = new Map<string, Map<number, Set<string>>>();
  #firstFrameMs: number | null = null;
  #lastFrameMs = 0;

  constructor(parts: RunMeterParts) {
    this.#parts = parts;
  }

  /** Counts a frame at the end of the graph; keeps copies of the first views where `keepViews`. */
  count(discovered: DiscoveredFrame, keepViews: boolean): void {
    const { frame, tracks, ended } = discovered;
    this.#lastFrameMs = performance.now();
    if (keepViews && this.views.length < viewsKept) {
      // V8 does not count shared memory: 30 MB of views would trigger garbage collection often.
      const view = new Uint8Array(new SharedArrayBuffer(frame.view.length));
      view.set(frame.view);
      this.views.push({ view, viewSize: frame.viewSize });
    }
    for (const { id, recognition: name, missed, confirmed } of tracks) {
      if (!confirmed || missed > 0 || name === null) continue;
      this.#detections.set(name.class, (this.#detections.get(name.class) ?? 0) + 1);
      this.#named(frame.camera, id, name.class);
    }
    for (const id of ended) this.#names.get(frame.camera)?.delete(id);
    this.remembered(0);
  }

  /** Notes that a frame was captured: the run's time starts with the first one. */
  started(): void {
    this.#firstFrameMs ??= performance.now();
  }

  /** Counts samples that were evicted, and updates the peak of the memory. */
  remembered(evicted: number): void {
    this.evicted += evicted;
    this.memoryPeak = Math.max(this.memoryPeak, this.#parts.memory.bytes);
  }

  /** Live tracks whose classes are remembered. */
  get tracksHeld(): number {
    return sum([...this.#names.values()], ({ size }) => size);
  }

  message(): MetricsMessage {
    const { memory, clusters, heads, modelMeter, detector, size, strategy } = this.#parts;
    const { asked, withdrawn } = clusters.questions;
    const { width, height } = canvasOf(squareOf(size.viewSize));
    const nowMs = performance.now();
    const labelled = new Map<string, number>();
    let unlabelled = 0;
    for (const { label } of memory.values()) {
      if (label === null) unlabelled++;
      else if (label.kind === 'class' && label.class !== null) {
        labelled.set(label.class, (labelled.get(label.class) ?? 0) + 1);
      }
    }
    const classes = new Set([...labelled.keys(), ...heads.active.classes]);
    return {
      type: 'metrics',
      timestampMs: Date.now(),
      uptimeMs: Math.round(nowMs - this.#startedMs),
      cameras: [...this.#parts.cameras.values()].map((camera) =>
        cameraMetrics(camera, camera.meter.report(nowMs)),
      ),
      memory: {
        bytes: memory.bytes,
        bytesMax: memory.bytesMax,
        samples: memory.size,
        unlabelled,
        evicted: this.evicted,
      },
      questions: { asked, withdrawn },
      model: {
        headVersion: heads.active.version,
        classes: heads.active.classes,
        strategy,
        engine: detector.describe.reason,
        ...detector.describe.sight,
        view: [width, height],
        swaps: modelMeter.swaps,
        refused: modelMeter.refused,
      },
      process: this.#process.read(nowMs),
      perClass: [...classes].map((name) => ({
        class: name,
        labelled: labelled.get(name) ?? 0,
        heldOutRecall: modelMeter.verdicts.find((verdict) => verdict.class === name)?.after ?? null,
        detections: this.#detections.get(name) ?? 0,
      })),
    };
  }

  report(engineFps: number | null): RunReport {
    const { memory, heads, modelMeter, detector, cameras, clusters } = this.#parts;
    const all = [...cameras.values()].map((camera) => camera.meter.report(performance.now()));
    const dropped: Record<string, number> = {};
    for (const metrics of all) {
      for (const [reason, count] of Object.entries(metrics.dropped)) {
        dropped[reason] = (dropped[reason] ?? 0) + count;
      }
    }
    const detected = sum(all, (metrics) => metrics.detected);
    const durationMs = Math.max(0, this.#lastFrameMs - (this.#firstFrameMs ?? this.#lastFrameMs));
    return {
      captured: sum(all, (metrics) => metrics.captured),
      detected,
      dropped,
      durationMs,
      fps: durationMs > 0 ? (1000 * detected) / durationMs : 0,
      engine: detector.describe.reason,
      engineFps,
      latencyMs: worst(all, (metrics) => metrics.overall.latencyMs),
      detectMs: worst(all, (metrics) => metrics.overall.detectMs),
      headVersion: heads.active.version,
      headHash: headHash(heads.active),
      learnedClasses: heads.active.classes,
      questions: { asked: clusters.questions.asked, withdrawn: clusters.questions.withdrawn },
      labelCommands: this.labelCommands,
      swaps: modelMeter.swaps,
      refused: modelMeter.refused,
      labelToLiveMs: modelMeter.labelToLiveMs,
      tracks: Object.fromEntries(this.#tracks),
      memoryBytes: memory.bytes,
      memoryBytesMax: memory.bytesMax,
      memoryBytesPeak: this.memoryPeak,
      rssBytes: this.#process.summary(),
    };
  }

  /** Counts a track once for each class that it has had. */
  #named(camera: string, id: number, name: string): void {
    let live = this.#names.get(camera);
    if (live === undefined) this.#names.set(camera, (live = new Map<number, Set<string>>()));
    const names = live.get(id);
    if (names?.has(name) === true) return;
    if (names === undefined) live.set(id, new Set([name]));
    else names.add(name);
    this.#tracks.set(name, (this.#tracks.get(name) ?? 0) + 1);
  }
}

function cameraMetrics(camera: Camera, metrics: FrameMetrics): CameraMetrics {
  const { captured, detected, dropped, captureFps, detectFps, latencyMs, detectMs } = metrics;
  const { durations, tiles } = metrics;
  return {
    camera: camera.name,
    state: camera.state,
    captured,
    detected,
    dropped,
    captureFps,
    detectFps,
    latencyMs,
    detectMs,
    durations,
    tracks: camera.tracks.length,
    ...(tiles === null ? {} : { tiles }),
  };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

/** The latency of the slowest camera stands for the run. */
function worst(
  all: readonly FrameMetrics[],
  of: (metrics: FrameMetrics) => { readonly p50: number; readonly p99: number },
): { p50: number; p99: number } {
  return {
    p50: Math.max(0, ...all.map((metrics) => of(metrics).p50)),
    p99: Math.max(0, ...all.map((metrics) => of(metrics).p99)),
  };
}
