import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import { exampleOf, nameOfSample } from '../../../operators/learn/examples/example-of-sample.ts';
import type { Evidence } from '../../../operators/learn/examples/scene.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import type { GateSample } from '../../../operators/swap/gate.ts';

/** The held-out samples, as the gate evaluates heads on them. */
export function gateSamples(samples: Iterable<Sample>): GateSample[] {
  const heldOut: GateSample[] = [];
  for (const sample of samples) {
    const label = nameOfSample(sample);
    if (!sample.heldOut || label === undefined) continue;
    const { dense, denseTargets, embeddings } = exampleOf(sample, label);
    heldOut.push({
      label,
      embedding: unaugmented(embeddings),
      dense: centreCell(dense, denseTargets),
    });
  }
  return heldOut;
}

/** The negatives of a scene, as the gate evaluates heads on them: no class may fire there. */
export function gateNegatives({
  negatives,
  negativePeaks,
}: Pick<Evidence, 'negatives' | 'negativePeaks'>): GateSample[] {
  return negatives.map(({ embeddings }, i) => ({
    label: null,
    embedding: unaugmented(embeddings),
    dense: negativePeaks[i] ?? new Float32Array(denseLatentLength),
  }));
}

/** The first crop embedding: the one without augmentation. */
function unaugmented(all: Float32Array): Float32Array {
  return all.slice(0, cropEmbeddingLength);
}

/** The latent of the cell that belongs to the object most; zeros where there are no cells. */
function centreCell(dense: Float32Array, targets: Float32Array): Float32Array {
  if (targets.length === 0) return new Float32Array(denseLatentLength);
  const centre = targets.indexOf(targets.reduce((most, target) => Math.max(most, target), 0));
  return dense.slice(centre * denseLatentLength, (centre + 1) * denseLatentLength);
}
