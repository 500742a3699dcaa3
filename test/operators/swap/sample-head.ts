import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import type { LinearLayer } from '../../../operators/detect/heads/head.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import type { GateSample } from '../../../operators/swap/gate.ts';

/** A layer whose class `i` reads its score from latent value `i`, times `gain`. */
function reader(classes: number, length: number, gain: number): LinearLayer {
  const weights = new Float32Array(classes * length);
  for (let i = 0; i < classes; i++) weights[i * length + i] = gain;
  return { weights, bias: new Float32Array(classes), length };
}

/** A head that scores what {@link sample} makes: class `i` gets latent value `i`. */
export function draft(
  classes: readonly string[],
  { gain = 1, look = false, threshold = 0.5 } = {},
): HeadDraft {
  return {
    strategy: 'test',
    classes,
    objectness: { weights: new Float32Array(denseLatentLength).fill(0.001), bias: -0.1 },
    dense: reader(classes.length, denseLatentLength, gain),
    crop: look ? reader(classes.length, cropEmbeddingLength, gain) : null,
    activation: 'clip',
    thresholds: new Float32Array(classes.length).fill(threshold),
  };
}

/** A sample whose latent values are these scores, in the order of a head's classes. */
export function sample(
  label: string | null,
  scores: readonly number[],
  { look = null as readonly number[] | null } = {},
): GateSample {
  const dense = new Float32Array(denseLatentLength);
  dense.set(scores);
  const looked = new Float32Array(look === null ? 0 : cropEmbeddingLength);
  looked.set(look ?? []);
  return { label, dense, embedding: looked };
}
