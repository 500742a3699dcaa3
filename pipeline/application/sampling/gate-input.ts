import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import { exampleLabel, exampleOf } from '../../../operators/learn/examples/sample-example.ts';
import type { Evidence } from '../../../operators/learn/examples/scene.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import type { GateSample } from '../../../operators/swap/gate.ts';

/** Held-out samples as the gate sees them. */
export function gateSamples(samples: Iterable<Sample>): GateSample[] {
  const judged: GateSample[] = [];
  for (const sample of samples) {
    if (!sample.heldOut || sample.label === null) continue;
    const { dense, denseTargets, embeddings } = exampleOf(sample);
    judged.push({
      label: exampleLabel(sample.label),
      embedding: plainLook(embeddings),
      dense: centreCell(dense, denseTargets),
    });
  }
  return judged;
}

/** A scene's negatives as the gate sees them: no class may fire there. */
export function gateNegatives({
  negatives,
  negativePeaks,
}: Pick<Evidence, 'negatives' | 'negativePeaks'>): GateSample[] {
  return negatives.map(({ embeddings }, i) => ({
    label: null,
    embedding: plainLook(embeddings),
    dense: negativePeaks[i] ?? new Float32Array(denseLatentLength),
  }));
}

function plainLook(looks: Float32Array): Float32Array {
  return looks.slice(0, cropEmbeddingLength);
}

/** The cell that belongs to the object most; zeros where there are no cells. */
function centreCell(dense: Float32Array, targets: Float32Array): Float32Array {
  if (targets.length === 0) return new Float32Array(denseLatentLength);
  const centre = targets.indexOf(targets.reduce((most, target) => Math.max(most, target), 0));
  return dense.slice(centre * denseLatentLength, (centre + 1) * denseLatentLength);
}
