import { type Box, containment } from '../../../operators/foundation/geometry/box.ts';
import { Subject, type Observable } from 'rxjs';
import { candidateDefaults, coveringBoxes } from '../../../operators/discover/candidate.ts';
import type { DiscoveredFrame } from '../../../operators/discover/unknown.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { Evidence } from '../../../operators/learn/examples/scene.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import type { Change, Example } from '../../../operators/learn/strategy.ts';
import type { GateSample } from '../../../operators/gate/gate-sample.ts';
import type { Track } from '../../../operators/track/track.ts';
import { joinRows } from '../../../operators/foundation/linear-algebra/join-rows.ts';
import { BackgroundSplit } from './background-split.ts';
import { gateNegatives } from './gate-input.ts';
import { sceneOfFrame } from './scene-of-frame.ts';

export interface BackgroundCollectorOptions {
  readonly learner: Pick<Learner, 'examine'>;
  /** Least time between two scenes of a camera, in ms of its frames' time. */
  readonly everyMs: number;
  /**
   * Monotonic ms: a recording that is read faster than real time is then not sampled more often.
   * Null: only the frames' time counts.
   */
  readonly now: (() => number) | null;
}

/** Fewest new negatives that are worth an update of their own. */
const growthMin = 16;
/** Bounds over all cameras. */
export const backgroundLimits = {
  /** Held-out negatives that are kept; the oldest of the camera with the most make room. */
  heldOutMax: 200,
  /** Negatives that wait for the next update; the oldest make room. */
  negativesMax: 100,
  /** Scenes of 0.8 MB each that wait for the next update; the oldest make room. */
  scenesMax: 8,
  /** Scenes in flight; further ones are skipped and counted. */
  inFlightMax: 2,
} as const;

/**
 * Collects background for the learner: every few seconds a scene of each camera, without the
 * places where something unrecognised is tracked. What lies in a strip of each camera's picture is
 * held out for the gate and never trained on, see {@link BackgroundSplit}.
 */
export class BackgroundCollector {
  /** Scenes that were due but skipped, or that failed. */
  skipped = 0;
  readonly #options: BackgroundCollectorOptions;
  readonly #lastMs = new Map<string, number>();
  readonly #lastRealMs = new Map<string, number>();
  readonly #heldOut: GateSample[] = [];
  readonly #negatives: Example[] = [];
  /** Cells of one scene each. */
  readonly #backgrounds: Float32Array[] = [];
  #backgroundWeight = 1;
  #inFlight = 0;
  /** Negatives that updates have taken so far. */
  #learned = 0;
  /** Negatives that were collected since the last update. */
  #collected = 0;
  readonly #grown = new Subject<void>();
  readonly #split = new BackgroundSplit();

  constructor(options: BackgroundCollectorOptions) {
    this.#options = options;
  }

  /** Negatives that are never trained on. */
  get heldOut(): readonly GateSample[] {
    return this.#heldOut;
  }

  /**
   * Emits while as many negatives wait as were ever learned: often in a new scene, then ever more
   * rarely, since that number doubles with each update.
   */
  get grown$(): Observable<void> {
    return this.#grown.asObservable();
  }

  /** Removes and returns everything that waits for an update. */
  take(): Pick<Change, 'background' | 'backgroundWeight'> & { readonly negatives: Example[] } {
    const background = joinRows(this.#backgrounds.splice(0));
    const negatives = this.#negatives.splice(0);
    this.#learned += this.#collected;
    this.#collected = 0;
    return { background, backgroundWeight: this.#backgroundWeight, negatives };
  }

  /**
   * Examines the frame if a scene of its camera is due; retains it meanwhile and never rejects.
   * Tracks that are not surely a base class stay out: they may be labelled later.
   */
  async observe({ frame, tracks }: DiscoveredFrame): Promise<void> {
    const { learner, everyMs, now } = this.#options;
    const last = this.#lastMs.get(frame.camera) ?? -Infinity;
    // The time of a looped recording goes back when it starts over.
    if (frame.timestampMs - last < everyMs && frame.timestampMs >= last) return;
    const realMs = now?.() ?? 0;
    if (now !== null && realMs - (this.#lastRealMs.get(frame.camera) ?? -Infinity) < everyMs)
      return;
    this.#lastMs.set(frame.camera, frame.timestampMs);
    this.#lastRealMs.set(frame.camera, realMs);
    if (this.#inFlight >= backgroundLimits.inFlightMax) {
      this.skipped++;
      return;
    }
    this.#inFlight++;
    frame.retain();
    try {
      const ignore = unrecognisedBoxes(tracks, frame);
      const id = `background/${frame.camera}/${frame.index}`;
      const { camera, sourceWidth: width, sourceHeight: height } = frame;
      const untrained = [this.#split.strip(camera, width, height)];
      const scene = sceneOfFrame(frame, { id, boxes: [], ignore, untrained });
      this.#collect(await learner.examine(scene), camera, { width, height });
    } catch {
      // A busy learner costs this scene only; one that has died fails the updates as well.
      this.skipped++;
    } finally {
      frame.release();
      this.#inFlight--;
    }
  }

  #collect(
    evidence: Evidence,
    camera: string,
    size: { readonly width: number; readonly height: number },
  ): void {
    const { negatives, negativePlaces, background, backgroundWeight } = evidence;
    // Of one crop each.
    const sides = negatives.map(({ embeddings: embedding }, i) => {
      return this.#split.sideOf(camera, size, { ...negativePlaces[i]!, embedding });
    });
    const heldOut = gateNegatives(evidence, camera).filter((_, i) => sides[i] === 'heldOut');
    keepBalanced(this.#heldOut, heldOut, backgroundLimits.heldOutMax);
    const trained = negatives.filter((_, i) => sides[i] === 'trained');
    keepNewest(this.#negatives, trained, backgroundLimits.negativesMax);
    keepNewest(this.#backgrounds, [background], backgroundLimits.scenesMax);
    this.#backgroundWeight = backgroundWeight;
    this.#collected += trained.length;
    if (trained.length === 0) return;
    if (this.#collected >= Math.max(growthMin, this.#learned)) this.#grown.next();
  }
}

/** The newest values, where the source with the most makes room. */
function keepBalanced(list: GateSample[], values: readonly GateSample[], max: number): void {
  list.push(...values);
  while (list.length > max) {
    const counts = new Map<string, number>();
    for (const { source } of list) counts.set(source, (counts.get(source) ?? 0) + 1);
    const [most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    list.splice(
      list.findIndex(({ source }) => source === most),
      1,
    );
  }
}

/**
 * Boxes of tracks that may be labelled later: without a base class, and not within the box of a
 * track that has one, since discovery never samples those (see discover/candidate.ts).
 */
function unrecognisedBoxes(tracks: readonly Track[], frame: Frame): Box[] {
  const recognised = tracks.filter(
    ({ confirmed, recognition: name }) => confirmed && name?.by === 'base',
  );
  const covering = coveringBoxes(recognised, frame, candidateDefaults);
  return tracks
    .filter(({ recognition: name }) => name?.by !== 'base')
    .map(({ box }) => box)
    .filter((box) =>
      covering.every((other) => containment(box, other) < candidateDefaults.coveredShare),
    );
}

function keepNewest<T>(list: T[], values: readonly T[], max: number): void {
  list.push(...values);
  list.splice(0, Math.max(0, list.length - max));
}
