import {
  builtInVectors,
  storedSight,
  type VectorSight,
} from '../../../operators/detect/engines/sight.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import { sampleOf } from '../../../operators/learn/examples/example-of-sample.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import { encodeThumbnail } from '../pictures/picture-encoder.ts';
import { FrameCopies } from './frame-copies.ts';
import { sceneOfFrame } from './scene-of-frame.ts';

export interface SampleMakerOptions {
  readonly learner: Pick<Learner, 'examine'>;
  /** Longer side of a thumbnail in pixels; 0 keeps none. */
  readonly thumbnailPixels: number;
  /** Number of the newest sample so far: ids continue where a restored memory ends. */
  readonly firstNumber: number;
  /** What the learner sees with. Default: the built-in models. */
  readonly sight?: VectorSight;
}

/** Where a sample is taken, and what tracking and discovery know of it. */
export interface SampleFacts {
  readonly box: Box;
  readonly trackId: number;
  readonly clusterId: string;
  readonly novelty: number;
  readonly asked?: boolean;
}

/** Whether the box was drawn by hand or proposed by the detector. */
export type BoxOrigin = 'drawn' | 'proposed';

/** Makes unlabelled samples of boxes in frames: latents, crop embeddings and a thumbnail. */
export class SampleMaker {
  readonly #options: SampleMakerOptions;
  readonly #copies = new FrameCopies();
  #number: number;

  constructor(options: SampleMakerOptions) {
    this.#options = options;
    this.#number = options.firstNumber;
  }

  /** The number of the newest sample. */
  get newestNumber(): number {
    return this.#number;
  }

  /** Makes one sample, of a copy of the frame. */
  async make(frame: Frame, facts: SampleFacts, origin: BoxOrigin = 'proposed'): Promise<Sample> {
    const { learner, thumbnailPixels, sight = builtInVectors } = this.#options;
    // Numbered at the call, so that ids do not depend on which scene is examined first.
    const id = `s${++this.#number}`;
    const held = this.#copies.hold(frame);
    try {
      const scene = sceneOfFrame(held.frame, {
        id,
        boxes: [{ box: facts.box, label: null }],
        boxesOnly: true,
        proposed: origin === 'proposed',
      });
      const [evidence, thumbnail] = await Promise.all([
        learner.examine(scene),
        thumbnailPixels > 0
          ? encodeThumbnail(held.frame, facts.box, thumbnailPixels)
          : new Uint8Array(0),
      ]);
      const example = evidence.examples[0];
      if (example === undefined)
        throw new Error(`the learner returned no example for sample ${id}`);
      return sampleOf(example, {
        ...facts,
        id,
        camera: frame.camera,
        timestampMs: frame.timestampMs,
        timeBasis: frame.timeBasis,
        thumbnail,
        ...storedSight(sight),
        label: null,
        heldOut: false,
      });
    } finally {
      held.release();
    }
  }
}
