import type { TfjsCore } from '../../../detect/engines/tfjs/tfjs-model.ts';
import { crossEntropyGradient } from './cross-entropy.ts';
import type { FeatureScale } from './feature-scale.ts';
import type { TrainingRows } from './training-rows.ts';

/** A matrix of TensorFlow.js. */
export type Matrix = ReturnType<TfjsCore['tensor2d']>;

/** The input of one training step. Its arrays are reused by the next step. */
export interface Batch {
  readonly size: number;
  readonly classes: number;
  /** Index of each row in the {@link TrainingRows}. */
  readonly rows: Int32Array;
  /** size × (length + 1): standardised features and a constant 1. */
  readonly x: Float32Array;
  /** size × classes; the remainder of a row to 1 is background. */
  readonly y: Float32Array;
}

/** The objective of the training, with hooks where methods differ. */
export interface Objective {
  /**
   * Layer to distil from, over standardised features, in the shape that {@link trainLayer} takes.
   */
  readonly teacher?: Float32Array;
  /** Modifies a batch before the step. */
  readonly prepare?: (batch: Batch, random: () => number) => void;
  /**
   * Gradient of the batch's mean loss with respect to the logits, size × classes. `teacherLogits`
   * is empty without a teacher.
   */
  readonly gradient: (
    logits: Float32Array,
    batch: Batch,
    teacherLogits: Float32Array,
  ) => Float32Array;
  /**
   * Modifies the gradient with respect to the weights, classes × (length + 1), bias last: penalty,
   * projection or mask. Runs inside `tidy`.
   */
  readonly adjust?: (gradient: Matrix, weights: Matrix, tf: TfjsCore) => Matrix;
  /**
   * Projects the weights after a step, because Adam scales each one separately. Runs inside `tidy`.
   */
  readonly constrain?: (weights: Matrix, tf: TfjsCore) => Matrix;
}

/** Plain softmax cross-entropy with a fixed background logit of 0. */
export const crossEntropy: Objective = {
  gradient: (logits, { y, classes }) => crossEntropyGradient(logits, y, classes),
};

/** Length and rate of a training. */
export interface TrainingOptions {
  readonly steps: number;
  readonly batch: number;
  /** At the first step; falls linearly to 0. */
  readonly learningRate: number;
  /** L2 penalty of the weights, over standardised features. */
  readonly weightDecay: number;
  /** Uniform in [0, 1): draws the batches. */
  readonly random: () => number;
  /**
   * Called after every step with the mean share of probability that a row of its batch gave to
   * others than its own class, 0..1 for a cross-entropy.
   */
  readonly watch?: (wrongShare: number) => void;
  /** Awaited after every step; an error it throws ends the training. */
  readonly afterStep: () => Promise<void>;
}

/**
 * Trains one linear layer with Adam and returns its new weights.
 *
 * `start` and the result are layers over standardised features: classes × (length + 1), bias last.
 * Only matrix products are used, with the gradient of a linear layer written out: the WebAssembly
 * backend has no gradients of convolutions, and tfjs-core registers gradients only as part of the
 * union package. Operands are prepared untransposed, because that backend takes five times as long
 * when it has to transpose. Disposes all its tensors, also on failure.
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
  // Inside tidy, because a variable copies its initial tensor and does not dispose it.
  const weights = tf.tidy(() => tf.variable(tf.tensor2d(start, shape)));
  const matrix = weights as unknown as Matrix;
  const teacher = objective.teacher === undefined ? null : tf.tensor2d(objective.teacher, shape);
  const optimizer = tf.train.adam(options.learningRate);
  const draw = batchesOf(rows, scale, options.batch);
  try {
    for (let step = 0; step < options.steps; step++) {
      const batch = draw(options.random);
      // The types declare Adam's learning rate as protected, and there is no setter.
      const learningRate = options.learningRate * (1 - step / options.steps);
      Object.assign(optimizer, { learningRate });
      objective.prepare?.(batch, options.random);
      tf.tidy(() => {
        const x = tf.tensor2d(batch.x, [batch.size, width]);
        const columns = tf.transpose<Matrix>(x);
        const outputs = (layer: Matrix) =>
          transpose(tf.matMul<Matrix>(layer, columns).dataSync<'float32'>(), batch.size);
        const teacherLogits = teacher === null ? new Float32Array(0) : outputs(teacher);
        const slopes = objective.gradient(outputs(matrix), batch, teacherLogits);
        options.watch?.(wrongShare(slopes, classes));
        const error = transpose(slopes, classes);
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

/**
 * Half the absolute slopes of a cross-entropy, background's included: what other classes have is
 * what a row's own lacks.
 */
function wrongShare(slopes: Float32Array, classes: number): number {
  let total = 0;
  for (let row = 0; row < slopes.length; row += classes) {
    let background = 0;
    for (let i = row; i < row + classes; i++) {
      total += Math.abs(slopes[i]!);
      background -= slopes[i]!;
    }
    total += Math.abs(background);
  }
  return total / 2;
}

/** Transposes a matrix of `columns` columns. */
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

/** Draws batches of one size. All batches share the same arrays. */
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
 * Every other row is background, like nearly all places of a picture. The rest are divided evenly
 * between the classes, so that a class of three examples counts as much as one of three hundred.
 */
function fillBatch(
  { size, classes, rows, x, y }: Batch,
  from: TrainingRows,
  scale: FeatureScale,
  random: () => number,
): void {
  const background = from.groups.at(-1)!;
  const classGroups = from.groups.slice(0, -1).filter((group) => group.length > 0);
  y.fill(0);
  for (let i = 0; i < size; i++) {
    const fromBackground = classGroups.length === 0 || (i % 2 === 1 && background.length > 0);
    const group = fromBackground ? background : classGroups[(i >> 1) % classGroups.length]!;
    const row = group[Math.floor(random() * group.length)]!;
    rows[i] = row;
    from.read(row, x, i * (from.length + 1));
    scale.apply(x, i * (from.length + 1));
    const column = from.column(row);
    if (column >= 0) y[i * classes + column] = from.target(row);
  }
}
