import { denseLatentLength } from '../../../operators/detect/engines/engine.ts';
import { unpackFloat16 } from '../../../operators/foundation/numbers/float16.ts';
import type { GateSample } from '../../../operators/gate/gate-sample.ts';
import { shareValues } from '../../../operators/gate/share-input.ts';
import type { Evidence } from '../../../operators/learn/examples/scene.ts';
import { isLabelled, plainEmbedding, type Sample } from '../../../operators/remember/sample.ts';

/** Vectors that were unpacked before; they last as long as the sample's own. */
const unpacked = new WeakMap<Uint16Array, Pick<GateSample, 'embedding' | 'dense'>>();

/** The held-out samples, as the gate evaluates heads on them. */
export function gateSamples(samples: Iterable<Sample>): GateSample[] {
  const heldOut: GateSample[] = [];
  for (const sample of samples) {
    if (sample.heldOut && isLabelled(sample)) heldOut.push(gateSampleOf(sample));
  }
  return heldOut;
}

/**
 * A labelled sample as input of the gate, with what is known of it: its class, or what it is not.
 * Its vectors are unpacked once and shared with the learner's thread.
 */
export function gateSampleOf(sample: Sample): GateSample {
  const { label, notA = [], camera } = sample;
  return {
    label: label?.kind === 'class' ? label.class : null,
    ...vectorsOf(sample),
    source: camera,
    ...(label === null && { not: notA }),
  };
}

function vectorsOf(sample: Sample) {
  const { dense, denseTargets, embeddings } = sample;
  const known = unpacked.get(embeddings);
  if (known !== undefined) return known;
  const vectors = {
    embedding: shareValues(unpackFloat16(plainEmbedding(sample))),
    dense: shareValues(centreCell(dense, denseTargets)),
  };
  unpacked.set(embeddings, vectors);
  return vectors;
}

/**
 * The negatives of a scene, as the gate evaluates heads on them: no class may fire there. `source`
 * is the scene's camera or set.
 */
export function gateNegatives(
  { negatives, negativePeaks }: Pick<Evidence, 'negatives' | 'negativePeaks'>,
  source: string,
): GateSample[] {
  return negatives.map(({ embeddings }, i) => ({
    label: null,
    // Of one crop each.
    embedding: shareValues(embeddings),
    dense: shareValues(negativePeaks[i] ?? new Float32Array(denseLatentLength)),
    source,
  }));
}

/** The latent of the cell that belongs to the object most; zeros where there are no cells. */
function centreCell(dense: Uint16Array, targets: Float32Array): Float32Array {
  if (targets.length === 0) return new Float32Array(denseLatentLength);
  const centre = targets.indexOf(targets.reduce((most, target) => Math.max(most, target), 0));
  return unpackFloat16(
    dense.subarray(centre * denseLatentLength, (centre + 1) * denseLatentLength),
  );
}
