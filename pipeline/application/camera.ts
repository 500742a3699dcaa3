import {
  defer,
  finalize,
  ReplaySubject,
  Subject,
  takeUntil,
  takeWhile,
  tap,
  type Observable,
} from 'rxjs';
import { detect } from '../../operators/detect/detect.ts';
import type { DetectedFrame } from '../../operators/detect/detected-frame.ts';
import type { Detector } from '../../operators/detect/detector.ts';
import type { Head } from '../../operators/detect/heads/head.ts';
import { discover } from '../../operators/discover/discover.ts';
import type { Discoverer } from '../../operators/discover/discoverer.ts';
import type { DiscoveredFrame } from '../../operators/discover/unknown.ts';
import type { Frame } from '../../operators/ingest/frames/frame.ts';
import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { ingest } from '../../operators/ingest/ingest.ts';
import { SharedFramePool } from '../../operators/ingest/frames/shared-frame-pool.ts';
import type {
  DropReason,
  Source,
  SourceContext,
  SourceEvent,
} from '../../operators/ingest/source.ts';
import type { Learner } from '../../operators/learn/learner.ts';
import { FrameMeter } from '../../operators/measure/frame-meter.ts';
import { CropScheduler } from '../../operators/track/crop-scheduler.ts';
import type { Track } from '../../operators/track/track.ts';
import { trackAndEmbed } from '../../operators/track/track-and-embed.ts';
import { Tracker } from '../../operators/track/tracker.ts';
import type { CameraMetrics } from '../../sinks/events.ts';
import type { CameraConfig, Config } from '../configuration/config.ts';
import { describeOpening, type CameraEvent } from './camera-event.ts';
import { embedCrop } from './pictures/embed-crop.ts';
import type { Pacing } from './pacing.ts';
import { RecentFrames } from './pictures/recent-frames.ts';
import { closerLooks, type CloserLooksParts } from './supervision/closer-looks.ts';
import { holdWhilePaused } from './supervision/hold-while-paused.ts';
import { stillMsOf, thinFrames, type ThinFramesParts } from './supervision/thin-frames.ts';

export interface CameraParts extends Pick<SourceContext, 'viewSize' | 'viewSizes$'> {
  readonly name: string;
  readonly config: CameraConfig;
  readonly source: Source;
  readonly seeing: CloserLooksParts['seeing'] & ThinFramesParts['seeing'];
  readonly track: Config['track'] & { readonly firstId?: number };
  readonly detector: Pick<Detector, 'detect' | 'describe' | 'parallel'>;
  readonly learner: Pick<Learner, 'embedCrops' | 'cropSize'>;
  readonly discoverer: Discoverer;
  readonly headOf: (version: number) => Head;
  readonly pacing: Pick<Pacing, 'inStep' | 'clock'>;
  /** Frames kept for labels that name a recent one; 0 keeps none. */
  readonly recentFrames: number;
  /** Whether a live camera is to leave out every second frame by now. Default: never. */
  readonly givesWay?: () => boolean;
  /** Most frames to capture. Default: no limit. */
  readonly framesMax?: number;
}

/** Time between two reports of a camera that stays lost, in ms. */
export const stillLostEveryMs = 3_600_000;

/** Slots at pace `demand`: being detected, following, in tracking, being captured. */
export const demandSlots = 4;

/**
 * One camera: ingest → detect → track (with crop embeddings) → discover, and its metrics.
 *
 * `frames()` is the graph; its subscriber releases every frame that it receives.
 */
export class Camera {
  readonly name: string;
  /** Name of its coordinate frame, for robots. */
  readonly frameId: string;
  readonly detectorId: string;
  readonly meter = new FrameMeter();
  readonly recent: RecentFrames;
  state: CameraMetrics['state'] = 'starting';
  /** The newest frame's tracks, for labels that name one. */
  tracks: readonly Track[] = [];
  readonly #parts: CameraParts;
  readonly #pool: SharedFramePool;
  readonly #events = new Subject<CameraEvent>();
  // Replayed: a camera may be stopped before its graph is subscribed.
  readonly #stop = new ReplaySubject<void>(1);
  readonly #capturedAt = new WeakMap<Frame, number>();
  #detectedCount = 0;
  #isStopped = false;
  #lostSaidMs = -Infinity;
  #resume: (() => void) | null = null;
  #unpaused: Promise<void> | null = null;

  constructor(parts: CameraParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.detectorId = parts.detector.describe.sight.detector;
    this.frameId = parts.config.frameId ?? parts.name;
    this.recent = new RecentFrames(parts.recentFrames);
    this.#pool = new SharedFramePool(this.#slots() + parts.recentFrames);
  }

  /** State changes and progress, while the graph runs; completes with it. */
  get events$(): Observable<CameraEvent> {
    return this.#events.asObservable();
  }

  /** Bytes of frame memory. */
  get poolBytes(): number {
    return this.#pool.bytes;
  }

  /** Ends the graph: it completes, and the source's processes and timers end. */
  stop(): void {
    this.#isStopped = true;
    this.#unpause();
    this.#stop.next();
  }

  /** Suspends a demand-paced camera; a live one drops its frames meanwhile, counted as `paused`. */
  pause(): void {
    if (this.#resume !== null || this.state === 'ended' || this.state === 'failed') return;
    this.#unpaused = new Promise((resolve) => {
      this.#resume = resolve;
    });
    this.#enter('paused', 'paused');
  }

  resume(): void {
    if (this.#resume === null) return;
    this.#unpause();
    this.#enter('running', 'resumed');
  }

  frames(): Observable<DiscoveredFrame> {
    const { discoverer, learner, track, seeing } = this.#parts;
    return defer(() => {
      // Without crop embeddings, tracks are recognised by their peaks.
      const [cropRequired, stillMs] = [track.looksPerFrame > 0, stillMsOf(this.#pace, seeing)];
      const tracker = new Tracker({ ...track, cropRequired, stillMs });
      return this.#detections().pipe(
        trackAndEmbed(
          () => tracker,
          () =>
            new CropScheduler({
              cropEveryMs: track.lookEveryMs,
              cropsPerFrame: track.looksPerFrame,
            }),
          (frame, track) => embedCrop(learner, frame, track),
          {
            embedding: this.#pace === 'demand' ? 'inline' : 'background',
            onFailed: (error) => this.#events.next({ type: 'crop-failed', error }),
          },
        ),
        tap(({ tracks }) => {
          this.tracks = tracks;
        }),
        discover(() => discoverer),
        tap({
          complete: () => {
            this.#advise();
            this.#enter('ended', 'the source ended');
          },
          error: (error: unknown) => this.#enter('failed', messageOf(error)),
        }),
        finalize(() => {
          this.recent.clear();
          this.#events.complete();
        }),
      );
    });
  }

  get #pace(): 'live' | 'demand' {
    return this.#parts.config.pace;
  }

  get #nowMs(): number {
    return this.#parts.pacing.clock.nowMs();
  }

  #slots(): number {
    const { pacing, config, detector } = this.#parts;
    if (config.pace === 'live') return Math.max(config.poolFrames, detector.parallel + 2);
    return pacing.inStep ? 1 : demandSlots + detector.parallel - 1;
  }

  #detections(): Observable<DetectedFrame> {
    const { detector, headOf, seeing } = this.#parts;
    const [pace, nowMs] = [this.#pace, (): number => this.#nowMs];
    const shared = { ...this.#parts, pace, nowMs };
    return this.#captured().pipe(
      holdWhilePaused({
        pace,
        unpaused: () => this.#unpaused,
        onDrop: () => this.#dropped('paused', 1),
      }),
      thinFrames({ ...shared, onDrop: (why) => this.#dropped(why, 1) }),
      detect(detector, {
        pace,
        minObjectness: seeing.minObjectness,
        maxOverlap: seeing.maxOverlap,
        headOf,
        onDrop: (reason) => this.#dropped(reason, 1),
        nowMs,
      }),
      tap((detected) => this.#detected(detected)),
      closerLooks({
        ...shared,
        tracks: () => this.tracks,
        onTile: (tile) => this.meter.update({ type: 'tile', ...tile }, nowMs()),
      }),
    );
  }

  #captured(): Observable<Frame> {
    const { source, viewSize, viewSizes$, framesMax = Infinity } = this.#parts;
    const onEvent = (event: SourceEvent): void => this.#onSourceEvent(event);
    const context = { camera: this.name, pool: this.#pool, pace: this.#pace, onEvent };
    return ingest(source, { ...context, viewSize, viewSizes$ }).pipe(
      tap((frame) => {
        this.#capturedAt.set(frame, this.#nowMs);
        this.meter.update({ type: 'captured' }, this.#nowMs);
        this.#events.next({ type: 'captured' });
        this.#enter('running', 'frames come in');
      }),
      takeWhile(({ index }) => index + 1 < framesMax, true),
      takeUntil(this.#stop),
    );
  }

  #detected(detected: DetectedFrame): void {
    const { frame, detectMs } = detected;
    const nowMs = this.#nowMs;
    const latencyMs = nowMs - (this.#capturedAt.get(frame) ?? nowMs);
    this.meter.update({ type: 'detected', latencyMs, detectMs }, nowMs);
    this.recent.push(frame);
    this.#detectedCount++;
    this.#events.next({ type: 'detected', headVersion: detected.head.version });
  }

  #onSourceEvent(event: SourceEvent): void {
    switch (event.type) {
      case 'opened':
        this.#enter('running', describeOpening(event));
        break;
      case 'lost':
        this.#lose(
          `${event.reason}; attempt ${event.attempt} in ${(event.retryInMs / 1000).toFixed(1)} s`,
        );
        break;
      case 'unchanged':
        this.#events.next(event);
        break;
      case 'notice':
        this.#events.next({ type: 'advice', camera: this.name, text: event.text });
        break;
      case 'dropped':
        this.meter.update({ type: 'captured', count: event.count }, this.#nowMs);
        this.#dropped(event.reason, event.count);
        break;
    }
  }

  #dropped(reason: DropReason, count: number): void {
    this.meter.update({ type: 'dropped', reason, count }, this.#nowMs);
  }

  /** An outage is reported once, and then rarely, however often the camera is tried. */
  #lose(detail: string): void {
    const nowMs = this.#nowMs;
    if (this.state === 'lost' && nowMs - this.#lostSaidMs < stillLostEveryMs) return;
    this.#lostSaidMs = nowMs;
    this.#enter('lost', detail, true);
  }

  #advise(): void {
    const [minHits, seen] = [this.#parts.track.minHits, this.#detectedCount];
    if (this.#isStopped || seen === 0 || seen >= minHits) return;
    const text = `${seen} of the source's frames were seen, and an object needs ${minHits} to be named: set track.minHits to ${seen}, or loop the source`;
    this.#events.next({ type: 'advice', camera: this.name, text });
  }

  /** Enters a state and says so; `again`: also where it is in that state already. */
  #enter(next: CameraMetrics['state'], detail: string, again = false): void {
    // A paused camera that is lost and found again is still paused.
    const state = next === 'running' && this.#resume !== null ? 'paused' : next;
    if (this.state === state && !again) return;
    this.state = state;
    this.#events.next({ type: 'state', camera: this.name, state, detail });
  }

  #unpause(): void {
    this.#resume?.();
    this.#resume = null;
    this.#unpaused = null;
  }
}
