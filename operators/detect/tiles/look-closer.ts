import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Box } from '../../foundation/geometry/box.ts';
import { freeBuffer } from '../../foundation/threads/free-buffer.ts';
import type { Frame } from '../../ingest/frames/frame.ts';
import { viewBytes } from '../../ingest/frames/view-size.ts';
import type { DetectedFrame, Look, Observation } from '../detected-frame.ts';
import type { DetectionClaim } from '../detection-claim.ts';
import type { Detector } from '../detector.ts';
import type { Peaks } from '../engines/engine.ts';
import { observe, type ObserveOptions } from '../observe.ts';
import { compareLook } from './compare-look.ts';
import { SpareTurns, type SpareTaker, type SpareWork } from './spare-turns.ts';
import { TileChoice, type Mark } from './tile-choice.ts';
import { cutTile, wholeArea, type Tile } from './tile-grid.ts';

/** What became of a tile. */
export interface TileOutcome {
  /**
   * `withdrawn`: the next frame came before it had begun, or was done before it. `failed`: the
   * engine failed on it.
   */
  readonly result: 'looked' | 'withdrawn' | 'failed';
  /** Objects that the whole view did not show. */
  readonly found: number;
}

export interface LookCloserOptions extends ObserveOptions {
  /** Places in the newest frame worth a look, after it has been processed. Default: none. */
  readonly marks?: () => readonly Mark[];
  /** Whether the processor is wanted for something else, such as learning. Default: never. */
  readonly isBusy?: () => boolean;
  /** Called for each tile. */
  readonly onTile?: (outcome: TileOutcome) => void;
  /** Clock by which frames are expected: that of `detect`. Default: `performance.now`. */
  readonly nowMs?: () => number;
}

type TileDetector = Pick<Detector, 'detect' | 'describe'> & { readonly parallel?: number };

/**
 * Detects tiles of the newest frame at the picture's full resolution while the detector would be
 * idle, and adds to each frame what the looks at the one before it showed.
 *
 * No frame waits for its own tiles: it is emitted at once, and they are nearly always known before
 * the next one of the stream, which is detected after them; a tile that is not is left out. Goes
 * behind `detect` with the same detector. For live streams: which tiles there is time for depends
 * on the machine.
 *
 * Keeps the newest frame until the next one, or the end. Bounded: `looksMax` looks per frame.
 */
export function lookCloser(
  detector: TileDetector,
  options: LookCloserOptions = {},
): MonoTypeOperatorFunction<DetectedFrame> {
  return (frames) =>
    new Observable((subscriber) => {
      const looker = new Looker(detector, options);
      subscriber.add(() => looker.leave());
      subscriber.add(
        frames.subscribe({
          next: (detected) => {
            const withLooks = looker.keep(detected);
            // The frame is processed before there is a look at it.
            subscriber.next(withLooks);
            looker.offer();
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}

/** Looks at one frame: further ones would hardly be done before the next frame. */
export const looksMax = 16;

/** The tiles of one stream. */
class Looker implements SpareTaker {
  readonly #detector: TileDetector;
  readonly #options: LookCloserOptions;
  readonly #spare: SpareTurns;
  readonly #nowMs: () => number;
  readonly #choice = new TileChoice();
  #newest: DetectedFrame | null = null;
  #looks: Look[] = [];
  #begun = 0;
  #hasTiles = false;
  #isClosed = false;

  constructor(detector: TileDetector, options: LookCloserOptions) {
    this.#detector = detector;
    this.#options = options;
    this.#spare = SpareTurns.of(detector);
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#spare.join(this);
  }

  /** Keeps the stream's newest frame, and returns it with the looks at the one before. */
  keep(detected: DetectedFrame): DetectedFrame {
    detected.frame.retain();
    this.#newest?.frame.release();
    this.#newest = detected;
    this.#hasTiles = false;
    this.#begun = 0;
    const looks = this.#looks;
    this.#looks = [];
    return looks.length === 0 ? detected : { ...detected, looks };
  }

  /** Offers the tiles of the newest frame, which has been processed, to the detector. */
  offer(): void {
    if (this.#newest === null) return;
    const { frame, observations, detectMs } = this.#newest;
    this.#hasTiles = this.#choice.see(frame, observations, this.#options.marks?.() ?? []);
    this.#spare.fill(this.#nowMs, detectMs);
  }

  next(pixels: (bytes: number) => Uint8Array): SpareWork | null {
    const isFree = this.#hasTiles && this.#begun < looksMax && this.#options.isBusy?.() !== true;
    const tile = isFree ? this.#choice.next() : null;
    if (tile === null || this.#newest === null) return null;
    this.#begun++;
    const detected = this.#newest;
    const { frame } = detected;
    const view = pixels(viewBytes(frame.viewSize));
    cutTile(frame.full, frame.width, tile, view);
    return { run: (claim) => this.#look(detected, tile, view, claim) };
  }

  leave(): void {
    this.#isClosed = true;
    this.#spare.leave(this);
    this.#newest?.frame.release();
    this.#newest = null;
  }

  async #look(
    detected: DetectedFrame,
    tile: Tile,
    view: Uint8Array,
    claim: DetectionClaim,
  ): Promise<number | null> {
    const { viewSize } = detected.frame;
    const detection = await this.#detector.detect({ view, viewSize }, claim).catch(() => 'failed');
    if (detection === null || typeof detection === 'string') {
      // One that makes the engine fail is not tried again at once.
      if (detection === null) this.#choice.putBack(tile);
      this.#count({ result: detection === null ? 'withdrawn' : 'failed', found: 0 });
      return null;
    }
    const { peaks, detectMs } = detection;
    // A frame that came earlier than expected may have overtaken the look.
    if (this.#newest === detected) {
      const look = this.#lookOf(detected, tile, peaks);
      this.#looks.push(look);
      this.#count({ result: 'looked', found: look.added.length });
    } else {
      this.#choice.putBack(tile);
      this.#count({ result: 'withdrawn', found: 0 });
    }
    freeBuffer(peaks.latents);
    return detectMs;
  }

  #lookOf({ frame, observations }: DetectedFrame, tile: Tile, peaks: Peaks): Look {
    const area = wholeArea(tile, frame);
    const seen = observeTile(peaks, frame, tile, {
      baseClasses: this.#detector.describe.baseClasses,
      ...this.#options,
    });
    return { timestampMs: frame.timestampMs, area, ...compareLook(observations, seen, area) };
  }

  #count(outcome: TileOutcome): void {
    if (!this.#isClosed) this.#options.onTile?.(outcome);
  }
}

type ObserveTileOptions = ObserveOptions & { readonly baseClasses: readonly string[] };

/** The observations of a tile, in source pixels of the whole picture. */
function observeTile(
  peaks: Peaks,
  frame: Pick<Frame, 'viewSize' | 'width' | 'height' | 'sourceWidth' | 'sourceHeight'>,
  tile: Tile,
  options: ObserveTileOptions,
): Observation[] {
  const { viewSize } = frame;
  const across = frame.sourceWidth / frame.width;
  const down = frame.sourceHeight / frame.height;
  // A tile fills the canvas, however pictures are fitted to it.
  const picture = { viewSize, sourceWidth: tile.width, sourceHeight: tile.height };
  return observe(peaks, picture, options.baseClasses, options).map((observation) => {
    const [x0, y0, x1, y1] = observation.box;
    const [left, top] = [tile.left, tile.top];
    const box: Box = [
      (left + x0) * across,
      (top + y0) * down,
      (left + x1) * across,
      (top + y1) * down,
    ];
    return { ...observation, box, seenBy: 'tile' };
  });
}
