import type { AdamOptimizer, Variable } from '@tensorflow/tfjs-core';
import type { TfjsCore } from '../../detect/runtimes/tfjs-model.ts';
import type { LinearLayer } from '../../detect/head.ts';

/** Rows to train on: `targets` has a column a class, and what a row's targets lack to 1 is background. */
export interface TrainingRows {
  /** rows × features. */
  readonly rows: Float32Array;
  /** rows × classes. */
  readonly targets: Float32Array;
  /** Row indices by class, background last. */
  readonly groups: readonly Group[];
}

type Group = readonly number[];

/** How long and how fast {@link trainSoftmax} trains. */
export interface TrainingOptions {
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Pull of the weights towards 0, over standardised features. */
  readonly weightDecay: number;
  /** Uniform in [0, 1): draws the batches. */
  readonly random: () => number;
  /** Awaited after every step; what it throws ends the training. */
  readonly afterStep: () => Promise<void>;
}

/**
 * Fine-tunes one linear layer with Adam on softmax cross-entropy, background having a fixed logit of 0.
 *
 * Features are standardised for the training and the scale is folded back into the weights, so `start`
 * and the result are layers over plain features. Matrix products only: the WebAssembly
 * backend has no gradients of convolutions. Leaves no tensor behind, not even when it fails.
 */
export async function trainSoftmax(
  tf: TfjsCore,
  start: LinearLayer,
  data: TrainingRows,
  options: TrainingOptions,
): Promise<LinearLayer> {
  const classes = start.bias.length;
  const { length } = start;
  if (classes === 0 || data.rows.length === 0) return start;
  const groups = {
    classes: data.groups.slice(0, -1).filter((group) => group.length > 0),
    background: data.groups.at(-1) ?? [],
  };
  const { mean, deviation } = moments(data.rows, length);
  const initial = standardise(start, mean, deviation);
  // Inside tidy, because a variable takes the values of its initial tensor, but not the tensor.
  const { weights, bias } = tf.tidy(() => ({
    weights: tf.variable(tf.tensor2d(initial.weights, [classes, length])),
    bias: tf.variable(tf.tensor1d(initial.bias)),
  }));
  const optimizer = tf.train.adam(options.learningRate);
  try {
    for (let step = 0; step < options.steps; step++) {
      const rows = drawBatch(groups, options);
      tf.tidy(() => {
        const x = tf.tensor2d(gatherStandardised(data.rows, rows, mean, deviation), [
          rows.length,
          length,
        ]);
        const y = tf.tensor2d(gather(data.targets, rows, classes), [rows.length, classes]);
        descend(tf, optimizer, { weights, bias }, x, y, options.weightDecay);
      });
      await options.afterStep();
    }
    const trained = {
      weights: (await weights.data()) as Float32Array,
      bias: (await bias.data()) as Float32Array,
      length,
    };
    return unstandardise(trained, mean, deviation);
  } finally {
    optimizer.dispose();
    weights.dispose();
    bias.dispose();
  }
}

type Tensor2D = ReturnType<TfjsCore['tensor2d']>;

/**
 * One step of gradient descent. The gradient of softmax cross-entropy in the logits is prediction less target; that
 * of a linear layer is written out, because tfjs-core registers gradients only as part of the union package.
 */
function descend(
  tf: TfjsCore,
  optimizer: AdamOptimizer,
  { weights, bias }: { readonly weights: Variable; readonly bias: Variable },
  x: Tensor2D,
  y: Tensor2D,
  weightDecay: number,
): void {
  const rows = x.shape[0];
  const logits = tf.add(tf.matMul<Tensor2D>(x, weights as unknown as Tensor2D, false, true), bias);
  const withBackground = tf.concat([logits, tf.zeros([rows, 1])], 1);
  const predicted = tf.slice(tf.softmax(withBackground), [0, 0], y.shape);
  const error = tf.div<Tensor2D>(tf.sub(predicted, y), rows);
  optimizer.applyGradients({
    [weights.name]: tf.add(tf.matMul(error, x, true), tf.mul(weights, 2 * weightDecay)),
    [bias.name]: tf.sum(error, 0),
  });
}

/**
 * Every other row is background, which is what nearly all places of a picture are; the rest are shared out evenly,
 * so that a class of three examples counts like one of three hundred.
 */
function drawBatch(
  { classes, background }: { readonly classes: readonly Group[]; readonly background: Group },
  { batch, random }: TrainingOptions,
): Int32Array {
  return Int32Array.from({ length: batch }, (_, i) => {
    const fromBackground = classes.length === 0 || (i % 2 === 1 && background.length > 0);
    const group = fromBackground ? background : classes[(i >> 1) % classes.length]!;
    return group[Math.floor(random() * group.length)]!;
  });
}

function gather(values: Float32Array, rows: Int32Array, length: number): Float32Array {
  const gathered = new Float32Array(rows.length * length);
  rows.forEach((row, i) =>
    gathered.set(values.subarray(row * length, (row + 1) * length), i * length),
  );
  return gathered;
}

function gatherStandardised(
  values: Float32Array,
  rows: Int32Array,
  mean: Float64Array,
  deviation: Float64Array,
): Float32Array {
  const { length } = mean;
  const gathered = gather(values, rows, length);
  for (let i = 0; i < gathered.length; i++) {
    const feature = i % length;
    gathered[i] = (gathered[i]! - mean[feature]!) / deviation[feature]!;
  }
  return gathered;
}

/** Mean and standard deviation of every feature; one that hardly varies is left at its scale. */
function moments(
  rows: Float32Array,
  length: number,
): { readonly mean: Float64Array; readonly deviation: Float64Array } {
  const count = rows.length / length;
  const mean = new Float64Array(length);
  const deviation = new Float64Array(length);
  for (let i = 0; i < rows.length; i++) mean[i % length] = mean[i % length]! + rows[i]! / count;
  for (let i = 0; i < rows.length; i++) {
    const feature = i % length;
    deviation[feature] = deviation[feature]! + (rows[i]! - mean[feature]!) ** 2 / count;
  }
  for (let i = 0; i < length; i++) {
    deviation[i] = deviation[i]! > 1e-10 ? Math.sqrt(deviation[i]!) : 1;
  }
  return { mean, deviation };
}

/** The layer that does over standardised features what `layer` does over plain ones. */
function standardise(layer: LinearLayer, mean: Float64Array, deviation: Float64Array): LinearLayer {
  const weights = layer.weights.map((weight, i) => weight * deviation[i % layer.length]!);
  return { ...layer, weights, bias: shiftBias(layer.bias, layer.weights, mean, 1) };
}

function unstandardise(
  layer: LinearLayer,
  mean: Float64Array,
  deviation: Float64Array,
): LinearLayer {
  const weights = layer.weights.map((weight, i) => weight / deviation[i % layer.length]!);
  return { ...layer, weights, bias: shiftBias(layer.bias, weights, mean, -1) };
}

function shiftBias(
  bias: Float32Array,
  weights: Float32Array,
  mean: Float64Array,
  sign: 1 | -1,
): Float32Array {
  return bias.map((value, row) => {
    let shift = 0;
    for (let i = 0; i < mean.length; i++) shift += weights[row * mean.length + i]! * mean[i]!;
    return value + sign * shift;
  });
}
