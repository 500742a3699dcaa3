import type { Head } from '../../../../../../operators/detect/heads/head.ts';
import type { LabelledImage } from '../../../../../../operators/datasets/dataset.ts';
import type { Box } from '../../../../../../operators/foundation/geometry/box.ts';
import type { TrackedVisit } from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/visits.ts';
import { cropEmbeddingLength } from '../../../../../../operators/detect/engines/engine.ts';
import { headOf, latentOf, observationAt } from '../../../../../operators/track/scene.ts';

const objectBox: Box = [10, 10, 50, 50];
const otherBox: Box = [120, 60, 160, 95];

/** A picture with one object of this class. */
export function imageOf(id: string, name = 'cone'): LabelledImage {
  const object = { class: name, box: objectBox, difficult: false, crowd: false };
  return { id, path: '', width: 200, height: 100, objects: [object] };
}

/** A proposal on a track: on the object of its picture, or elsewhere. */
export interface Placed {
  readonly track: number;
  readonly where: 'object' | 'elsewhere';
  /** How much its crop looks like the class of `headOf`, 0..1. */
  readonly look: number;
}

export function placed(track: number, where: Placed['where'] = 'object', look = 0.9): Placed {
  return { track, where, look };
}

/** A visit of which each frame shows one object of this class. */
export function visitOf(
  recording: string,
  frames: readonly (readonly Placed[])[],
  name: string,
): TrackedVisit {
  const pictures = frames.map((proposals, i) => {
    const embeddings = new Float32Array(proposals.length * cropEmbeddingLength);
    for (const [k, { look }] of proposals.entries()) {
      embeddings.set(latentOf(look, cropEmbeddingLength), k * cropEmbeddingLength);
    }
    return {
      image: imageOf(`${recording}/${name}${i}`, name),
      prediction: {
        base: [],
        learned: [],
        proposals: proposals.map(({ where }) =>
          observationAt(where === 'object' ? objectBox : otherBox, { latent: latentOf(0.8) }),
        ),
        embeddings,
      },
      tracks: proposals.map(({ track }) => track),
    };
  });
  return { recording, pictures };
}

/** A head that takes a crop for the first class where its look is above 0.5, else the second. */
export function twoClassHead(first: string, second: string): Head {
  const head = headOf(first, 1);
  const weights = new Float32Array(2 * cropEmbeddingLength);
  weights[0] = 1;
  weights[cropEmbeddingLength] = -1;
  const crop = { weights, bias: Float32Array.of(0, 1), length: cropEmbeddingLength };
  return { ...head, classes: [first, second], crop };
}
