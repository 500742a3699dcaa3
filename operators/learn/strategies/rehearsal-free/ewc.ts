import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import type { LinearLayer } from '../../../detect/heads/head.ts';
import { softmaxRows } from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { carryOver, emptyLayer, layerBytes } from '../gradient/layer-rows.ts';
import type { LayerContext, LayerName, Method, TrainedLayer } from '../gradient/method.ts';
import { batchesOf, crossEntropy, type Objective } from '../gradient/train-layer.ts';

/** How strongly a weight is held, in units of its Fisher information. */
const strength = 1000;
/** What an update leaves of the information gathered before it. */
const decay = 0.95;
/** Rows that the information of one update is estimated from. */
const fisherRows = 256;

/** A layer's Fisher information, weight by weight, over features that are centred but not scaled. */
type Fisher = Readonly<Record<LayerName, LinearLayer>>;

/**
 * Online elastic weight consolidation: trains on the change alone, and pulls every weight back to where it was,
 * the harder the more the old classes' predictions depend on it (diagonal Fisher information,
 * summed over updates with a decay, anchored at the last head).
 *
 * Only a linear head is trained here, so the information of softmax regression is at hand in closed form: the mean of
 * p(1 − p)·x². Features are rescaled between updates as their statistics grow; the information follows the scale
 * and leaves out the shift of the mean.
 * "Overcoming catastrophic forgetting in neural networks", Kirkpatrick et al., 2017; the online form:
 * "Progress & Compress", Schwarz et al., 2018.
 */
const method: Method<Fisher> = {
  name: 'ewc',
  paper: 'Overcoming catastrophic forgetting in neural networks, Kirkpatrick et al., 2017',
  ownShare: 0.5,
  bringsNegatives: false,
  tuning: { learningRate: 1e-4, hold: 0.1 },
  empty: { dense: emptyLayer(denseLatentLength), look: emptyLayer(cropEmbeddingLength) },
  bytes: ({ dense, look }) => layerBytes(dense) + layerBytes(look),
  pack: ({ dense, look }) => ({
    header: { dense: dense.bias.length, look: look.bias.length },
    blobs: [dense, look].flatMap(({ weights, bias }) => [weights, bias]),
  }),
  unpack: (header, take) => {
    const rows = header as Readonly<Record<LayerName, number>>;
    const takeLayer = (count: number, length: number): LinearLayer => ({
      weights: new Float32Array(take(4 * count * length)),
      bias: new Float32Array(take(4 * count)),
      length,
    });
    return {
      dense: takeLayer(rows.dense, denseLatentLength),
      look: takeLayer(rows.look, cropEmbeddingLength),
    };
  },
  admit: (fisher, { before, classes }) => ({
    dense: carryOver(fisher.dense, before, classes),
    // No information is kept of a layer that was never trained.
    look: fisher.look.bias.length === 0 ? fisher.look : carryOver(fisher.look, before, classes),
  }),
  lessons: (_fisher, { change }) => change.added,
  objective: (fisher, context) => elastic(fisher[context.layer], context),
  consolidate: (fisher, _context, trained) => ({
    dense: trained.dense === undefined ? fisher.dense : gather(fisher.dense, trained.dense),
    look: trained.look === undefined ? fisher.look : gather(fisher.look, trained.look),
  }),
};

/** Cross-entropy and, in the weights, hold · strength · F · (weight − anchor). */
function elastic(fisher: LinearLayer, { start, scale, rows, hold }: LayerContext): Objective {
  if (fisher.bias.length === 0) return crossEntropy;
  const width = rows.length + 1;
  const shape: [number, number] = [rows.classes.length, width];
  const held = hold * strength;
  const pull = new Float32Array(start.length);
  for (let row = 0; row < rows.classes.length; row++) {
    for (let i = 0; i < rows.length; i++) {
      const information = fisher.weights[row * rows.length + i]!;
      pull[row * width + i] = (held * information) / scale.deviation[i]! ** 2;
    }
    pull[row * width + rows.length] = held * fisher.bias[row]!;
  }
  return {
    ...crossEntropy,
    adjust: (gradient, weights, tf) => {
      const moved = tf.sub(weights, tf.tensor2d(start, shape));
      return tf.add(gradient, tf.mul(tf.tensor2d(pull, shape), moved));
    },
  };
}

/** The information after this training too. */
function gather(fisher: LinearLayer, { rows, scale, random, trained }: TrainedLayer): LinearLayer {
  const classes = rows.classes.length;
  const { length } = rows;
  const width = length + 1;
  const { x } = batchesOf(rows, scale, fisherRows)(random);
  const logits = new Float32Array(fisherRows * classes);
  for (let row = 0; row < fisherRows; row++) {
    for (let k = 0; k < classes; k++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += trained[k * width + i]! * x[row * width + i]!;
      logits[row * classes + k] = sum;
    }
  }
  const shares = softmaxRows(logits, classes);
  const old = fisher.bias.length > 0;
  const weights = new Float32Array(classes * length);
  const bias = new Float32Array(classes);
  const information = new Float64Array(width);
  for (let k = 0; k < classes; k++) {
    information.fill(0);
    for (let row = 0; row < fisherRows; row++) {
      const share = shares[row * (classes + 1) + k]!;
      const uncertain = (share * (1 - share)) / fisherRows;
      for (let i = 0; i < width; i++) {
        information[i] = information[i]! + uncertain * x[row * width + i]! ** 2;
      }
    }
    for (let i = 0; i < length; i++) {
      const before = old ? decay * fisher.weights[k * length + i]! : 0;
      weights[k * length + i] = before + information[i]! * scale.deviation[i]! ** 2;
    }
    bias[k] = (old ? decay * fisher.bias[k]! : 0) + information[length]!;
  }
  return { weights, bias, length };
}

/** An `ewc` strategy that has learned nothing yet. */
export function createEwc(options?: GradientOptions): GradientStrategy<Fisher> {
  return new GradientStrategy(method, options);
}
