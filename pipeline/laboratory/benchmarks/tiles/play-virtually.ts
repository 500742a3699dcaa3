import { viewOf } from '../../../../operators/ingest/frames/view-plan.ts';
import { merge, Subject, tap, type Observable } from 'rxjs';
import { detect } from '../../../../operators/detect/detect.ts';
import type { Detector } from '../../../../operators/detect/detector.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { ViewMaker } from '../../../../operators/ingest/pictures/view-maker.ts';
import { track, type Track, type TrackedFrame } from '../../../../operators/track/track.ts';
import { Tracker } from '../../../../operators/track/tracker.ts';
import { closerLooks } from '../../../application/supervision/closer-looks.ts';
import type { Footage } from './footage.ts';
import { PlayedRun } from './played-run.ts';
import { VirtualDetector } from './virtual-detector.ts';

export interface PlayVirtuallyOptions {
  readonly tiles: 'off' | 'auto';
  /** Time of one detection, of a whole view and of a tile, in ms. */
  readonly detectMs: number;
  /** Cameras that show the same, one after another within the time of a frame. */
  readonly cameras: number;
  readonly settledSeconds: number;
}

const head = emptyHead();

/** Plays footage on cameras of a {@link VirtualDetector}; the first camera's frames are scored. */
export async function playVirtually(
  detector: Pick<Detector, 'detect' | 'describe'>,
  footage: Footage,
  options: PlayVirtuallyOptions,
): Promise<PlayedRun> {
  const { cameras: count, detectMs, settledSeconds, tiles } = options;
  const virtual = new VirtualDetector(detector, detectMs);
  const played = new PlayedRun(footage, settledSeconds);
  const parts = { virtual, footage, played, tiles };
  const cameras = Array.from({ length: count }, (_, i) => new VirtualCamera(i, parts));
  const running = merge(...cameras.map((camera) => camera.run$)).subscribe({
    error: (error: unknown) => console.error(error),
  });
  for (let index = 0; index < footage.frames; index++) {
    for (const [i, camera] of cameras.entries()) {
      await virtual.advanceTo(((index + i / count) * 1000) / footage.fps);
      camera.capture(index);
    }
  }
  await virtual.advanceTo(virtual.nowMs + 1000);
  running.unsubscribe();
  return played;
}

interface VirtualCameraParts {
  readonly virtual: VirtualDetector;
  readonly footage: Footage;
  readonly played: PlayedRun;
  readonly tiles: 'off' | 'auto';
}

class VirtualCamera {
  readonly run$: Observable<unknown>;
  readonly #number: number;
  readonly #virtual: VirtualDetector;
  readonly #footage: Footage;
  readonly #frames = new Subject<Frame>();
  readonly #pool = new SharedFramePool(6);
  readonly #views = new ViewMaker();
  #tracks: readonly Track[] = [];

  constructor(number: number, { virtual, footage, played, tiles }: VirtualCameraParts) {
    this.#number = number;
    this.#virtual = virtual;
    this.#footage = footage;
    const nowMs = (): number => virtual.nowMs;
    this.run$ = this.#frames.pipe(
      detect(virtual, { pace: 'live', headOf: () => head, onDrop: () => undefined, nowMs }),
      closerLooks({
        pace: 'live',
        detector: virtual,
        seeing: { tiles, minObjectness: 0.1, maxOverlap: 0.6 },
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

  capture(index: number): void {
    const { width, height } = this.#footage;
    const viewSize = viewOf(this.#virtual.describe.viewSize, width, height);
    const slot = this.#pool.tryAcquire(width, height, viewSize);
    if (slot === null) throw new Error('no slot is free');
    this.#footage.fill(index, slot.full);
    this.#views.run(slot.full, width, height, viewSize, slot.view);
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
