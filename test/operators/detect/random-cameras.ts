import { Subject } from 'rxjs';
import { vi } from 'vitest';
import { detect } from '../../../operators/detect/detect.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { lookCloser } from '../../../operators/detect/tiles/look-closer.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { makeFrame } from './fake-detector.ts';
import { SerialDetector } from './serial-detector.ts';

const options = { headOf: () => emptyHead(), onDrop: () => undefined } as const;

/** A picture with nine tiles. */
const pixels = {
  ...{ full: new Uint8Array(32 * 32 * 3), width: 32, height: 32 },
  ...{ view: new Uint8Array(16 * 16 * 3), viewSize: 16, sourceWidth: 32, sourceHeight: 32 },
};

/** Cameras that take pictures at random times, at rates of their own, of one detector. */
export class RandomCameras {
  readonly count: number;
  readonly detectMs: number;
  /** Number of the newest picture of each camera. */
  readonly newest: number[];
  /** The camera and picture of each detection, as it begins. */
  readonly begun: { camera: number; index: number; newest: number; waiting: number[] }[] = [];
  readonly latenciesMs: number[] = [];
  /** For each tile, as it begins: cameras with a picture that has not begun. */
  readonly tilesBegun: number[][] = [];
  readonly #tiles: boolean;
  readonly #random: () => number;
  readonly #detected: number[];

  /** `tiles`: whether idle time goes to tiles of the pictures. */
  constructor(seed: number, tiles = false) {
    this.#tiles = tiles;
    this.#random = seededRandom(seed);
    this.count = 1 + Math.floor(12 * this.#random());
    this.detectMs = 1 + Math.floor(60 * this.#random());
    this.newest = new Array<number>(this.count).fill(-1);
    this.#detected = new Array<number>(this.count).fill(-1);
  }

  async run(ms: number): Promise<void> {
    const detector = new SerialDetector(this.detectMs, (frame) => this.#begin(frame));
    const runs = this.newest.map((_, camera) => {
      const frames = new Subject<Frame>();
      this.#takePictures(camera, frames);
      const detected = frames.pipe(detect(detector, { ...options, pace: 'live' }));
      const looked = this.#tiles ? detected.pipe(lookCloser(detector)) : detected;
      return looked.subscribe(({ frame }) => {
        this.latenciesMs.push(performance.now() - frame.timestampMs);
        frame.release();
      });
    });
    await vi.advanceTimersByTimeAsync(ms);
    for (const run of runs) run.unsubscribe();
  }

  /**
   * Intervals from a third of a detection to three rounds of all cameras, some in bursts; with
   * tiles to twelve, so that there is time for them.
   */
  #takePictures(camera: number, frames: Subject<Frame>): void {
    const shortest = this.detectMs / 3;
    const roundsMax = this.#tiles ? 12 : 3;
    const usual = shortest + this.#random() * roundsMax * this.count * this.detectMs;
    const next = (): void => {
      const index = ++this.newest[camera]!;
      const facts = { camera: `${camera}`, timestampMs: performance.now() };
      frames.next({ ...makeFrame(index), ...pixels, ...facts });
      const isBurst = this.#random() < (this.#tiles ? 0.03 : 0.2);
      // Times that cannot be forecast leave no time for tiles.
      const spread = this.#tiles ? 0.1 : 1;
      const steady = usual * (1 + spread * (2 * this.#random() - 1));
      setTimeout(next, 1 + (isBurst ? shortest * this.#random() : steady));
    };
    setTimeout(next, usual * this.#random());
  }

  #begin({ camera: name, index }: Partial<Frame>): void {
    const waiting = this.newest.flatMap((newest, other) =>
      newest > this.#detected[other]! ? [other] : [],
    );
    if (index === undefined) {
      this.tilesBegun.push(waiting);
      return;
    }
    const camera = Number(name);
    this.#detected[camera] = index;
    this.begun.push({ camera, index, newest: this.newest[camera]!, waiting });
  }
}
