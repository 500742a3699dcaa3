import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import type { LinearLayer } from '../../../operators/detect/heads/head.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import type { GateSample } from '../../../operators/gate/gate-sample.ts';

/** A layer whose score of class `i` is latent value `i` times `gain`. */
function selectionLayer(classes: number, length: number, gain: number): LinearLayer {
  const weights = new Float32Array(classes * length);
  for (let i = 0; i < classes; i++) weights[i * length + i] = gain;
  return { weights, bias: new Float32Array(classes), length };
}

/** A head that scores the samples of {@link sample}: the score of class `i` is latent value `i`. */
export function draft(
  classes: readonly string[],
  { gain = 1, crop = false, threshold = 0.5 } = {},
): HeadDraft {
  return {
    strategy: 'test',
    classes,
    objectness: { weights: new Float32Array(denseLatentLength).fill(0.001), bias: -0.1 },
    dense: selectionLayer(classes.length, denseLatentLength, gain),
    crop: crop ? selectionLayer(classes.length, cropEmbeddingLength, gain) : null,
    activation: 'clip',
    thresholds: new Float32Array(classes.length).fill(threshold),
  };
}

/** A sample whose latent values are `scores`, in the order of a head's classes. */
export function sample(
  label: string | null,
  scores: readonly number[],
  { crop = null as readonly number[] | null, source = 'yard' } = {},
): GateSample {
  const dense = new Float32Array(denseLatentLength);
  dense.set(scores);
  const embedding = new Float32Array(crop === null ? 0 : cropEmbeddingLength);
  embedding.set(crop ?? []);
  return { label, dense, embedding, source };
}
