import { type Box, containment } from '../../../operators/foundation/geometry/box.ts';
import { Subject, type Observable } from 'rxjs';
import { candidateDefaults, coveringBoxes } from '../../../operators/discover/candidate.ts';
import type { DiscoveredFrame } from '../../../operators/discover/unknown.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import type { Change, Example } from '../../../operators/learn/strategy.ts';
import type { GateSample } from '../../../operators/swap/gate.ts';
import type { Track } from '../../../operators/track/track.ts';
import { joinRows } from '../../../operators/foundation/linear-algebra/join-rows.ts';
import { gateNegatives } from './gate-input.ts';
import { sceneOfFrame } from './scene-of-frame.ts';

export interface BackgroundCollectorOptions {
  readonly learner: Pick<Learner, 'examine'>;
  /** Time between two looks at a camera's background, in ms of its frames' time. */
  readonly everyMs: number;
  /** Real ms: a recording that is read faster than life is not looked at more often for it. Null: frames' time alone counts. */
  readonly now: (() => number) | null;
}

/** Every how many-th look is kept for the gate to judge on instead of being learned. */
const judgedEvery = 5;
/** Negatives that the gate judges on; the oldest makes room. */
const judgedMax = 200;
/** Negatives, and scenes of 0.8 MB each, that wait for the next update; the oldest makes room. */
const negativesMax = 100;
const scenesMax = 8;
/** Negatives that are worth an update of their own, where few were learned before. */
const growthMin = 16;
/** Looks that may be under way over all cameras; more are left out and counted. */
const underWayMax = 2;

/** Shows the learner, every few seconds, what is in a scene when nothing of interest is. */
export class BackgroundCollector {
  /** Looks that were due but left out, or that failed. */
  skipped = 0;
  readonly #options: BackgroundCollectorOptions;
  readonly #lastMs = new Map<string, number>();
  readonly #lastRealMs = new Map<string, number>();
  readonly #judged: GateSample[] = [];
  readonly #negatives: Example[] = [];
  /** Cells of one scene each. */
  readonly #backgrounds: Float32Array[] = [];
  #backgroundWeight = 1;
  #looks = 0;
  #underWay = 0;
  /** Negatives that were ever taken to be learned, and that came since. */
  #taken = 0;
  #came = 0;
  readonly #grown = new Subject<void>();

  constructor(options: BackgroundCollectorOptions) {
    this.#options = options;
  }

  /** Negatives that were never trained on. */
  get heldOut(): readonly GateSample[] {
    return this.#judged;
  }

  /**
   * Emits while as much of the background waits as was ever learned: often at first, when a scene is new and little of it is
   * known, and ever more rarely, since the amount doubles every time.
   */
  get grown$(): Observable<void> {
    return this.#grown;
  }

  /** Hands over what waits to be learned; it is then the caller's to teach. */
  take(): Pick<Change, 'background' | 'backgroundWeight'> & { readonly negatives: Example[] } {
    const background = joinRows(this.#backgrounds.splice(0));
    const negatives = this.#negatives.splice(0);
    this.#taken += this.#came;
    this.#came = 0;
    return { background, backgroundWeight: this.#backgroundWeight, negatives };
  }

  /**
   * Looks at the frame if it is time to; holds it meanwhile and never rejects. Whatever is
   * tracked and not surely a known object stays out: it may get a name later.
   */
  async observe({ frame, tracks }: DiscoveredFrame): Promise<void> {
    const { learner, everyMs, now } = this.#options;
    const last = this.#lastMs.get(frame.camera) ?? -Infinity;
    // A recording that starts over goes back in time.
    if (frame.timestampMs - last < everyMs && frame.timestampMs >= last) return;
    const realMs = now?.() ?? 0;
    if (now !== null && realMs - (this.#lastRealMs.get(frame.camera) ?? -Infinity) < everyMs)
      return;
    this.#lastMs.set(frame.camera, frame.timestampMs);
    this.#lastRealMs.set(frame.camera, realMs);
    if (this.#underWay >= underWayMax) {
      this.skipped++;
      return;
    }
    this.#underWay++;
    frame.retain();
    try {
      const ignore = namelessBoxes(tracks, frame);
      const id = `background/${frame.camera}/${frame.index}`;
      const scene = sceneOfFrame(frame, { id, boxes: [], ignore });
      this.#looks++;
      const judged = this.#looks % judgedEvery === 0;
      const evidence = await learner.examine(scene);
      const { negatives, background, backgroundWeight } = evidence;
      if (judged) keepNewest(this.#judged, gateNegatives(evidence), judgedMax);
      else {
        keepNewest(this.#negatives, negatives, negativesMax);
        keepNewest(this.#backgrounds, [background], scenesMax);
        this.#backgroundWeight = backgroundWeight;
        this.#came += negatives.length;
        if (this.#came >= Math.max(growthMin, this.#taken)) this.#grown.next();
      }
    } catch {
      // A learner that is busy or gone costs this look; who needs its answers hears of it elsewhere.
      this.skipped++;
    } finally {
      frame.release();
      this.#underWay--;
    }
  }
}

/**
 * What may get a name later: whatever has none from the base model and is no part of what has, which nobody is ever asked
 * about (see discover/candidate.ts).
 */
function namelessBoxes(tracks: readonly Track[], frame: Frame): Box[] {
  const named = tracks.filter(({ confirmed, name }) => confirmed && name?.by === 'base');
  const covering = coveringBoxes(named, frame, candidateDefaults);
  return tracks
    .filter(({ name }) => name?.by !== 'base')
    .map(({ box }) => box)
    .filter((box) =>
      covering.every((other) => containment(box, other) < candidateDefaults.coveredShare),
    );
}

function keepNewest<T>(list: T[], values: readonly T[], max: number): void {
  list.push(...values);
  list.splice(0, Math.max(0, list.length - max));
}
