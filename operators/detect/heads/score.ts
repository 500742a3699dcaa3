import { denseLatentLength } from '../engines/engine.ts';
import type { Head, LinearLayer } from './head.ts';
import { liftRows } from './lift.ts';

/** One score per class of `head` for the dense latent of a peak, 0..1 each. */
export function scorePeak(head: Head, latent: Float32Array): Float32Array {
  return scoreLayer(head.dense, latent, head.activation);
}

/** One score per class of `head` for a second look, 0..1 each; null where the head has learned from none. */
export function scoreCrop(head: Head, look: Float32Array): Float32Array | null {
  return head.crop === null ? null : scoreLayer(head.crop, look, head.activation);
}

/**
 * One score per class for an object, 0..1 each: `√(look × objectness)`, the geometric mean of what the second look says
 * and of how much of an object the peak is; the dense latent's word alone without a look.
 *
 * The look knows the class but not where the object ends, the peak is the other way round: one beside an object has
 * little of it. Where they agree, both are right. The dense latent's own word on the class counts no more once there is a
 * look: a cell tells few classes apart, and the more there are the worse. Nor does base heat: what a base
 * class claims is often a part of an object.
 */
export function scoreObject(
  head: Head,
  latent: Float32Array,
  lookScores: Float32Array | null,
): Float32Array {
  if (lookScores === null) return scorePeak(head, latent);
  const objectness = scoreObjectness(head, latent);
  return lookScores.map((score) => Math.sqrt(score * objectness));
}

/** The learned class-agnostic objectness of a peak, 0..1. */
function scoreObjectness({ objectness: { weights, bias } }: Head, latent: Float32Array): number {
  let sum = bias;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * latent[i]!;
  return Math.min(1, Math.max(0, sum));
}

/** Version 0: the head that knows no class and calls nothing an object. */
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

/** Softmax over the logits and one more of 0 that stands for none of the classes; its share is not returned. */
function softmaxWithBackground(logits: Float32Array): Float32Array {
  const top = logits.reduce((max, value) => Math.max(max, value), 0);
  const powers = logits.map((value) => Math.exp(value - top));
  const total = powers.reduce((sum, value) => sum + value, Math.exp(-top));
  return powers.map((value) => value / total);
}
