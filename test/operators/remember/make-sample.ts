import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import { packFloat16 } from '../../../operators/foundation/numbers/float16.ts';
import type { Label, Sample } from '../../../operators/remember/sample.ts';

/** A class label given by a person. */
export function classLabel(name: string): Label {
  return { kind: 'class', class: name, by: 'person', atMs: 1 };
}

/** A sample of `cells` cells and one crop embedding, with `overrides`. */
export function makeSample(id: string, overrides: Partial<Sample> = {}, cells = 1): Sample {
  return {
    id,
    camera: 'door',
    trackId: 1,
    clusterId: 'c1',
    timestampMs: 5,
    box: [1, 2, 3, 4],
    novelty: 0.5,
    dense: new Uint16Array(cells * denseLatentLength),
    denseTargets: new Float32Array(cells).fill(1),
    embeddings: packedEmbedding(1),
    thumbnail: new Uint8Array(10),
    label: null,
    heldOut: false,
    ...overrides,
  };
}

/** One packed crop embedding of the given leading values, followed by zeros. */
export function packedEmbedding(...values: readonly number[]): Uint16Array {
  const embedding = new Float32Array(cropEmbeddingLength);
  embedding.set(values);
  return packFloat16(embedding);
}
