import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import { float16Values } from '../../../foundation/numbers/float16.ts';
import { type Exemplar, exemplarRows, packExemplar } from './exemplar.ts';
import { ExemplarStore, largestGroup, unpackStore } from './exemplar-store.ts';
import { heldClasses } from '../gradient/class-split.ts';
import { crossEntropyGradient } from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { LayerContext, Method } from '../gradient/method.ts';
import { type Batch, crossEntropy, type Objective } from '../gradient/train-layer.ts';
import type { Vectors } from '../gradient/training-rows.ts';
import { unbiasedDistillationGradient } from '../gradient/unbiased-distillation.ts';

/** Weight of the distillation beside the cross-entropy. */
const distillation = 1;

/**
 * Augmented box replay: keeps the objects of every class that are nearest to its mean, cut out of their pictures,
 * and mixes them into the scenes of the next classes; a distillation holds the old classes' outputs.
 *
 * Where the paper pastes a kept box half-transparently into a new picture (mixup), a drawn row of an old class is
 * mixed here with a background row of the same batch, 1 - Λ to Λ with Λ from Beta(2, 5), and keeps its
 * label, since both are linear in what the trunk sees but the trunk itself is not. Where the paper
 * composes a picture out of four kept boxes (mosaic), rows are replayed as they are, every other time.
 * Its inclusive distillation is as published, weighted 1; its attentive distillation of features has nothing
 * to hold, because the trunk is frozen. The memory is measured in bytes, classes share it evenly.
 */
export const abr: Method<ExemplarStore> = {
  name: 'abr',
  paper:
    'Augmented box replay: overcoming foreground shift for incremental object detection, Liu et al., 2023',
  ownShare: 0.75,
  bringsNegatives: false,
  tuning: { learningRate: 1e-4 },
  empty: new ExemplarStore(),
  bytes: ({ bytes }) => bytes,
  pack: (own) => own.pack(),
  unpack: unpackStore,
  admit: (own, { change }) => own.without(change.removed),
  lessons: (own, { change }) => [...change.added, ...own.all().map(exemplarRows)],
  objective: (_own, context) => replayObjective(context),
  consolidate: (own, { change, ownBytesMax }) => {
    const newcomers = change.added.filter(({ label }) => label !== null).map(packExemplar);
    const touched = new Set(newcomers.map(({ label }) => label));
    const all = new ExemplarStore([...own.all(), ...newcomers]);
    const ranked = all.labels.flatMap((label) =>
      touched.has(label) ? nearestFirst(all.of(label)) : all.of(label),
    );
    return new ExemplarStore(ranked).fit([], ownBytesMax, (groups) =>
      largestGroup(groups, null).at(-1)!,
    );
  },
};

/** An `abr` strategy that has learned nothing yet. */
export function createAbr(options?: GradientOptions): GradientStrategy<ExemplarStore> {
  return new GradientStrategy(abr, options);
}

function replayObjective(context: LayerContext): Objective {
  const { start, rows, hold } = context;
  const split = heldClasses(context);
  if (split.old.length === 0) return crossEntropy;
  const replayed = new Set(split.old);
  return {
    teacher: start,
    prepare: (batch, random) => {
      for (let i = 0; i + 1 < batch.size; i += 2) {
        const behind = rows.column(batch.rows[i + 1]!);
        if (behind >= 0 || !replayed.has(rows.column(batch.rows[i]!)) || random() < 0.5) continue;
        mixRows(batch, i, i + 1, secondOfSix(random));
      }
    },
    gradient: (logits, batch, taught) => {
      const held = unbiasedDistillationGradient(logits, taught, batch.classes, split);
      const plain = crossEntropyGradient(logits, batch.y, batch.classes);
      return plain.map((value, i) => value + hold * distillation * held[i]!);
    },
  };
}

/** Row i becomes its mixture with row j, which has the given share. */
function mixRows({ x, size }: Batch, i: number, j: number, share: number): void {
  const width = x.length / size;
  for (let k = 0; k < width; k++) {
    x[i * width + k] = (1 - share) * x[i * width + k]! + share * x[j * width + k]!;
  }
}

/** Beta(2, 5) is how the second smallest of six uniform numbers is distributed. */
function secondOfSix(random: () => number): number {
  return Array.from({ length: 6 }, random).sort((a, b) => a - b)[1]!;
}

/** Prototype box selection: a class's exemplars by their distance from the mean of them all, in looks where all have one. */
function nearestFirst(exemplars: readonly Exemplar[]): readonly Exemplar[] {
  const lessons = exemplars.map(exemplarRows);
  const looked = lessons.every(({ embeddings }) => embeddings.length > 0);
  const points = lessons.map(({ embeddings, dense }) =>
    looked ? meanRow(embeddings, cropEmbeddingLength) : meanRow(dense, denseLatentLength),
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

/** The mean of some rows; zeros where there is none. */
function meanRow(rows: Vectors, length: number): Float64Array {
  const mean = new Float64Array(length);
  const count = rows.length / length;
  for (let i = 0; i < rows.length; i++) {
    const value = rows instanceof Float32Array ? rows[i]! : float16Values[rows[i]!]!;
    mean[i % length] = mean[i % length]! + value / count;
  }
  return mean;
}
