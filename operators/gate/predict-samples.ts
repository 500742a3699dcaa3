import type { LinearLayer } from '../detect/heads/head.ts';
import { liftRows } from '../detect/heads/lift.ts';
import { emptyHead, scoreCrop, scoreObject } from '../detect/heads/score.ts';
import type { GateSample, HeadToJudge } from './gate-sample.ts';

/** Multiplications between two pauses: a few ms. */
const productsPerStep = 4e6;

/** Index of no class. */
export const noClass = -1;

/**
 * The class that a head gives a sample, as recognition does for a live track: the best-scoring one
 * of those at or above their thresholds; null where there is none.
 */
export function predictSample(head: HeadToJudge, sample: GateSample): string | null {
  if (head.classes.length === 0) return null;
  const { embedding, dense } = sample;
  const versioned = { ...head, version: emptyHead().version };
  const crops = embedding.length === 0 ? null : scoreCrop(versioned, embedding);
  const best = bestFiring(scoreObject(versioned, dense, crops), head.thresholds);
  return head.classes[best] ?? null;
}

/**
 * {@link predictSample} for many samples, as indices into the head's classes or {@link noClass}.
 * Pauses every few ms of work. `wanted` limits the work to some of the samples; the others get
 * `noClass`.
 */
export function* predictInSteps(
  head: HeadToJudge,
  samples: readonly GateSample[],
  wanted: (sample: GateSample, index: number) => boolean = () => true,
): Generator<void, Int32Array> {
  const predicted = new Int32Array(samples.length).fill(noClass);
  if (head.classes.length === 0) return predicted;
  const scores = new Float32Array(head.classes.length);
  let products = 0;
  for (const [index, sample] of samples.entries()) {
    if (!wanted(sample, index)) continue;
    scoreInto(scores, head, sample);
    predicted[index] = bestFiring(scores, head.thresholds);
    products += head.classes.length * (sample.embedding.length + sample.dense.length);
    if (products < productsPerStep) continue;
    products = 0;
    yield;
  }
  return predicted;
}

/** The scores of `scoreObject`, to the bit, without an array per sample. */
function scoreInto(scores: Float32Array, head: HeadToJudge, sample: GateSample): void {
  const { crop, dense, activation, objectness } = head;
  const isCropped = crop !== null && sample.embedding.length > 0;
  if (isCropped) applyLayer(scores, crop, sample.embedding);
  else applyLayer(scores, dense, sample.dense);
  activate(scores, activation);
  if (!isCropped) return;
  let sum = objectness.bias;
  const { weights } = objectness;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * sample.dense[i]!;
  const object = Math.min(1, Math.max(0, sum));
  for (let i = 0; i < scores.length; i++) scores[i] = Math.sqrt(scores[i]! * object);
}

/** Four rows at a time share each read of the input; every row is summed in its own order. */
function applyLayer(outputs: Float32Array, layer: LinearLayer, values: Float32Array): void {
  const { weights, bias, length, lift } = layer;
  const input = liftRows(lift, values, values.length);
  if (input.length !== length) {
    throw new RangeError(`the layer takes ${length} values, not ${input.length}`);
  }
  let row = 0;
  for (; row + 4 <= outputs.length; row += 4) {
    const first = row * length;
    const second = first + length;
    const third = second + length;
    const fourth = third + length;
    let a = bias[row]!;
    let b = bias[row + 1]!;
    let c = bias[row + 2]!;
    let d = bias[row + 3]!;
    for (let i = 0; i < length; i++) {
      const value = input[i]!;
      a += weights[first + i]! * value;
      b += weights[second + i]! * value;
      c += weights[third + i]! * value;
      d += weights[fourth + i]! * value;
    }
    outputs[row] = a;
    outputs[row + 1] = b;
    outputs[row + 2] = c;
    outputs[row + 3] = d;
  }
  for (; row < outputs.length; row++) {
    let sum = bias[row]!;
    const start = row * length;
    for (let i = 0; i < length; i++) sum += weights[start + i]! * input[i]!;
    outputs[row] = sum;
  }
}

function activate(scores: Float32Array, activation: HeadToJudge['activation']): void {
  if (activation === 'clip') {
    for (let i = 0; i < scores.length; i++) scores[i] = Math.min(1, Math.max(0, scores[i]!));
  } else if (activation === 'sigmoid') {
    for (let i = 0; i < scores.length; i++) scores[i] = 1 / (1 + Math.exp(-scores[i]!));
  } else {
    let top = 0;
    for (const value of scores) top = Math.max(top, value);
    for (let i = 0; i < scores.length; i++) scores[i] = Math.exp(scores[i]! - top);
    let total = Math.exp(-top);
    for (const value of scores) total += value;
    for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! / total;
  }
}

function bestFiring(scores: ArrayLike<number>, thresholds: Float32Array): number {
  let best = noClass;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! < thresholds[i]!) continue;
    if (best === noClass || scores[i]! > scores[best]!) best = i;
  }
  return best;
}
