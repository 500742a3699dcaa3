import type { Box } from '../../../operators/foundation/geometry/box.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import { sampleOf } from '../../../operators/learn/examples/sample-example.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import { encodeThumbnail } from '../picture-encoder.ts';
import { sceneOfFrame } from './scene-of-frame.ts';

export interface SampleMakerOptions {
  readonly learner: Pick<Learner, 'examine'>;
  /** Longer side of a thumbnail in pixels; 0 keeps none. */
  readonly thumbnailPixels: number;
  /** Samples made before, so that ids go on where a restored memory ends. */
  readonly firstNumber: number;
}

/** Where a sample is taken and what it is thought to be. */
export interface SampleFacts {
  readonly box: Box;
  readonly trackId: number;
  readonly clusterId: string;
  readonly novelty: number;
}

/** Who says where the object ends: somebody who drew the box, or the detector that proposed it. */
export type BoxOrigin = 'drawn' | 'proposed';

/** Makes unlabelled samples out of places in frames: latents of several looks, and a thumbnail. */
export class SampleMaker {
  readonly #options: SampleMakerOptions;
  #number: number;

  constructor(options: SampleMakerOptions) {
    this.#options = options;
    this.#number = options.firstNumber;
  }

  /** Holds the frame until the pixels have been read. */
  async make(frame: Frame, facts: SampleFacts, origin: BoxOrigin = 'proposed'): Promise<Sample> {
    const { learner, thumbnailPixels } = this.#options;
    // Numbered when asked for, so that ids do not depend on which look was answered first.
    const id = `s${++this.#number}`;
    frame.retain();
    try {
      const scene = sceneOfFrame(frame, {
        id,
        boxes: [{ box: facts.box, label: null }],
        boxesOnly: true,
        proposed: origin === 'proposed',
      });
      const [evidence, thumbnail] = await Promise.all([
        learner.examine(scene),
        thumbnailPixels > 0
          ? encodeThumbnail(frame, facts.box, thumbnailPixels)
          : new Uint8Array(0),
      ]);
      const example = evidence.examples[0];
      if (example === undefined) throw new Error(`no evidence for sample ${id}`);
      return sampleOf(example, {
        ...facts,
        id,
        camera: frame.camera,
        timestampMs: frame.timestampMs,
        thumbnail,
        label: null,
        heldOut: false,
      });
    } finally {
      frame.release();
    }
  }
}

/** Number of the newest sample, so that ids of an earlier run are not given again. */
export function newestSampleNumber(samples: Iterable<Sample>): number {
  let newest = 0;
  for (const { id } of samples) newest = Math.max(newest, Number(/^s(\d+)$/.exec(id)?.[1] ?? 0));
  return newest;
}
