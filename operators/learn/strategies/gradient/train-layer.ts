import type { TfjsCore } from '../../../detect/engines/tfjs/tfjs-model.ts';
import { crossEntropyGradient } from './cross-entropy.ts';
import type { FeatureScale } from './feature-scale.ts';
import type { TrainingRows } from './training-rows.ts';

/** A matrix of TensorFlow.js. */
export type Matrix = ReturnType<TfjsCore['tensor2d']>;

/** What one step of descent sees. Its arrays are used again for the next step. */
export interface Batch {
  readonly size: number;
  readonly classes: number;
  /** Where each row came from. */
  readonly rows: Int32Array;
  /** size × (length + 1): standardised features and a constant 1. */
  readonly x: Float32Array;
  /** size × classes; what a row lacks to 1 is background. */
  readonly y: Float32Array;
}

/** What is descended, at the places where methods differ. */
export interface Objective {
  /** A layer over standardised features, as {@link trainLayer} takes it, whose logits the gradient gets to see. */
  readonly teacher?: Float32Array;
  /** Changes a batch before it is learned. */
  readonly prepare?: (batch: Batch, random: () => number) => void;
  /** Gradient of the batch's mean loss in the logits, size × classes. `taught` has the teacher's logits; empty without one. */
  readonly gradient: (logits: Float32Array, batch: Batch, taught: Float32Array) => Float32Array;
  /** Changes the gradient in the weights, classes × (length + 1), bias last: penalty, projection, mask. Runs inside `tidy`. */
  readonly adjust?: (gradient: Matrix, weights: Matrix, tf: TfjsCore) => Matrix;
  /** Puts the weights back where they may be after a step, whose size Adam decides value by value. Runs inside `tidy`. */
  readonly constrain?: (weights: Matrix, tf: TfjsCore) => Matrix;
}

/** Softmax cross-entropy with a fixed background logit of 0, and nothing else. */
export const crossEntropy: Objective = {
  gradient: (logits, { y, classes }) => crossEntropyGradient(logits, y, classes),
};

/** How long and how fast {@link trainLayer} trains. */
export interface TrainingOptions {
  readonly steps: number;
  readonly batch: number;
  /** At the first step; falls by as much at every step and would be 0 after the last. */
  readonly learningRate: number;
  /** Pull of the weights towards 0, over standardised features. */
  readonly weightDecay: number;
  /** Uniform in [0, 1): draws the batches. */
  readonly random: () => number;
  /** Awaited after every step; what it throws ends the training. */
  readonly afterStep: () => Promise<void>;
}

/**
 * Descends one linear layer with Adam for a number of steps, and gives its new weights.
 *
 * `start` and the result are layers over standardised features: classes × (length + 1), bias last. Matrix products
 * only: the WebAssembly backend has no gradients of convolutions, and tfjs-core registers gradients only as
 * part of the union package, so that of a linear layer is written out. What is multiplied lies ready, because that backend
 * is quick only where nothing has to be transposed (a fifth of the time). Leaves no tensor behind, not even when it fails.
 */
export async function trainLayer(
  tf: TfjsCore,
  start: Float32Array,
  rows: TrainingRows,
  scale: FeatureScale,
  objective: Objective,
  options: TrainingOptions,
): Promise<Float32Array> {
  const classes = rows.classes.length;
  const width = rows.length + 1;
  const shape: [number, number] = [classes, width];
  // Inside tidy, because a variable takes the values of its initial tensor, but not the tensor.
  const weights = tf.tidy(() => tf.variable(tf.tensor2d(start, shape)));
  const matrix = weights as unknown as Matrix;
  const teacher = objective.teacher === undefined ? null : tf.tensor2d(objective.teacher, shape);
  const optimizer = tf.train.adam(options.learningRate);
  const draw = batchesOf(rows, scale, options.batch);
  try {
    for (let step = 0; step < options.steps; step++) {
      const batch = draw(options.random);
      // Adam keeps its step size in a field that the types call protected, and has no setter for it.
      const learningRate = options.learningRate * (1 - step / options.steps);
      Object.assign(optimizer, { learningRate });
      objective.prepare?.(batch, options.random);
      tf.tidy(() => {
        const x = tf.tensor2d(batch.x, [batch.size, width]);
        const columns = tf.transpose<Matrix>(x);
        const outputs = (layer: Matrix) =>
          transpose(tf.matMul<Matrix>(layer, columns).dataSync<'float32'>(), batch.size);
        const taught = teacher === null ? new Float32Array(0) : outputs(teacher);
        const error = transpose(objective.gradient(outputs(matrix), batch, taught), classes);
        const product = tf.matMul<Matrix>(tf.tensor2d(error, [classes, batch.size]), x);
        const decayed = tf.add<Matrix>(product, tf.mul(matrix, 2 * options.weightDecay));
        const gradient = objective.adjust?.(decayed, matrix, tf) ?? decayed;
        optimizer.applyGradients([{ name: weights.name, tensor: gradient }]);
        if (objective.constrain !== undefined) weights.assign(objective.constrain(matrix, tf));
      });
      await options.afterStep();
    }
    return (await weights.data()) as Float32Array;
  } finally {
    optimizer.dispose();
    weights.dispose();
    teacher?.dispose();
  }
}

/** A matrix of `columns` columns, the other way round. */
export function transpose(values: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const rows = values.length / columns;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column]!;
    }
  }
  return turned;
}

/** Batches of one size out of some rows. The same arrays are filled again for each. */
export function batchesOf(rows: TrainingRows, scale: FeatureScale, size: number): DrawBatch {
  const classes = rows.classes.length;
  const batch: Batch = {
    size,
    classes,
    rows: new Int32Array(size),
    x: new Float32Array(size * (rows.length + 1)),
    y: new Float32Array(size * classes),
  };
  return (random) => {
    fillBatch(batch, rows, scale, random);
    return batch;
  };
}

type DrawBatch = (random: () => number) => Batch;

/**
 * Every other row is background, which is what nearly all places of a picture are; the rest are shared out evenly,
 * so that a class of three examples counts like one of three hundred.
 */
function fillBatch(
  { size, classes, rows, x, y }: Batch,
  from: TrainingRows,
  scale: FeatureScale,
  random: () => number,
): void {
  const background = from.groups.at(-1)!;
  const own = from.groups.slice(0, -1).filter((group) => group.length > 0);
  y.fill(0);
  for (let i = 0; i < size; i++) {
    const fromBackground = own.length === 0 || (i % 2 === 1 && background.length > 0);
    const group = fromBackground ? background : own[(i >> 1) % own.length]!;
    const row = group[Math.floor(random() * group.length)]!;
    rows[i] = row;
    from.read(row, x, i * (from.length + 1));
    scale.apply(x, i * (from.length + 1));
    const column = from.column(row);
    if (column >= 0) y[i * classes + column] = from.target(row);
  }
}
