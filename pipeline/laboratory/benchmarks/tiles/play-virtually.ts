import { merge, Subject, tap, type Observable } from 'rxjs';
import { detect } from '../../../../operators/detect/detect.ts';
import type { Detector } from '../../../../operators/detect/detector.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { ViewMaker } from '../../../../operators/ingest/pictures/view-maker.ts';
import { track, type Track, type TrackedFrame } from '../../../../operators/track/track.ts';
import { Tracker } from '../../../../operators/track/tracker.ts';
import { closerLooks } from '../../../application/closer-looks.ts';
import { PlayedRun } from './played-run.ts';
import { showScene, type SceneCameraOptions } from './scene-camera.ts';
import { VirtualDetector } from './virtual-detector.ts';
import type { WideScene } from './wide-scene.ts';

export interface PlayVirtuallyOptions extends Omit<SceneCameraOptions, 'onCapture'> {
  readonly tiles: 'off' | 'auto';
  /** Time of one detection, of a whole view and of a tile, in ms. */
  readonly detectMs: number;
  /** Cameras that show the same, one after another within the time of a frame. */
  readonly cameras: number;
  readonly settledSeconds: number;
}

const head = emptyHead();

/** Plays scenes on cameras of a {@link VirtualDetector}; the first camera's frames are scored. */
export async function playVirtually(
  detector: Pick<Detector, 'detect' | 'describe'>,
  scenes: readonly WideScene[],
  options: PlayVirtuallyOptions,
): Promise<PlayedRun> {
  const { fps, framesPerScene, cameras: count, detectMs, settledSeconds } = options;
  const virtual = new VirtualDetector(detector, detectMs);
  const played = new PlayedRun(scenes, options, settledSeconds);
  const cameras = Array.from({ length: count }, (_, i) => new VirtualCamera(i, virtual, played, options));
  const running = merge(...cameras.map((camera) => camera.run$)).subscribe({
    error: (error: unknown) => console.error(error),
  });
  for (let index = 0; index < scenes.length * framesPerScene; index++) {
    for (const [i, camera] of cameras.entries()) {
      await virtual.advanceTo(((index + i / count) * 1000) / fps);
      camera.capture(index, scenes[Math.floor(index / framesPerScene)]!);
    }
  }
  await virtual.advanceTo(virtual.nowMs + 1000);
  running.unsubscribe();
  return played;
}

class VirtualCamera {
  readonly run$: Observable<unknown>;
  readonly #number: number;
  readonly #virtual: VirtualDetector;
  readonly #options: PlayVirtuallyOptions;
  readonly #frames = new Subject<Frame>();
  readonly #pool = new SharedFramePool(6);
  readonly #views = new ViewMaker();
  #tracks: readonly Track[] = [];

  constructor(
    number: number,
    virtual: VirtualDetector,
    played: PlayedRun,
    options: PlayVirtuallyOptions,
  ) {
    this.#number = number;
    this.#virtual = virtual;
    this.#options = options;
    const nowMs = (): number => virtual.nowMs;
    this.run$ = this.#frames.pipe(
      detect(virtual, { pace: 'live', headOf: () => head, onDrop: () => undefined, nowMs }),
      closerLooks({
        pace: 'live',
        detector: virtual,
        seeing: { tiles: options.tiles, minObjectness: 0.1, maxOverlap: 0.6 },
        tracks: () => this.#tracks,
        onTile: ({ result, found }) => {
          played.tiles[result]++;
          played.tiles.found += found;
        },
        nowMs,
      }),
      track(() => new Tracker()),
      tap(({ tracks }) => (this.#tracks = tracks)),
      tap((tracked) => {
        if (number === 0) this.#score(tracked, played);
        else played.latenciesMs.push(nowMs() - tracked.frame.timestampMs);
        tracked.frame.release();
      }),
    );
  }

  capture(index: number, scene: WideScene): void {
    const { width, height } = this.#options;
    const { viewSize } = this.#virtual.describe;
    const slot = this.#pool.tryAcquire(width, height, viewSize);
    if (slot === null) throw new Error('no slot is free');
    showScene(slot, index, scene, { ...this.#options, views: this.#views, viewSize });
    this.#frames.next(
      slot.publish({
        camera: `wide${this.#number}`,
        index,
        timestampMs: this.#virtual.nowMs,
        timeBasis: 'media',
        sourceWidth: width,
        sourceHeight: height,
      }),
    );
  }

  /** As messages of detections show tracks. */
  #score({ frame, tracks }: TrackedFrame, played: PlayedRun): void {
    const sightings = tracks.flatMap(({ confirmed, missed, recognition, box, seenBy }) =>
      confirmed && missed === 0 && recognition !== null
        ? [{ ...recognition, box, ...(seenBy === undefined ? {} : { seenBy }) }]
        : [],
    );
    played.add(frame.index, sightings, this.#virtual.nowMs - frame.timestampMs);
  }
}
