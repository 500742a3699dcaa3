import { denseLatentLength, lookLatentLength } from '../../../operators/detect/engines/engine.ts';
import { exampleLabel, exampleOf } from '../../../operators/learn/examples/sample-example.ts';
import type { Evidence } from '../../../operators/learn/examples/scene.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import type { JudgedSample } from '../../../operators/swap/gate.ts';

/** Held-out samples as the gate sees them. */
export function judgedSamples(samples: Iterable<Sample>): JudgedSample[] {
  const judged: JudgedSample[] = [];
  for (const sample of samples) {
    if (!sample.heldOut || sample.label === null) continue;
    const { dense, denseTargets, looks } = exampleOf(sample);
    judged.push({
      label: exampleLabel(sample.label),
      look: plainLook(looks),
      dense: centreCell(dense, denseTargets),
    });
  }
  return judged;
}

/** A scene's negatives as the gate sees them: no class may fire there. */
export function judgedNegatives({
  negatives,
  negativePeaks,
}: Pick<Evidence, 'negatives' | 'negativePeaks'>): JudgedSample[] {
  return negatives.map(({ looks }, i) => ({
    label: null,
    look: plainLook(looks),
    dense: negativePeaks[i] ?? new Float32Array(denseLatentLength),
  }));
}

function plainLook(looks: Float32Array): Float32Array {
  return looks.slice(0, lookLatentLength);
}

/** The cell that belongs to the object most; zeros where there are no cells. */
function centreCell(dense: Float32Array, targets: Float32Array): Float32Array {
  if (targets.length === 0) return new Float32Array(denseLatentLength);
  const centre = targets.indexOf(targets.reduce((most, target) => Math.max(most, target), 0));
  return dense.slice(centre * denseLatentLength, (centre + 1) * denseLatentLength);
}
