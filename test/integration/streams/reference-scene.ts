import type { Detector } from '../../../operators/detect/detector.ts';
import type { Source } from '../../../operators/ingest/source.ts';
import {
  detectIn,
  matchedShare,
  watchFrames,
  type SharedBox,
  type WatchedFrame,
} from './watched-frames.ts';

/** Objects that count: clearly seen in the plain file. */
const clearObjectness = 0.3;
/** They may be seen less clearly elsewhere. */
const foundObjectness = 0.12;
/** Every so many frames are compared. */
const comparedEvery = 3;

/** The objects that the detector sees in each picture of the plain scene. */
export class ReferenceScene {
  readonly #objects: ReadonlyMap<number, readonly SharedBox[]>;
  readonly #detector: Detector;

  private constructor(objects: ReadonlyMap<number, readonly SharedBox[]>, detector: Detector) {
    this.#objects = objects;
    this.#detector = detector;
  }

  static async watch(plain: Source, detector: Detector): Promise<ReferenceScene> {
    const objects = new Map<number, readonly SharedBox[]>();
    for (const frame of await watchFrames(plain, {})) {
      objects.set(frame.code!, await detectIn(detector, frame, clearObjectness));
    }
    if ([...objects.values()].flat().length < objects.size) {
      throw new Error('the scene shows too few objects to compare');
    }
    return new ReferenceScene(objects, detector);
  }

  /** Share of the objects of the plain pictures that are found where they are, 0 to 1. */
  async matched(frames: readonly WatchedFrame[]): Promise<number> {
    let [matched, of] = [0, 0];
    for (const [i, frame] of frames.entries()) {
      if (i % comparedEvery !== 0) continue;
      const found = await detectIn(this.#detector, frame, foundObjectness);
      const share = matchedShare(this.#objects.get(frame.code!) ?? [], found);
      matched += share.matched;
      of += share.of;
    }
    return of === 0 ? 0 : matched / of;
  }
}
