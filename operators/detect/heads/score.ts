import { denseLatentLength } from '../engines/engine.ts';
import type { Head, LinearLayer } from './head.ts';
import { liftRows } from './lift.ts';

/** Scores the dense latent of a peak: 0..1 per class of `head`. */
export function scorePeak(head: Head, latent: Float32Array): Float32Array {
  return scoreLayer(head.dense, latent, head.activation);
}

/** Scores a crop embedding: 0..1 per class of `head`; null if the head was not trained on crops. */
export function scoreCrop(head: Head, embedding: Float32Array): Float32Array | null {
  return head.crop === null ? null : scoreLayer(head.crop, embedding, head.activation);
}

/**
 * Scores an object: 0..1 per class. With crop scores, `√(crop score × objectness)`, the geometric
 * mean of the class evidence of the crop and the learned objectness of the peak; without, the
 * scores of the dense latent.
 *
 * A crop shows the class but not whether its box fits the object; objectness is low for peaks
 * beside an object. Dense class scores are ignored once there is a crop, because a single cell
 * separates few classes, fewer the more there are. So is base heat: a base class is often a part
 * of the object.
 */
export function scoreObject(
  head: Head,
  latent: Float32Array,
  cropScores: Float32Array | null,
): Float32Array {
  if (cropScores === null) return scorePeak(head, latent);
  return withObjectness(cropScores, scoreObjectness(head, latent));
}

/** Crop scores combined with a learned objectness, 0..1 each: see {@link scoreObject}. */
export function withObjectness(cropScores: Float32Array, objectness: number): Float32Array {
  return cropScores.map((score) => Math.sqrt(score * objectness));
}

/** The learned objectness of a peak, 0..1. */
export function scoreObjectness(
  { objectness: { weights, bias } }: Head,
  latent: Float32Array,
): number {
  let sum = bias;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * latent[i]!;
  return Math.min(1, Math.max(0, sum));
}

/** Version 0: no classes, and an objectness of 0 everywhere. */
export function emptyHead(): Head {
  return {
    version: 0,
    strategy: 'none',
    classes: [],
    objectness: { weights: new Float32Array(denseLatentLength), bias: 0 },
    dense: { weights: new Float32Array(0), bias: new Float32Array(0), length: denseLatentLength },
    crop: null,
    activation: 'clip',
    thresholds: new Float32Array(0),
  };
}

function scoreLayer(
  layer: LinearLayer,
  latent: Float32Array,
  activation: Head['activation'],
): Float32Array {
  const { weights, bias, length, lift } = layer;
  const input = liftRows(lift, latent, latent.length);
  if (input.length !== length) {
    throw new RangeError(`the layer takes ${length} values, not ${input.length}`);
  }
  const outputs = new Float32Array(bias.length);
  for (let row = 0; row < outputs.length; row++) {
    let sum = bias[row]!;
    const start = row * length;
    for (let i = 0; i < length; i++) sum += weights[start + i]! * input[i]!;
    outputs[row] = sum;
  }
  if (activation === 'clip') return outputs.map((value) => Math.min(1, Math.max(0, value)));
  if (activation === 'sigmoid') return outputs.map((value) => 1 / (1 + Math.exp(-value)));
  return softmaxWithBackground(outputs);
}

/** Softmax over the logits and a background logit of 0, whose probability is not returned. */
function softmaxWithBackground(logits: Float32Array): Float32Array {
  const top = logits.reduce((max, value) => Math.max(max, value), 0);
  const powers = logits.map((value) => Math.exp(value - top));
  const total = powers.reduce((sum, value) => sum + value, Math.exp(-top));
  return powers.map((value) => value / total);
}
