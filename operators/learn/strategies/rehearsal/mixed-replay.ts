import { denseLatentLength } from '../../../detect/engines/engine.ts';
import { float16Values } from '../../../foundation/numbers/float16.ts';
import { type Exemplar, exemplarRows, packExemplar } from './exemplar.ts';
import { ExemplarStore, largestGroup, unpackStore } from './exemplar-store.ts';
import { splitHeldClasses } from '../gradient/class-split.ts';
import { crossEntropyGradient } from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { LayerContext, Method } from '../gradient/method.ts';
import { type Batch, crossEntropy, type Objective } from '../gradient/train-layer.ts';
import type { Vectors } from '../gradient/training-rows.ts';
import { unbiasedDistillationGradient } from '../gradient/unbiased-distillation.ts';
import type { Strategy } from '../../strategy.ts';

/** Weight of the distillation relative to the cross-entropy. */
const distillation = 1;

/**
 * Replay of mixed features: keeps the objects of every class that are nearest to its mean and mixes
 * them with the background of later classes; a distillation holds the outputs of old classes.
 *
 * This is not the method of the paper that it follows, hence the name: the paper pastes a kept box
 * half-transparently into a new picture (mixup). Here, in the feature space of the frozen backbone,
 * a row of an old class is mixed with a background row of the same batch, 1 - Λ to Λ with Λ from
 * Beta(2, 5), and keeps its label. The paper also composes a picture of four kept boxes (mosaic);
 * here every other row is replayed unmixed instead. The inclusive distillation is as published,
 * with weight 1; the attentive distillation of features is left out, because the backbone is
 * frozen. The memory is measured in bytes, and classes share it evenly.
 */
export const mixedReplayMethod: Method<ExemplarStore> = {
  name: 'mixed-replay',
  paper:
    'After Augmented box replay: overcoming foreground shift for incremental object detection, Liu et al., 2023',
  ownShare: 0.75,
  keepsNegatives: false,
  tuning: { learningRate: 1e-4 },
  empty: new ExemplarStore(),
  bytes: ({ bytes }) => bytes,
  pack: (own) => own.pack(),
  unpack: unpackStore,
  move: (store, move) => store.moved(move),
  admit: (own, { change }) => own.without(change.removed),
  examples: (own, { change }) => [...change.added, ...own.all().map(exemplarRows)],
  objective: (_own, context) => replayWithDistillation(context),
  consolidate: (own, { change, layers, ownBytesMax }) => {
    const { length } = layers.crop;
    const newcomers = change.added
      .filter(({ label }) => label !== null)
      .map((example) => packExemplar(example, length));
    const touched = new Set(newcomers.map(({ label }) => label));
    const all = new ExemplarStore([...own.all(), ...newcomers]);
    const ranked = all.labels.flatMap((label) =>
      touched.has(label) ? nearestFirst(all.ofLabel(label), length) : all.ofLabel(label),
    );
    return new ExemplarStore(ranked).fit([], ownBytesMax, (groups) =>
      largestGroup(groups, null).at(-1)!,
    );
  },
};

/** A `mixed-replay` strategy that has learned nothing yet. */
export function createMixedReplay(options?: GradientOptions): Strategy {
  return new GradientStrategy(mixedReplayMethod, options);
}

function replayWithDistillation(context: LayerContext): Objective {
  const { start, rows, hold } = context;
  const split = splitHeldClasses(context);
  if (split.old.length === 0) return crossEntropy;
  const replayed = new Set(split.old);
  return {
    teacher: start,
    prepare: (batch, random) => {
      for (let i = 0; i + 1 < batch.size; i += 2) {
        const neighbour = rows.column(batch.rows[i + 1]!);
        if (neighbour >= 0 || !replayed.has(rows.column(batch.rows[i]!)) || random() < 0.5)
          continue;
        mixRows(batch, i, i + 1, secondOfSix(random));
      }
    },
    gradient: (logits, batch, teacherLogits) => {
      const distilled = unbiasedDistillationGradient(logits, teacherLogits, batch.classes, split);
      const plain = crossEntropyGradient(logits, batch.y, batch.classes);
      return plain.map((value, i) => value + hold * distillation * distilled[i]!);
    },
  };
}

/** Replaces row i by its mixture with row j, in which row j has the given share. */
function mixRows({ x, size }: Batch, i: number, j: number, share: number): void {
  const width = x.length / size;
  for (let k = 0; k < width; k++) {
    x[i * width + k] = (1 - share) * x[i * width + k]! + share * x[j * width + k]!;
  }
}

/** Draws from Beta(2, 5), the distribution of the second smallest of six uniform numbers. */
function secondOfSix(random: () => number): number {
  return Array.from({ length: 6 }, random).sort((a, b) => a - b)[1]!;
}

/**
 * Prototype box selection: sorts a class's exemplars by their distance from the class mean,
 * measured in crop embeddings if all have one, else in cells.
 */
function nearestFirst(
  exemplars: readonly Exemplar[],
  embeddingLength: number,
): readonly Exemplar[] {
  const examples = exemplars.map(exemplarRows);
  const haveCrops = examples.every(({ embeddings }) => embeddings.length > 0);
  const points = examples.map(({ embeddings, dense }) =>
    haveCrops ? meanRow(embeddings, embeddingLength) : meanRow(dense, denseLatentLength),
  );
  const centre = points[0]!.map(
    (_, i) => points.reduce((sum, point) => sum + point[i]!, 0) / points.length,
  );
  const gaps = points.map((point) =>
    point.reduce((sum, value, i) => sum + (value - centre[i]!) ** 2, 0),
  );
  const order = exemplars.map((_, i) => i).sort((a, b) => gaps[a]! - gaps[b]! || a - b);
  return order.map((i) => exemplars[i]!);
}

/** The mean of rows; zeros without rows. */
function meanRow(rows: Vectors, length: number): Float64Array {
  const mean = new Float64Array(length);
  const count = rows.length / length;
  for (let i = 0; i < rows.length; i++) {
    const value = rows instanceof Float32Array ? rows[i]! : float16Values[rows[i]!]!;
    mean[i % length] = mean[i % length]! + value / count;
  }
  return mean;
}
